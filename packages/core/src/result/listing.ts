import { mapOrdered } from "../concurrency.ts";
import { ConfigurationError, ResultError, StorageError } from "../errors.ts";
import { checkOptions } from "../registry/options.ts";
import type { OptionTable } from "../registry/plugin.ts";
import type { Abortable, ObjectInfo } from "../storage/driver.ts";
import type { Storage } from "../storage/storage.ts";
import { checkSignal } from "./call-options.ts";
import { type Duration, parseDuration } from "./duration.ts";
import { isPast } from "./expiry.ts";
import { readHead, type RecordHead } from "./record.ts";
import { CACHE_PREFIX, RESERVED_PREFIX } from "./result-key.ts";

/** Headers that are read at once. */
const CONCURRENCY = 16;
/** Records that are judged at once, and deleted: half of these are reading, where all go. */
const JUDGED = 32;

const LIST_OPTIONS: OptionTable = {
  prefix: { type: "string" },
  headers: { type: "boolean" },
  signal: { type: "object" },
};
const PRUNE_OPTIONS: OptionTable = {
  expired: { type: "boolean" },
  olderThan: { type: ["number", "string"] },
  prefix: { type: "string" },
  cached: { type: "boolean" },
  dryRun: { type: "boolean" },
  onPrune: { type: "function" },
  signal: { type: "object" },
};

/** Options of {@link ResultStore.list}. */
export interface ListResultsOptions extends Abortable {
  /** Only keys that begin with this text. */
  readonly prefix?: string | undefined;
  /** Read each header too: one small ranged read for each. */
  readonly headers?: boolean | undefined;
}

/** Options of {@link ResultStore.prune}. At least one of `expired` and `olderThan` is needed; a record that fits either goes. */
export interface PruneOptions extends Abortable {
  /** Records that are past their time. */
  readonly expired?: boolean | undefined;
  /** Records that were written longer ago than this. */
  readonly olderThan?: Duration | undefined;
  /** Only keys that begin with this text. */
  readonly prefix?: string | undefined;
  /**
   * The results that tasks have cached (`cacheKey`), and no others. What goes is computed anew when it is asked for, and
   * references to it that were handed out are `Missing`. A value at a `resultStorageKey` has a key, and is not among them.
   */
  readonly cached?: boolean | undefined;
  /** Delete nothing, only count. */
  readonly dryRun?: boolean | undefined;
  /** Told of each record that goes, as it goes. */
  readonly onPrune?: ((info: ObjectInfo) => void) | undefined;
}

/** What {@link ResultStore.prune} did. */
export interface PruneSummary {
  /** Objects that were looked at. */
  readonly examined: number;
  /** Records that were deleted (on a dry run: would be), and their bytes. */
  readonly pruned: number;
  readonly bytes: number;
  /** Objects that are no readable result, and were left alone. */
  readonly unreadable: number;
  /** Records that were written anew between being judged and being deleted, and were left alone. */
  readonly changed: number;
}

/** The objects of a storage, page by page, without the project's own, or with `reserved` these alone. */
export async function* listObjects(
  storage: Storage,
  prefix: string | undefined,
  signal: AbortSignal | undefined,
  reserved = false,
): AsyncGenerator<ObjectInfo, void, void> {
  let cursor: string | undefined;
  do {
    const page = await storage.list({ prefix, cursor, signal });
    for (const info of page.objects) if (info.key.startsWith(RESERVED_PREFIX) === reserved) yield info;
    cursor = page.cursor;
  } while (cursor !== undefined);
}

/** An object, and the head of its record or why there is none. */
interface Head {
  readonly info: ObjectInfo;
  readonly head: RecordHead | ResultError;
}

/** The objects with their heads, in order. */
export async function* listHeads(
  storage: Storage,
  { prefix, signal }: ListResultsOptions,
): AsyncGenerator<Head, void, void> {
  const read = async (info: ObjectInfo): Promise<Head> => ({ info, head: await headAt(storage, info, signal) });
  yield* mapOrdered(listObjects(storage, prefix, signal), CONCURRENCY, read, signal);
}

async function headAt(
  storage: Storage,
  { key }: ObjectInfo,
  signal: AbortSignal | undefined,
): Promise<RecordHead | ResultError> {
  try {
    return await readHead({ storage, key }, signal);
  } catch (error) {
    if (error instanceof ResultError) return error;
    throw error;
  }
}

/** Throws {@link ConfigurationError} on options that {@link ResultStore.list} does not have: more would be listed than was meant. */
export function checkListOptions(options: ListResultsOptions): void {
  checkOptions("list", LIST_OPTIONS, options);
  checkSignal("list", options);
}

/** Deletes what has expired or is old, and only in the version that was judged. `onDelete` is told of each key. */
export async function pruneRecords(
  storage: Storage,
  options: PruneOptions,
  onDelete: (key: string) => void,
): Promise<PruneSummary> {
  checkOptions("prune", PRUNE_OPTIONS, options);
  checkSignal("prune", options);
  const { expired = false, olderThan, prefix, cached = false, dryRun = false, signal } = options;
  if (!expired && olderThan === undefined) {
    throw new ConfigurationError(
      "InvalidOption",
      'prune: say what goes: { expired: true }, { olderThan: "30d" }, or both.',
    );
  }
  if (cached && prefix !== undefined) {
    throw new ConfigurationError(
      "InvalidOption",
      "prune: cached results have no keys to choose by. Leave out prefix, or cached.",
    );
  }
  const before = olderThan === undefined ? -Infinity : Date.now() - parseDuration(olderThan, "olderThan");
  if (!dryRun && !storage.capabilities.remove) {
    const detail = `${storage.type} cannot delete only what was judged, so a record written meanwhile could be lost. Nothing was deleted.`;
    throw new StorageError({ code: "NotSupported", detail, operation: "prune", storage: storage.url });
  }
  const summary = { examined: 0, pruned: 0, bytes: 0, unreadable: 0, changed: 0 };
  const judge = async (info: ObjectInfo): Promise<void> => {
    const head = await headAt(storage, info, signal);
    summary.examined++;
    if (head instanceof ResultError) {
      // Gone since it was listed is no trouble; what cannot be read is not ours to delete.
      if (head.code !== "Missing") summary.unreadable++;
      return;
    }
    if (!(expired && isPast(head.header.expiresAt)) && Date.parse(head.header.createdAt) >= before) return;
    if (!dryRun) {
      try {
        await storage.delete(info.key, { when: { version: head.info.version }, signal });
      } catch (error) {
        if (!(error instanceof StorageError && error.code === "Conflict")) throw error;
        summary.changed++;
        return;
      } finally {
        onDelete(info.key);
      }
    }
    summary.pruned++;
    summary.bytes += head.info.size;
    options.onPrune?.(info);
  };
  const objects = listObjects(storage, cached ? CACHE_PREFIX : prefix, signal, cached);
  for await (const _ of mapOrdered(objects, JUDGED, judge, signal));
  return summary;
}
