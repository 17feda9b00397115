import { type BigIntStats, close, linkSync, lstatSync, openSync, renameSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { type DeleteOptions, StorageError, type When } from "@coatcheck/core";
import { errorCode, foreignError } from "./errors.ts";
import type { NewFolder } from "./folders.ts";
import { changing } from "./in-use.ts";
import type { Place } from "./place.ts";
import { makeNewer, remove, type Temporary } from "./temporary.ts";
import { versionOf } from "./version.ts";

/** Attempts at giving a file its name while others remove the folders it goes to, as empty. */
const ATTEMPTS = 100;
/** From this size on, freeing a file's blocks is left to the thread pool. */
const LARGE = 16n * 1024n * 1024n;
/** What link() answers where there are no hard links, or too many on one file. */
const NO_LINKS = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"];

/** A file that has its name now. */
export interface Published {
  readonly stat: BigIntStats;
  /** Folders whose entries may not be on disk yet. */
  readonly fresh: readonly NewFolder[];
  /** There was nothing under the name before. */
  readonly created: boolean;
}

/** When a file may have its name, and whether something had that name a moment ago. */
export interface Condition {
  readonly when: When;
  readonly there: boolean;
}

/** Gives the temporary file the name of `key`, at once and only if `when` allows; on failure all is as it was. */
export async function publish(
  place: Place,
  key: string,
  path: string,
  temporary: Temporary,
  { when, there }: Condition,
  signal: AbortSignal | undefined,
): Promise<Published> {
  const target = join(place.root, path);
  try {
    // What is most likely new needs no lock: a link is made only where there is nothing.
    const linked = when === "absent" || (when === "any" && !there) ? link(place, path, target, temporary) : undefined;
    if (linked !== undefined && linked !== "taken") return linked;
    if (linked === "taken" && when === "absent") throw alreadyExists();
    const replace = (confirm: () => void): Published => {
      const replaced = fileAt(target);
      checkCondition(when, replaced);
      const { path: from, stat } = replaced === undefined ? temporary : makeNewer(temporary, replaced);
      const fresh = keepingBlocks(target, replaced, () =>
        inFolder(place, path, () => {
          confirm();
          renameSync(from, target);
        }),
      );
      return { stat, fresh, created: replaced === undefined };
    };
    return await changing(target, signal, () => place.locks.hold(key, signal, replace));
  } catch (error) {
    remove(temporary.path);
    place.folders.prune(path);
    throw error;
  }
}

/** Removes the file of `key`, only if `when` allows. False where there was none. */
export async function unpublish(
  place: Place,
  key: string,
  path: string,
  when: DeleteOptions["when"],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const target = join(place.root, path);
  const unlink = (confirm: () => void): boolean => {
    const removed = fileAt(target);
    if (when !== undefined) checkCondition(when, removed);
    if (removed === undefined) return false;
    confirm();
    keepingBlocks(target, removed, () => unlinkSync(target));
    return true;
  };
  if (fileAt(target) === undefined) {
    // Nothing to lock, and nothing is made for it.
    if (when !== undefined) checkCondition(when, undefined);
    return false;
  }
  try {
    return await changing(target, signal, () => place.locks.hold(key, signal, unlink));
  } catch (error) {
    const full = errorCode(error) === "ENOSPC" || errorCode(error) === "EDQUOT";
    if (!full || when !== undefined) throw error;
    // No room for a lock: a delete is the way out of that, and who would replace has no room either.
    return unlink(() => {});
  }
}

/** The metadata of the file at `path`; undefined where nothing is. Refuses what is no file. */
export function fileAt(path: string): BigIntStats | undefined {
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (stat?.isFile() === false) throw foreignError(path, stat, "file");
  return stat;
}

/** Throws `AlreadyExists` or `Conflict` where `when` does not allow to replace what is `there`. */
export function checkCondition(when: When, there: BigIntStats | undefined): void {
  if (when === "absent" && there !== undefined) throw alreadyExists();
  if (typeof when !== "object" || (there !== undefined && versionOf(there) === when.version)) return;
  const what = there === undefined ? "there is no object any more." : "it is not the version that was read any more.";
  throw new StorageError({ code: "Conflict", detail: `${what} Read again, then decide.` });
}

// Undefined where the file system has no hard links.
function link(place: Place, path: string, target: string, temporary: Temporary): Published | "taken" | undefined {
  let fresh: NewFolder[];
  try {
    fresh = inFolder(place, path, () => linkSync(temporary.path, target));
  } catch (error) {
    const code = errorCode(error);
    if (code !== undefined && NO_LINKS.includes(code)) return undefined;
    if (code !== "EEXIST") throw error;
    // Over NFS the answer to our own success may be lost, and its repetition finds what we made.
    if (fileAt(target)?.ino !== temporary.stat.ino) return "taken";
    fresh = place.folders.make(path);
  }
  remove(temporary.path);
  return { stat: temporary.stat, fresh, created: true };
}

// Makes the folders above `path`, then calls `name`; again where others removed the folders in between, as empty.
function inFolder(place: Place, path: string, name: () => void): NewFolder[] {
  for (let attempt = 1; ; attempt++) {
    try {
      const fresh = place.folders.make(path);
      name();
      return fresh;
    } catch (error) {
      if (errorCode(error) !== "ENOENT" || attempt === ATTEMPTS) throw error;
    }
  }
}

// Freeing the blocks of a large file takes a while. As long as it is open they stay; closing is left to the thread pool.
// Windows replaces no open file.
function keepingBlocks<T>(path: string, stat: BigIntStats | undefined, remover: () => T): T {
  if (stat === undefined || stat.size < LARGE || process.platform === "win32") return remover();
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return remover(); // Not for this user to read: it is only slower.
  }
  try {
    return remover();
  } finally {
    close(file);
  }
}

function alreadyExists(): StorageError {
  return new StorageError({ code: "AlreadyExists", detail: "there is an object already; it was left as it is." });
}
