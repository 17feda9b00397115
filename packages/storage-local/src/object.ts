import { type BigIntStats, close, closeSync, constants, fstatSync, lstatSync, open, read } from "node:fs";
import { promisify } from "node:util";
import { type ByteRange, type ObjectInfo, type ReadableObject, StorageError } from "@coatcheck/core";
import { errorCode, foreignError, storageError } from "./errors.ts";
import { opening } from "./in-use.ts";
import { infoOf } from "./version.ts";

const openFile = promisify(open);
/** Bytes that are read at once; an abort waits for no more than this. */
const AT_ONCE = 16 * 1024 * 1024;

// Windows has neither; there the file is looked at before it is opened. Without waiting: a pipe would wait for a writer.
const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants as Partial<typeof constants> & { O_RDONLY: number };
const FLAGS = O_RDONLY | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0);

// Who drops an object without reading or cancelling it does not keep the file open for good.
const dropped = new FinalizationRegistry<number>((file) => close(file));

/** The file at `path`, open, and its metadata; undefined where there is none. A link and what is no file are refused. */
export async function openObject(
  path: string,
): Promise<{ readonly file: number; readonly stat: BigIntStats } | undefined> {
  let file: number;
  try {
    if (O_NOFOLLOW === undefined) refuseLink(path);
    file = await opening(path, () => openFile(path, FLAGS));
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT") return undefined;
    // A link, or a socket.
    if (code === "ELOOP" || code === "EMLINK" || code === "ENXIO") refuseLink(path);
    throw error;
  }
  try {
    const stat = fstatSync(file, { bigint: true });
    if (stat.isFile()) return { file, stat };
    throw foreignError(path, stat, "file");
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

function refuseLink(path: string): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat?.isFile() === false) throw foreignError(path, stat, "file");
}

/** An open file as an object. All of it comes from that file, whatever becomes of the name meanwhile. */
export class LocalObject implements ReadableObject {
  readonly info: ObjectInfo;
  readonly #stat: BigIntStats;
  readonly #signal: AbortSignal | undefined;
  #file: number | undefined;
  #position: number;
  readonly #end: number;
  #reading = false;
  #cancelled = false;

  constructor(key: string, file: number, stat: BigIntStats, range: ByteRange = { start: 0 }, signal?: AbortSignal) {
    this.info = infoOf(key, stat);
    this.#file = file;
    this.#stat = stat;
    this.#signal = signal;
    this.#position = Math.min(range.start, this.info.size);
    this.#end = Math.min(range.end ?? this.info.size, this.info.size);
    dropped.register(this, file, this);
  }

  async read(target: Uint8Array): Promise<number> {
    try {
      const length = Math.min(target.byteLength, this.#left());
      if (length > 0) await this.#fill(target.subarray(0, length));
      else this.#finish();
      return length;
    } catch (error) {
      this.#close();
      throw storageError(error);
    }
  }

  async cancel(): Promise<void> {
    this.#cancelled = true;
    // Closed under a read that is under way, its number could be another file's before the read begins.
    if (!this.#reading) this.#close();
  }

  #left(): number {
    return Math.max(0, this.#end - this.#position);
  }

  #finish(): void {
    this.#checkUnchanged();
    this.#close();
  }

  async #fill(target: Uint8Array): Promise<void> {
    for (let filled = 0; filled < target.byteLength;) {
      this.#signal?.throwIfAborted();
      const count = await this.#read(target.subarray(filled, filled + AT_ONCE));
      if (count === 0) throw changed();
      filled += count;
      this.#position += count;
    }
    this.#signal?.throwIfAborted();
  }

  async #read(target: Uint8Array): Promise<number> {
    const file = this.#open();
    this.#reading = true;
    try {
      return await readSome(file, target, this.#position);
    } finally {
      this.#reading = false;
      if (this.#cancelled) this.#close();
    }
  }

  // Writers of this storage never write into a file that has a name; somebody else may have.
  #checkUnchanged(): void {
    const { size, mtimeNs } = fstatSync(this.#open(), { bigint: true });
    if (size !== this.#stat.size || mtimeNs !== this.#stat.mtimeNs) throw changed();
  }

  #open(): number {
    if (this.#file === undefined) throw new TypeError("The object was cancelled.");
    return this.#file;
  }

  #close(): void {
    if (this.#file === undefined) return;
    dropped.unregister(this);
    closeSync(this.#file);
    this.#file = undefined;
  }
}

function readSome(file: number, target: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(file, target, 0, target.byteLength, position, (error, count) =>
      error === null ? resolve(count) : reject(error),
    );
  });
}

function changed(): StorageError {
  return new StorageError({
    code: "Corrupt",
    detail:
      "something wrote into the file while it was read. Read it again; nothing but this storage should write there.",
    retryable: true,
  });
}
