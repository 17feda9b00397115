import { ConfigurationError } from "../errors.ts";
import { checkOptions } from "../registry/options.ts";
import type { OptionTable } from "../registry/plugin.ts";
import { checkSerializer, checkStorage } from "../registry/open.ts";
import type { Serializer } from "../serializer/serializer.ts";
import type { Abortable, When } from "../storage/driver.ts";
import type { Storage } from "../storage/storage.ts";
import type { DigestAlgorithm } from "./digest.ts";
import type { Duration } from "./duration.ts";
import type { Reference } from "./reference.ts";
import type { Result } from "./result.ts";
import type { StandardSchema } from "./schema.ts";

/** Options of {@link ResultStore}. */
export interface ResultStoreOptions<T = unknown> {
  /** Where results are kept: a slug (`"s3/prod"`), a URL (`"file:///data/results"`) or a Storage. */
  readonly storage: string | Storage;
  /** How values become bytes: a name (`"json"`, `"compressed/json"`) or a Serializer. Default `"msgpack"`. */
  readonly serializer?: string | Serializer | undefined;
  /** More storages that references may point at. Besides these, only blocks that were registered are read from. */
  readonly storages?: readonly (string | Storage)[] | undefined;
  /** Any Standard Schema: values are checked when they are written and when they are read, and never changed. */
  readonly schema?: StandardSchema<T> | undefined;
  /** How damage is found: `"crc32"` (default, 7 GB/s with Node), or `"sha256"` (2 GB/s), which also tells the holder of a reference of forgery. */
  readonly digest?: DigestAlgorithm | undefined;
  /** JSON values that take fewer bytes than this stay in the reference, with no record. Default 0: none. */
  readonly inlineBelow?: number | undefined;
  /** Bytes of memory for payloads of references that are read again, 1 KiB for each included. Default 16 MiB; 0 keeps none. */
  readonly cacheBytes?: number | undefined;
  /** Bytes that codecs may make of a payload before it is `TooLarge`. Default 1 GiB for values, no limit for streams. */
  readonly maxBytes?: number | undefined;
}

/** Options of {@link ResultStore.write}. */
export interface WriteOptions extends Abortable {
  /** Where the record goes. Without it, under a unique id that no other write has. */
  readonly key?: string | undefined;
  /** After this, the result is gone by every path. */
  readonly expiresIn?: Duration | undefined;
  /** Default `"any"`: writing to a key again replaces the record whole. `"absent"` counts an expired record as absent. */
  readonly when?: When | undefined;
}

/** Options of {@link ResultStore.readMany}. */
export interface ManyOptions extends Abortable {
  /** Calls under way at once, at most. Default 16. Up to four times as many outcomes are held until they are taken. */
  readonly concurrency?: number | undefined;
}

/** Options of {@link ResultStore.writeMany}: they hold for each of the values. */
export interface WriteManyOptions<V = unknown> extends ManyOptions, Pick<WriteOptions, "expiresIn"> {
  /** Gives each value its key. Without it, each gets a unique id. */
  readonly key?: ((value: V, index: number) => string) | undefined;
  /** As for one value; `"absent"` lets those fail that are there already, and writes the others. */
  readonly when?: "any" | "absent" | undefined;
}

/** A reference, as an object or as JSON text, or a key, which means whatever is there now. */
export type ReferenceOrKey = Reference | Result | string;

const TABLE: OptionTable = {
  storage: { type: ["string", "object"], required: true },
  serializer: { type: ["string", "object"] },
  storages: { type: "object" },
  schema: { type: ["object", "function"] },
  digest: { type: "string", values: ["crc32", "sha256"] },
  inlineBelow: { type: "number" },
  cacheBytes: { type: "number" },
  maxBytes: { type: "number" },
};

/** Throws {@link ConfigurationError} on everything that can be told to be wrong without loading anything. */
export function checkStoreOptions<T>(options: ResultStoreOptions<T>): void {
  checkOptions("ResultStore", TABLE, options);
  for (const name of ["inlineBelow", "cacheBytes", "maxBytes"] as const) {
    const value = options[name];
    if (value !== undefined && !(value >= 0)) {
      throw new ConfigurationError(
        "InvalidOption",
        `ResultStore: ${name} is ${value}; give a number of bytes, 0 or more.`,
      );
    }
  }
  const { storage, storages = [], serializer = "msgpack" } = options;
  if (!Array.isArray(storages)) throw new ConfigurationError("InvalidOption", "ResultStore: storages is a list.");
  for (const each of [storage, ...storages]) checkStorage(each);
  checkSerializer(serializer);
}
