import { concat, copyOf } from "../bytes.ts";
import { checkOptions } from "../registry/options.ts";
import { StorageError } from "../errors.ts";
import { randomId, shared } from "../environment.ts";
import type { StoragePlugin } from "../registry/plugin.ts";
import type {
  Abortable,
  DeleteOptions,
  DriverBody,
  DriverObject,
  DriverPutOptions,
  GetOptions,
  ListOptions,
  ListPage,
  ObjectInfo,
  StorageCapabilities,
  StorageDriver,
  When,
} from "./driver.ts";
import { compareKeys } from "./keys.ts";
import { Storage } from "./storage.ts";

/** Options of {@link memory}. */
export interface MemoryOptions {
  /** Storages of one name in one process are the same place; without a name it is a place of its own. */
  readonly name?: string | undefined;
  /** Keep every key under this prefix. */
  readonly prefix?: string | undefined;
}

/** A storage in the memory of this process: for tests, and for results that need not outlive it. */
export function memory(options: MemoryOptions = {}): Storage {
  checkOptions("Storage type memory", memoryPlugin.options, options);
  return new Storage(new MemoryDriver(options.name), { prefix: options.prefix });
}

interface Entry {
  readonly info: ObjectInfo;
  readonly bytes: Uint8Array;
}

class MemoryDriver implements StorageDriver {
  readonly type = "memory";
  readonly url: string;
  readonly capabilities: StorageCapabilities = Object.freeze({
    create: true,
    replace: true,
    remove: true,
    ranges: true,
    unknownLength: true,
    contentType: true,
    sign: false,
    persistent: false,
  });
  /** Keys stay in `sorted` when they are deleted, so that a walk that deletes does not sort anew for each page. */
  readonly #place: { readonly entries: Map<string, Entry>; sorted?: string[] | undefined };

  constructor(name: string | undefined) {
    this.url = `memory:${encodeURIComponent(name ?? randomId())}`;
    const fresh = (): { entries: Map<string, Entry> } => ({ entries: new Map() });
    this.#place = name === undefined ? fresh() : shared(this.url, fresh);
  }

  async get(key: string, { range, signal }: GetOptions): Promise<DriverObject | undefined> {
    const entry = this.#place.entries.get(key);
    if (entry === undefined) return undefined;
    // Out come copies: what a caller does to its bytes must not reach the next reader.
    const all = entry.bytes.subarray(range?.start ?? 0, range?.end ?? entry.bytes.byteLength);
    let offset = 0;
    const read = async (target: Uint8Array): Promise<number> => {
      signal?.throwIfAborted();
      const piece = all.subarray(offset, offset + target.byteLength);
      target.set(piece);
      offset += piece.byteLength;
      return piece.byteLength;
    };
    return { info: entry.info, read, cancel: async () => {} };
  }

  async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
    const { contentType, when, signal } = options;
    // Looked at again when it counts; here it spares reading the body.
    this.#check(key, when);
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) {
      signal?.throwIfAborted();
      chunks.push(copyOf(chunk));
    }
    signal?.throwIfAborted();
    this.#check(key, when);
    const bytes = concat(chunks);
    const kept = contentType === undefined ? {} : { contentType };
    const info = { key, size: bytes.byteLength, version: randomId(), modifiedAt: new Date(), ...kept };
    if (!this.#place.entries.has(key)) this.#place.sorted = undefined;
    this.#place.entries.set(key, { info, bytes });
    return info;
  }

  async stat(key: string, _options: Abortable): Promise<ObjectInfo | undefined> {
    return this.#place.entries.get(key)?.info;
  }

  async list({ prefix = "", cursor, limit }: ListOptions & { readonly limit: number }): Promise<ListPage> {
    const keys = (this.#place.sorted ??= [...this.#place.entries.keys()].sort(compareKeys));
    let index = cursor === undefined ? firstAtLeast(keys, prefix) : firstAtLeast(keys, `${cursor}\0`);
    const objects: ObjectInfo[] = [];
    for (; index < keys.length && keys[index]!.startsWith(prefix); index++) {
      const entry = this.#place.entries.get(keys[index]!);
      if (entry === undefined) continue;
      if (objects.length === limit) return { objects, cursor: objects.at(-1)!.key };
      objects.push(entry.info);
    }
    return { objects };
  }

  async delete(key: string, { when }: DeleteOptions): Promise<void> {
    if (when !== undefined) this.#check(key, when);
    this.#place.entries.delete(key);
  }

  #check(key: string, when: When): void {
    const there = this.#place.entries.get(key);
    if (when === "absent" && there !== undefined) {
      throw new StorageError({ code: "AlreadyExists", detail: "there is an object already; it was left as it is." });
    }
    if (typeof when === "object" && there?.info.version !== when.version) {
      const detail =
        there === undefined ? "there is no object any more." : "it is not the version that was read any more.";
      throw new StorageError({ code: "Conflict", detail: `${detail} Read again, then decide.` });
    }
  }
}

function firstAtLeast(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKeys(keys[middle]!, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The storage type `memory`: `memory:name`. */
export const memoryPlugin: StoragePlugin = {
  api: 1,
  kind: "storage",
  type: "memory",
  options: { name: { type: "string", url: "path" }, prefix: { type: "string" } },
  open: (config) => memory(config),
};
