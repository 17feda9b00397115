import { createHash } from "node:crypto";
import {
  ConfigurationError,
  type Reference,
  type PersistedResult,
  type RecordReference,
  ResultError,
  ResultStore,
  type ResultStoreOptions,
  openStorage,
  type Storage,
  StorageError,
} from "@coatcheck/core";
import { CACHE_PREFIX, openReserved, RESERVED_PREFIX, type ReservedResults } from "@coatcheck/core/reserved";

/** What is found in the cache. */
export type Found<T> =
  | { readonly kind: "missing" }
  /** It is too old, what it refers to is gone, or it is damaged. */
  | { readonly kind: "stale"; readonly version: string; readonly damage?: ResultError }
  | { readonly kind: "there"; readonly version: string; readonly result: PersistedResult<T> };

/** What the record of a cache is written over: nothing, or the version that was read. */
export type Base = "absent" | { readonly version: string };

/** A storage with a serializer, as a place for caches: see {@link CacheStore.open}. */
export class CacheStore {
  readonly storage: Storage;
  /** Users' own keys. */
  readonly results: ResultStore;
  readonly #records: ReservedResults;

  private constructor(storage: Storage, results: ResultStore, records: ReservedResults) {
    this.storage = storage;
    this.results = results;
    this.#records = records;
  }

  /**
   * Opens storage and serializer, and sends no request. Throws {@link ConfigurationError} where they cannot be opened, or
   * where the storage cannot write on a condition.
   */
  static async open(options: ResultStoreOptions): Promise<CacheStore> {
    const storage = await openStorage(options.storage);
    checkCacheStorage(storage, "A task");
    return new CacheStore(storage, new ResultStore(options), await openReserved(options));
  }

  /** The entry of a key. With `resultKey`, the value is at that key, and the entry refers to it. */
  entry<T>(key: string, resultKey?: string): CacheEntry<T> {
    return new CacheEntry<T>(this, this.#records, key, resultKey);
  }
}

/** Throws {@link ConfigurationError} where a storage lacks what caching needs; `label` is the task, as in `Task "extract"`. */
export function checkCacheStorage(storage: Storage, label: string): void {
  const { create, replace, remove } = storage.capabilities;
  if (create && replace && remove) return;
  throw new ConfigurationError(
    "InvalidOption",
    `${label} caches its result (cacheKey), which needs conditional writes, and storage ${storage.url} has none. Use another storage, or remove cacheKey.`,
  );
}

/** What the cache has at one key. */
export class CacheEntry<T> {
  /** The lease of whoever computes it. */
  readonly leaseKey: string;
  /** The same for the same entry of the same storage. */
  readonly id: string;
  readonly storage: Storage;
  readonly #records: ReservedResults;
  readonly #results: ResultStore;
  readonly #key: string;
  readonly #resultKey: string | undefined;

  constructor({ storage, results }: CacheStore, records: ReservedResults, key: string, resultKey: string | undefined) {
    // An entry that refers to a value has a name of its own, so that nobody takes a reference for the value.
    const name = createHash("sha256").update(key).digest("hex") + (resultKey === undefined ? "" : ".reference");
    this.storage = storage;
    this.leaseKey = `${RESERVED_PREFIX}lease/${name}`;
    this.id = `${storage.url}\n${name}`;
    this.#key = CACHE_PREFIX + name;
    this.#records = records;
    this.#results = results;
    this.#resultKey = resultKey;
  }

  /**
   * Looks for the result, which is younger than `maxAge` milliseconds, and reads its value, unless that is a stream. One
   * request, and another one for a value at a key of its own. Throws what else is wrong with a record that is there, such as a
   * serializer that is not known here: only a refresh replaces it then.
   */
  async look(maxAge: number | undefined, signal: AbortSignal | undefined): Promise<Found<T>> {
    try {
      const record = await unlessGone(this.#records.fetch<T>(this.#key, { signal }));
      if (record === undefined) return { kind: "missing" };
      const version = record.version!;
      if (!isFresh(record, maxAge)) return { kind: "stale", version };
      if (this.#resultKey === undefined) return { kind: "there", version, result: record };
      // However its writer had opened the storage, it is this one.
      const reference = { ...(record.value as RecordReference), storage: record.reference.storage };
      const result = await unlessGone(this.#records.fetch<T>(reference, { signal }));
      return result === undefined ? { kind: "stale", version } : { kind: "there", version, result };
    } catch (damage) {
      if (!(damage instanceof ResultError && DAMAGED.has(damage.code))) throw damage;
      const base = await this.base(signal);
      return base === "absent" ? { kind: "missing" } : { kind: "stale", version: base.version, damage };
    }
  }

  /** The version that is there now, readable or not. One request. */
  async base(signal: AbortSignal | undefined): Promise<Base> {
    const info = await this.storage.stat(this.#key, { signal });
    return info === undefined ? "absent" : { version: info.version };
  }

  /**
   * Keeps a value where the entry still is what it was when `base` was read; undefined where it is not, and then nothing has
   * changed. One request, and two more for a value at a key of its own.
   */
  async write(value: T, base: Base, signal: AbortSignal | undefined): Promise<PersistedResult<T> | undefined> {
    if (this.#resultKey === undefined) return await this.#put(value, base, signal);
    // Who lost the lease long ago does not write over the value of who has it now.
    if (!sameBase(await this.base(signal), base)) return undefined;
    const result = await this.#results.write(value, { key: this.#resultKey, signal });
    const reference: Reference = result.toJSON();
    return (await this.#put(reference, base, signal)) && (result as PersistedResult<T>);
  }

  async #put<V>(value: V, when: Base, signal: AbortSignal | undefined): Promise<PersistedResult<V> | undefined> {
    try {
      return (await this.#records.write(value, { key: this.#key, when, signal })) as PersistedResult<V>;
    } catch (error) {
      if (error instanceof StorageError && error.key === this.#key && FENCED.has(error.code)) return undefined;
      throw error;
    }
  }
}

const FENCED: ReadonlySet<string> = new Set(["AlreadyExists", "Conflict"]);

/** Whether a record is not older than `maxAge` milliseconds, by the clocks of its writer and of this machine. */
export function isFresh({ reference }: PersistedResult, maxAge: number | undefined): boolean {
  return maxAge === undefined || Date.now() - Date.parse(reference.createdAt) < maxAge;
}

function sameBase(one: Base, other: Base): boolean {
  return one === "absent" || other === "absent" ? one === other : one.version === other.version;
}

/** What is read; undefined where it is not there any more. */
export async function unlessGone<R>(reading: Promise<R>): Promise<R | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof ResultError && GONE.has(error.code)) return undefined;
    throw error;
  }
}

const DAMAGED: ReadonlySet<string> = new Set(["Corrupt", "NotAResult"]);
const GONE: ReadonlySet<string> = new Set(["Missing", "Expired", "Replaced"]);
