import { lstatSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fateOf } from "@coatcheck/core/owner";
import { type Locks, readAt } from "./lock.ts";
import { remove } from "./temporary.ts";

/** Milliseconds after which what somebody left who cannot be asked is removed: no write takes that long unseen. */
const OLD = 86_400_000;

/**
 * Removes what writers left that were killed: temporary files and locks. Of processes of this machine only those of the
 * dead; of others what has not changed for a day. What cannot be removed, or read, stays.
 */
export async function sweep(temporaries: string, lockFolder: string, locks: Locks): Promise<void> {
  for (const name of await namesIn(temporaries)) {
    const fate = fateOf(name);
    const path = join(temporaries, name);
    if (fate === "dead" || (fate === "unknown" && isOld(path))) remove(path);
  }
  for (const name of await namesIn(lockFolder)) {
    const path = join(lockFolder, name);
    try {
      const owner = readAt(path);
      if (owner !== undefined) locks.breakIfAbandoned(path, owner, isOld(path) ? 0 : Infinity);
    } catch {
      // Not ours to remove.
    }
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch {
    return []; // Nothing was ever left there, or not for this user to see.
  }
}

function isOld(path: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat !== undefined && Date.now() - stat.mtimeMs > OLD;
}
