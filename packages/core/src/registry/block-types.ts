import type { MemoryOptions } from "../storage/memory.ts";
import type { Referable } from "../settings/references.ts";

/**
 * The options of storages by their type. A package of your own adds its type, so that editors know its slugs and options:
 * `declare module "@coatcheck/core" { interface StorageTypes { "my-redis": MyRedisOptions } }`.
 */
export interface StorageTypes {
  memory: MemoryOptions;
}

/** The first-party types: known without an import, where their package is installed; where not, their options are not checked. */
export interface FirstPartyStorageTypes {
  /** @ts-ignore -- An optional peer. */
  local: import("@coatcheck/storage-local").LocalOptions;
  /** @ts-ignore -- An optional peer. */
  s3: import("@coatcheck/storage-s3").S3Options;
  /** @ts-ignore -- An optional peer. */
  gcs: import("@coatcheck/storage-gcs").GcsOptions;
  /** @ts-ignore -- An optional peer. */
  azure: import("@coatcheck/storage-azure").AzureOptions;
}

type AllTypes = FirstPartyStorageTypes & StorageTypes;
type KnownSlug = `${keyof AllTypes}/${string}`;

/** Whether texts of this type are told apart only when the program runs: `string`, or a template of it. */
type IsOpen<Text extends string> = Record<never, never> extends Record<Text, 1> ? true : false;

/** `Name` where it is a slug of a known type, a URL, or any text that is not known before it runs; else what it could be. */
export type StorageName<Name extends string> =
  IsOpen<Name> extends true ? Name : Name extends KnownSlug | `${string}:${string}` ? Name : KnownSlug;

/** The options of a block of this slug, each value of which may be a reference. */
export type BlockOptions<Slug extends string> =
  IsOpen<Slug> extends true
    ? object
    : Slug extends `${infer Type}/${string}`
      ? Type extends keyof AllTypes
        ? Referable<AllTypes[Type]>
        : never
      : never;
