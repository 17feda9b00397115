import { type BigIntStats, lstatSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { compareKeys } from "@coatcheck/core";
import { BELOW, decodeSegment, folderPath, isContinued } from "./encoding.ts";
import { errorCode } from "./errors.ts";

/** Names that the system surely gives in one piece, as they were at one moment. */
const AT_ONCE = 200;
/**
 * Readings of a larger folder that changes meanwhile: some file systems, tmpfs for one, pass over a file that is replaced
 * while its folder is read, though there is one under its name at every moment.
 */
const READINGS = 4;
/** Milliseconds by which a file system's time stamps may move at once. */
const STAMP_STEP = 20;

/** A folder on the way: what of its names is still to come. */
interface Level {
  readonly prefix: string;
  /** In order: `a` for a file, `a/` for a folder. */
  readonly entries: readonly string[];
  next: number;
  /** What was put since they were read and is still to come, in order. */
  readonly added: string[];
  /** What was taken last. */
  last: string | undefined;
}

/**
 * Walks the keys below a root in the order of their UTF-8 bytes, from names alone. It holds the names of the folder it
 * is in and of those on the way there; a folder is read once, when the walk comes to it.
 */
export class Walk {
  readonly #root: string;
  readonly #prefix: string;
  readonly #after: string | undefined;
  #levels: Level[] | undefined;
  /** A folder is being read now: what is put meanwhile may be among its names or not. */
  #reading = false;

  /** Keys that begin with `prefix` and come after the key `after`. */
  constructor(root: string, prefix: string, after: string | undefined) {
    this.#root = root;
    this.#prefix = prefix;
    this.#after = after;
  }

  /** The next keys, at most `count`; none at the end. */
  async take(count: number): Promise<string[]> {
    this.#levels ??= [await this.#start()];
    const keys: string[] = [];
    while (keys.length < count) {
      const level = this.#levels.at(-1);
      if (level === undefined) break;
      const entry = next(level);
      if (entry === undefined) this.#levels.pop();
      else if (!entry.endsWith("/")) keys.push(level.prefix + entry);
      else if (isFolder(join(this.#root, folderPath(level.prefix + entry)))) {
        this.#levels.push(await this.#read(level.prefix + entry));
      }
    }
    return keys;
  }

  /** Whether {@link take} has come to the end; it may say no where only names that are no objects are left. */
  get ended(): boolean {
    return this.#levels?.every((level) => level.next >= level.entries.length && level.added.length === 0) ?? false;
  }

  /** Has a key that was just put come at its place, unless the walk is past it; false where that cannot be told. */
  add(key: string): boolean {
    if (this.#levels === undefined || this.#reading) return false;
    // What lies in a folder that is still to come is found when that is read.
    const level = this.#levels.findLast(({ prefix }) => key.startsWith(prefix));
    if (level === undefined || !key.startsWith(this.#prefix)) return true;
    const rest = key.slice(level.prefix.length);
    const entry = rest.slice(0, rest.indexOf("/") + 1) || rest;
    if (level.last !== undefined && compareKeys(entry, level.last) <= 0) return true;
    if (this.#after !== undefined && compareKeys(key, this.#after) <= 0) return true;
    const at = placeOf(entry, level.added);
    if (level.added[at] !== entry) level.added.splice(at, 0, entry);
    return true;
  }

  // A prefix names the folders down to its last slash: those above them are not read.
  async #start(): Promise<Level> {
    return await this.#read(this.#prefix.slice(0, this.#prefix.lastIndexOf("/") + 1));
  }

  async #read(prefix: string): Promise<Level> {
    const entries: string[] = [];
    this.#reading = true;
    await this.#gather(join(this.#root, folderPath(prefix)), "", (entry) => {
      const key = prefix + entry;
      if (!key.startsWith(this.#prefix)) return;
      const passed = this.#after !== undefined && compareKeys(key, this.#after) <= 0;
      if (!passed || (entry.endsWith("/") && this.#after.startsWith(key))) entries.push(entry);
    });
    this.#reading = false;
    return { prefix, entries: entries.toSorted(compareKeys), next: 0, added: [], last: undefined };
  }

  // What goes on in a folder of its own, because a name is too long, belongs in the order of the folder it began in.
  async #gather(folder: string, begun: string, found: (entry: string) => void): Promise<void> {
    for (const name of await namesIn(folder)) {
      if (isContinued(name)) {
        if (isFolder(join(folder, name))) await this.#gather(join(folder, name), `${begun}${name}/`, found);
        continue;
      }
      const below = name.endsWith(BELOW);
      const segment = decodeSegment(begun + (below ? name.slice(0, -BELOW.length) : name));
      if (segment !== undefined) found(below ? `${segment}/` : segment);
    }
  }
}

// The first of what is still to come; what was added may be among what was read, too.
function next(level: Level): string | undefined {
  const { entries, added } = level;
  const [read, put] = [entries[level.next], added[0]];
  const first = read === undefined || (put !== undefined && compareKeys(put, read) < 0) ? put : read;
  if (first === read) level.next++;
  if (first === put) added.shift();
  level.last = first;
  return first;
}

// Where an entry belongs among others that are in order.
function placeOf(entry: string, entries: readonly string[]): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKeys(entries[middle]!, entry) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

async function namesIn(folder: string): Promise<Iterable<string>> {
  try {
    const before = await stat(folder, { bigint: true });
    let names = await readdir(folder);
    if (names.length <= AT_ONCE || (await isUnchanged(folder, before))) return names;
    const all = new Set(names);
    for (let reading = 1; reading < READINGS; reading++) {
      const again = await stat(folder, { bigint: true });
      names = await readdir(folder);
      for (const name of names) all.add(name);
      if (await isUnchanged(folder, again)) break;
    }
    return all;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return []; // Removed meanwhile, as it was empty.
    throw error;
  }
}

// Time stamps move in steps, so a folder that changed a moment ago may change again and look the same.
async function isUnchanged(folder: string, before: BigIntStats): Promise<boolean> {
  const { mtimeNs, mtimeMs } = await stat(folder, { bigint: true });
  return mtimeNs === before.mtimeNs && Math.abs(Date.now() - Number(mtimeMs)) > STAMP_STEP;
}

// A link or a file under the name of a folder is not of this storage: a listing passes over it.
function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
