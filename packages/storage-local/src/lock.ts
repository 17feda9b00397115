import { createHash } from "node:crypto";
import {
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { StorageError } from "@coatcheck/core";
import { fateOf, ownedName } from "@coatcheck/core/owner";
import { errorCode } from "./errors.ts";
import { sleep } from "./sleep.ts";

/** Milliseconds after which a lock that did not change is taken from an owner of whom nothing can be known. */
const SILENCE = 30_000;
/** Milliseconds after which an owner gives up by itself: well before somebody else takes over. */
const HOLD = 10_000;
/** Milliseconds to wait for a lock: long enough to outlast {@link SILENCE}. */
const PATIENCE = 60_000;
/** The longest pause between two attempts, in milliseconds. */
const PAUSE = 32;
/**
 * The longest text of an owner, in bytes: it stays below the 60 that ext4 keeps inside the inode of a link. That costs no
 * block, so a lock can be taken, and something deleted, on a disk that is full.
 */
const INLINE = 59;
/** How often it is tried to give a lock back, and how many milliseconds after one another. */
const [GIVING_BACK, GIVE_BACK_AGAIN] = [100, 100];

/**
 * Locks between processes, as files in one folder; who dies with one does not keep it. A lock is a symbolic link that
 * leads nowhere, whose target names the owner: made in one system call, exclusively, content included.
 *
 * What runs under a lock is synchronous, a few metadata calls. So no two holders of one process meet, no abort comes in
 * between, and the lock is held for microseconds instead of waiting for the thread pool behind somebody's fsync.
 */
export class Locks {
  readonly #folder: string;
  /** When this process first saw an owner: none appears twice, so one that is there again was there all the time. */
  readonly #firstSeen: Map<string, number> = new Map();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Runs `critical` while nobody else holds the lock of `key`. It calls `confirm` right before it changes anything:
   * that throws `Unavailable` where this process slept for so long that others may hold the lock by now. Waits for
   * others, for a minute at most (`Unavailable`, with the owner's name).
   */
  async hold<T>(key: string, signal: AbortSignal | undefined, critical: (confirm: () => void) => T): Promise<T> {
    const path = join(this.#folder, digest(key));
    const deadline = performance.now() + PATIENCE;
    for (let pause = 1; ; pause = Math.min(pause * 2, PAUSE)) {
      signal?.throwIfAborted();
      const elapsed = stopwatch();
      const owner = take(this.#folder, path);
      if (owner !== undefined) {
        try {
          return critical(() => confirmFresh(elapsed()));
        } finally {
          this.#release(path, owner, elapsed());
        }
      }
      const held = readAt(path);
      if (held === undefined || this.breakIfAbandoned(path, held, SILENCE)) continue;
      if (performance.now() > deadline) throw busy(held);
      await sleep(Math.random() * pause, signal);
    }
  }

  /**
   * Removes the lock or mark at `path` if its owner is dead, or cannot be asked and has been silent for `silence`
   * milliseconds. Says whether it did.
   */
  breakIfAbandoned(path: string, owner: string, silence: number): boolean {
    const fate = fateOf(owner.split(" ", 1)[0]!);
    if (fate === "alive" || (fate === "unknown" && this.#silence(owner) < silence)) return false;
    return this.#break(path, owner);
  }

  #release(path: string, owner: string, elapsed: number, attempts = GIVING_BACK): void {
    try {
      // Late, it may be somebody else's by now: then it is broken as anybody's is.
      if (elapsed < HOLD) unlinkSync(path);
      else this.#break(path, owner);
    } catch {
      // What was done is done. A virus scanner may have the lock open (Windows): others wait while this process lives.
      if (attempts > 1) setTimeout(() => this.#release(path, owner, Infinity, attempts - 1), GIVE_BACK_AGAIN).unref();
    }
  }

  // Only who holds the mark `steal-<owner>` may remove that owner's lock, and looks again first: of two who find a dead
  // owner's lock, the slower one would otherwise remove the lock of the next owner. The mark is a lock itself.
  #break(path: string, owner: string): boolean {
    const mark = join(this.#folder, `steal-${digest(owner)}`);
    if (take(this.#folder, mark) === undefined) {
      const stealer = readAt(mark);
      if (stealer !== undefined) this.breakIfAbandoned(mark, stealer, SILENCE);
      return false;
    }
    try {
      if (readAt(path) !== owner) return false;
      unlinkSync(path);
      return true;
    } finally {
      unlinkSync(mark);
    }
  }

  #silence(owner: string): number {
    const now = performance.now();
    const since = this.#firstSeen.get(owner);
    if (since !== undefined) return now - since;
    if (this.#firstSeen.size >= 1000) this.#firstSeen.clear();
    this.#firstSeen.set(owner, now);
    return 0;
  }
}

/** Who holds the lock or mark at `path`; undefined where nobody does. */
export function readAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    if (errorCode(error) !== "EINVAL" && errorCode(error) !== "UNKNOWN") throw error;
  }
  try {
    const { ino, mtimeNs } = lstatSync(path, { bigint: true });
    return `${readFileSync(path, "utf8")} (${ino}, ${mtimeNs})`;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** A name of {@link ownedName} and the name of this machine, as far as it fits. */
export function ownerText(): string {
  return `${ownedName()} ${hostname().replace(/[^\x21-\x7e]/g, "?")}`.slice(0, INLINE);
}

// The owner's text where the lock was free; undefined where somebody has it.
function take(folder: string, path: string): string | undefined {
  const owner = ownerText();
  for (;;) {
    try {
      // Windows gives links to administrators only.
      if (process.platform === "win32") return takeAsFile(owner, path);
      symlinkSync(owner, path);
      return owner;
    } catch (error) {
      switch (errorCode(error)) {
        case "EEXIST":
          // Over NFS the answer to our own success may be lost, and its repetition finds what we made.
          return readAt(path) === owner ? owner : undefined;
        case "ENOENT":
          mkdirSync(folder, { recursive: true });
          continue;
        case "EACCES":
        case "EROFS":
        case "ENOSPC":
        case "EDQUOT":
        case "EIO":
          throw error;
        default:
          return takeAsFile(owner, path);
      }
    }
  }
}

// FAT has no links. The content comes a moment after the file here: a file that is still empty is of an unknown owner, and
// its inode and time, which are part of what is compared, tell one such moment from the next.
function takeAsFile(owner: string, path: string): string | undefined {
  let file: number;
  try {
    file = openSync(path, "wx");
  } catch (error) {
    if (errorCode(error) === "EEXIST") return undefined;
    throw error;
  }
  try {
    writeSync(file, owner);
  } finally {
    closeSync(file);
  }
  return readAt(path);
}

function confirmFresh(elapsed: number): void {
  if (elapsed < HOLD) return;
  throw new StorageError({
    code: "Unavailable",
    detail: `this process stood still for ${Math.round(elapsed / 1000)} s while it held the lock; nothing was changed. Try again.`,
    retryable: true,
  });
}

function busy(owner: string): StorageError {
  const [name, host = "an unknown machine"] = owner.split(" ");
  const pid = name!.split(".")[1] ?? "unknown";
  return new StorageError({
    code: "Unavailable",
    detail: `process ${pid} on ${host} has held the lock for ${PATIENCE / 1000} s. Try again, or end that process.`,
    retryable: true,
  });
}

// The monotonic clock stops while the machine sleeps, and the other one can be set: the larger is the safe one.
function stopwatch(): () => number {
  const [monotonic, wall] = [performance.now(), Date.now()];
  return () => Math.max(performance.now() - monotonic, Date.now() - wall);
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
