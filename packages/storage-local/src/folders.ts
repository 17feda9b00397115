import { type BigIntStats, closeSync, existsSync, lstatSync, mkdirSync, openSync, rmdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { StorageError } from "@coatcheck/core";
import { errorCode, foreignError, shown } from "./errors.ts";
import { GroupCommit } from "./group-commit.ts";
import { toDisk } from "./temporary.ts";

/** Folders remembered as being on disk; a larger number saves fsyncs where keys lie in more folders than that. */
const REMEMBERED = 10_000;

/** A folder whose entry in the folder above may not be on disk yet. */
export interface NewFolder {
  readonly path: string;
  readonly id: string;
}

/** The folders below a root: made when first needed, removed when empty, never reached through a link. */
export class Folders {
  readonly root: string;
  /** Which folder (inode and birth) was at a path when its entry was last known to be on disk. */
  readonly #onDisk: Map<string, string> = new Map();
  readonly #syncs: GroupCommit = new GroupCommit((folder) => this.#syncFolder(folder));
  /** Folders above the root that were made with it and are not known to be on disk. */
  #aboveRoot: readonly NewFolder[] = [];

  constructor(root: string) {
    this.root = root;
  }

  /**
   * Refuses where a folder above one of `paths` (relative to the root) is a link or no folder; false where one is not
   * there. One lstat per folder, made synchronously: the call that follows, or just came, walks the same folders. Who
   * swaps a folder for a link between the two may write to the root anyway; against that somebody it does not protect.
   */
  check(...paths: readonly string[]): boolean {
    let complete = true;
    this.#walk(paths, (_folder, stat) => {
      if (stat === undefined) complete = false;
      return stat !== undefined;
    });
    return complete;
  }

  /**
   * Makes the folders above `paths`, the root included, and gives those whose own entry may not be on disk yet: made now,
   * or found for the first time, as somebody else may have just made them.
   */
  make(...paths: readonly string[]): NewFolder[] {
    const fresh: NewFolder[] = [];
    this.#walk(paths, (folder, found) => {
      const stat = found ?? this.#makeFolder(folder);
      const id = `${stat.ino}-${stat.birthtimeNs}`;
      if (this.#onDisk.get(folder) !== id) fresh.push({ path: folder, id });
      return true;
    });
    return fresh.concat(this.#aboveRoot);
  }

  /** Brings to disk the entries of `folder`, and of the folders above each of `fresh`. */
  async sync(folder: string, fresh: readonly NewFolder[]): Promise<void> {
    const above = fresh.map((each) => dirname(each.path));
    await Promise.all([...new Set([folder, ...above])].map((each) => this.#syncs.commit(each)));
    if (this.#onDisk.size + fresh.length > REMEMBERED) this.#onDisk.clear();
    for (const { path, id } of fresh) this.#onDisk.set(path, id);
    this.#aboveRoot = this.#aboveRoot.filter((each) => !fresh.includes(each));
  }

  /** Removes the folders above `path` that are empty, but not the root, and gives the first that stays. */
  prune(path: string): string {
    let folder = dirname(join(this.root, path));
    for (; folder !== this.root; folder = dirname(folder)) {
      try {
        rmdirSync(folder);
      } catch (error) {
        // Gone already: somebody else prunes too. Whatever else keeps it keeps those above it.
        if (errorCode(error) !== "ENOENT") break;
      }
    }
    return folder;
  }

  // Calls `visit` with the root and each folder above `paths`, from the top, until it says false.
  #walk(paths: readonly string[], visit: (folder: string, stat: BigIntStats | undefined) => boolean): void {
    // The root itself may be a link.
    const root = statSync(this.root, { bigint: true, throwIfNoEntry: false });
    if (root?.isDirectory() === false) throw foreignError(this.root, root, "folder");
    if (root === undefined && lstatSync(this.root, { throwIfNoEntry: false }) !== undefined) {
      const detail = `${shown(this.root)} is a link that leads nowhere. Make the folder it leads to.`;
      throw new StorageError({ code: "Misconfigured", detail });
    }
    if (!visit(this.root, root)) return;
    for (const path of paths) {
      for (let end = path.indexOf("/"); end !== -1; end = path.indexOf("/", end + 1)) {
        const folder = join(this.root, path.slice(0, end));
        const stat = lstatSync(folder, { bigint: true, throwIfNoEntry: false });
        if (stat?.isDirectory() === false) throw foreignError(folder, stat, "folder");
        if (!visit(folder, stat)) break;
      }
    }
  }

  #makeFolder(path: string): BigIntStats {
    if (path === this.root) {
      const first = makeWithParents(path) ?? path;
      const above: NewFolder[] = [];
      for (let folder = path; folder.length > first.length;) above.push({ path: (folder = dirname(folder)), id: "" });
      this.#aboveRoot = above;
    } else {
      try {
        mkdirSync(path);
      } catch (error) {
        if (errorCode(error) !== "EEXIST") throw error; // Somebody else just made it.
      }
    }
    const stat = lstatSync(path, { bigint: true });
    if (!stat.isDirectory()) throw foreignError(path, stat, "folder");
    return stat;
  }

  async #syncFolder(path: string): Promise<void> {
    // Windows opens no folders; NTFS keeps their entries in its journal.
    if (process.platform === "win32") return;
    let folder: number;
    try {
      folder = openSync(path, "r");
    } catch (error) {
      // Removed as empty by now: what it held is gone too, and that is in the folder above.
      if (errorCode(error) === "ENOENT") return await this.#syncFolder(dirname(path));
      // Above the root there may be folders that this user may not read.
      if (errorCode(error) === "EACCES" && this.root.startsWith(path) && path !== this.root) return;
      throw error;
    }
    try {
      await toDisk(folder);
    } catch (error) {
      // Some network and user-space file systems have no fsync for folders.
      if (errorCode(error) !== "EINVAL" && errorCode(error) !== "ENOTSUP") throw error;
    } finally {
      closeSync(folder);
    }
  }
}

// Gives the first folder that was made. Not `recursive` of mkdirSync, which never returns where a folder is there but takes
// no other in it and says ENOENT, as automounts do, and /proc.
function makeWithParents(path: string): string | undefined {
  if (tryToMake(path)) return path;
  const parent = dirname(path);
  if (existsSync(path)) return undefined;
  const first = existsSync(parent) ? undefined : makeWithParents(parent);
  // Again, for others may have made the folder above only just now.
  if (tryToMake(path)) return first ?? path;
  if (existsSync(path)) return first;
  const detail = `no folder can be made in ${shown(parent)}. Choose another folder, or make ${shown(path)} yourself.`;
  throw new StorageError({ code: "Misconfigured", detail });
}

// Whether the folder was made; not where it is there, or the one above it is not.
function tryToMake(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code === "EEXIST" || (code === "ENOENT" && dirname(path) !== path)) return false;
    throw error;
  }
}
