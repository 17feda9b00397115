import { StorageError } from "@coatcheck/core";
import { errorCode } from "./errors.ts";
import { sleep } from "./sleep.ts";

/** What Windows answers where somebody has the file open, and also where the user has no right to it. */
const IN_USE: readonly (string | undefined)[] = ["EPERM", "EACCES", "EBUSY"];
/** Milliseconds for which a file in use is waited for: by those who change it, and by those who open it. */
const [PATIENCE, PATIENCE_TO_OPEN] = [10_000, 1000];
/** The longest pause between two attempts, in milliseconds. */
const PAUSE = 50;

// Windows replaces no file that somebody has open, a reader or a virus scanner, and opens none while it is replaced.
// Elsewhere nothing is ever in use.

/** How many in this process wait until they can change a file, by its path. */
const waiting = new Map<string, number>();

/** Calls `change` again while the file at `path` is in use; after 10 seconds that is `Unavailable`. */
export async function changing<T>(path: string, signal: AbortSignal | undefined, change: () => Promise<T>): Promise<T> {
  try {
    return await change();
  } catch (error) {
    if (!isInUse(error)) throw error;
  }
  waiting.set(path, (waiting.get(path) ?? 0) + 1);
  try {
    return await whileInUse(change, PATIENCE, signal);
  } catch (error) {
    throw isInUse(error) ? inUse(error) : error;
  } finally {
    const others = waiting.get(path)! - 1;
    if (others > 0) waiting.set(path, others);
    else waiting.delete(path);
  }
}

/**
 * Calls `open` again while the file at `path` is in use, for a second; after those who wait to change it, who would else
 * never get a turn.
 */
export async function opening<T>(path: string, open: () => Promise<T>): Promise<T> {
  for (let waited = 0; waiting.has(path) && waited < PATIENCE_TO_OPEN; waited += PAUSE) await sleep(PAUSE, undefined);
  return await whileInUse(open, PATIENCE_TO_OPEN, undefined);
}

async function whileInUse<T>(call: () => Promise<T>, patience: number, signal: AbortSignal | undefined): Promise<T> {
  const deadline = performance.now() + patience;
  for (let pause = 1; ; pause = Math.min(pause * 2, PAUSE)) {
    try {
      return await call();
    } catch (error) {
      if (!isInUse(error) || performance.now() > deadline) throw error;
    }
    await sleep(Math.random() * pause, signal);
  }
}

function isInUse(error: unknown): boolean {
  return process.platform === "win32" && IN_USE.includes(errorCode(error));
}

function inUse(cause: unknown): StorageError {
  const detail =
    `somebody has had the file open for ${PATIENCE / 1000} s, and Windows neither replaces nor removes an open file; ` +
    "nothing was changed. Try again when those who read it have ended, or give this user the rights if it has none.";
  return new StorageError({ code: "Unavailable", detail, retryable: true, cause });
}
