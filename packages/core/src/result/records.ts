import { randomId } from "../environment.ts";
import { ConfigurationError, ResultError, StorageError } from "../errors.ts";
import { openSerializer, openStorage } from "../registry/open.ts";
import type { OptionTable } from "../registry/plugin.ts";
import { checkType, isUrl } from "../registry/slug.ts";
import { describeSerializer, type Pipeline, pipelineOf } from "../serializer/pipeline.ts";
import type { JsonValue, Serializer } from "../serializer/serializer.ts";
import type { Abortable, ObjectInfo } from "../storage/driver.ts";
import type { Storage } from "../storage/storage.ts";
import { quote } from "../text.ts";
import { bytesValue, isStreamDescription } from "./bytes-value.ts";
import { checkCall } from "./call-options.ts";
import { parseDuration } from "./duration.ts";
import { encodeRecord, timeOf } from "./encode.ts";
import { checkExpiry, isPast } from "./expiry.ts";
import type { ResultHeader } from "./header.ts";
import { copyInline, fitsInline } from "./inline.ts";
import { findStorage } from "./known-storages.ts";
import type { ListResultsOptions, PruneOptions, PruneSummary } from "./listing.ts";
import { RecordReader } from "./reader.ts";
import { checkIdentity, readFacts, readHead, type RecordHead, type RecordTarget } from "./record.ts";
import { type RecordReference, referenceOf } from "./reference.ts";
import { checkResultKey } from "./result-key.ts";
import { LiteralResult, NoResult, PersistedResult, type Result, UnpersistedResult } from "./result.ts";
import { type ResultEntry, type ResultInfo, resultInfo } from "./result-info.ts";
import { checkSchema, type StandardSchema } from "./schema.ts";
import type { ReferenceOrKey, ResultStoreOptions, WriteOptions } from "./store-options.ts";
import { putExactly, putRecord } from "./write.ts";

const CACHE_BYTES = 16 * 1024 * 1024;
const WRITE_OPTIONS: OptionTable = {
  key: { type: "string" },
  expiresIn: { type: ["number", "string"] },
  when: { type: ["string", "object"] },
};

/** What a store has once it is open. */
interface Opened {
  readonly storage: Storage;
  /** What references call the storage: the slug it was opened by, else its URL. */
  readonly name: string;
  readonly pipeline: Pipeline;
  readonly reader: RecordReader;
}

/** A record, and what references call its storage. */
interface NamedTarget extends RecordTarget {
  readonly name: string;
}

/** What a {@link ResultStore} does, once it is open: its methods are documented there. */
export class Records<T> {
  readonly #options: ResultStoreOptions<T>;
  readonly #opened: Opened;
  readonly #reserved: boolean;

  private constructor(options: ResultStoreOptions<T>, opened: Opened, reserved: boolean) {
    this.#options = options;
    this.#opened = opened;
    this.#reserved = reserved;
  }

  /**
   * Opens storage and serializer, which may load their packages. Sends no request. With `reserved`, the keys are those that
   * are refused without.
   */
  static async open<T>(options: ResultStoreOptions<T>, reserved = false): Promise<Records<T>> {
    const { storage: given, serializer = "msgpack", schema, maxBytes, cacheBytes = CACHE_BYTES } = options;
    const [storage, found] = await Promise.all([openStorage(given), openSerializer(serializer)]);
    const pipeline = pipelineOf(found);
    checkParts(pipeline, schema);
    const name = typeof given === "string" && !isUrl(given) ? given : storage.url;
    const reader = new RecordReader({ pipeline, schema, maxBytes }, cacheBytes);
    return new Records(options, { storage, name, pipeline, reader }, reserved);
  }

  async write<V extends T>(value: V, options: WriteOptions): Promise<Result<V>> {
    try {
      return await this.#write(value, options);
    } catch (error) {
      // However it failed, the source of a stream learns that nobody will read it on.
      if (bytesValue(value)?.source !== undefined) (await import("../sources.ts")).discard(value);
      throw error;
    }
  }

  async #write<V extends T>(value: V, options: WriteOptions): Promise<Result<V>> {
    checkCall("write", options, WRITE_OPTIONS);
    const { key, signal } = options;
    signal?.throwIfAborted();
    if (key !== undefined) checkResultKey(key, this.#reserved);
    const expiresIn = options.expiresIn === undefined ? undefined : parseDuration(options.expiresIn, "expiresIn");
    const { storage, name, pipeline, reader } = this.#opened;
    await checkSchema(this.#options.schema, value, key);
    if (key === undefined && this.#staysInReference(value, pipeline)) {
      const expiresAt = expiresIn === undefined ? undefined : timeOf(Date.now() + expiresIn);
      // What is done to the value later does not reach its reference.
      return new LiteralResult(typeof value === "object" ? (copyInline(value as JsonValue) as V) : value, expiresAt);
    }
    const target = { storage, name, key: key ?? randomId() };
    const { digest = "crc32" } = this.#options;
    const record = await encodeRecord(value, target.key, {
      pipeline,
      digest,
      pipelined: storage.pipelined,
      expiresIn,
      signal,
    });
    // An id of one's own is created, not replaced: on most storages that is the cheaper of the two.
    const { when = key === undefined && storage.capabilities.create ? "absent" : "any" } = options;
    const put = this.#reserved ? putExactly : putRecord;
    const info = await put(target, record, when, signal);
    reader.forget(target);
    return this.#persisted<V>(target, info, { ...record.header, ...record.facts() }, { held: value });
  }

  async read<V = T>(referenceOrKey: ReferenceOrKey, options: Abortable = {}): Promise<V> {
    checkCall("read", options);
    const found = await this.#locate<V>(referenceOrKey);
    return "get" in found ? await found.get(options) : await this.#opened.reader.load<V>(found, options.signal);
  }

  async resolve<V = T>(referenceOrKey: ReferenceOrKey, options: Abortable = {}): Promise<Result<V>> {
    checkCall("resolve", options);
    const found = await this.#locate<V>(referenceOrKey);
    if ("get" in found) return found;
    const head = await this.#head(found, options.signal);
    const facts = found.reference ?? (await readFacts(found, head, options.signal));
    return this.#persisted<V>(found, head.info, { ...head.header, size: facts.size, digest: facts.digest });
  }

  /** As {@link resolve}, for what has a record: its value is read too, in the same request, unless it is a stream. */
  async fetch<V = T>(referenceOrKey: RecordReference | string, options: Abortable = {}): Promise<PersistedResult<V>> {
    const target = (await this.#locate<V>(referenceOrKey)) as NamedTarget;
    const { value, ...head } = await this.#opened.reader.fetch<V>(target, options.signal);
    const facts = await readFacts(target, head, options.signal);
    return this.#persisted<V>(target, head.info, { ...head.header, size: facts.size, digest: facts.digest }, value);
  }

  async exists(referenceOrKey: ReferenceOrKey, options: Abortable = {}): Promise<boolean> {
    checkCall("exists", options);
    try {
      const found = await this.#locate(referenceOrKey);
      if ("get" in found) return found.kind === "literal" && !isPast(found.expiresAt?.toISOString());
      await this.#head(found, options.signal);
      return true;
    } catch (error) {
      if (error instanceof ResultError && (error.code === "Missing" || error.code === "Expired")) return false;
      throw error;
    }
  }

  async stat(referenceOrKey: ReferenceOrKey, options: Abortable = {}): Promise<ResultInfo> {
    checkCall("stat", options);
    const found = await this.#locate(referenceOrKey);
    if ("get" in found) {
      throw new ResultError("NotAResult", "The reference has no record in any storage; there is nothing to look at.");
    }
    return resultInfo(found.storage, await this.#head(found, options.signal));
  }

  async delete(referenceOrKey: ReferenceOrKey, options: Abortable = {}): Promise<void> {
    checkCall("delete", options);
    const found = await this.#locate(referenceOrKey, { expired: true });
    if ("get" in found) return;
    const { storage, key, reference } = found;
    try {
      if (reference === undefined) return await storage.delete(key, options);
      const { header, info } = await readHead(found, options.signal);
      if (header.writeId !== reference.writeId) return;
      const when = storage.capabilities.remove ? { version: info.version } : undefined;
      await storage.delete(key, { when, signal: options.signal });
    } catch (error) {
      const gone = error instanceof ResultError ? error.code === "Missing" : isConflict(error);
      if (reference === undefined || !gone) throw error;
    } finally {
      // Only now: what was read while it was being deleted is held.
      this.#opened.reader.forget(found);
    }
  }

  async *list(options: ListResultsOptions = {}): AsyncGenerator<ResultEntry, void, void> {
    const { storage } = this.#opened;
    const { checkListOptions, listHeads, listObjects } = await import("./listing.ts");
    checkListOptions(options);
    if (options.headers !== true) return yield* listObjects(storage, options.prefix, options.signal);
    for await (const { info, head } of listHeads(storage, options)) {
      if (head instanceof ResultError) yield { ...info, problem: head };
      else yield { ...info, result: resultInfo(storage, head) };
    }
  }

  async prune(options: PruneOptions): Promise<PruneSummary> {
    const { storage, reader } = this.#opened;
    const { pruneRecords } = await import("./listing.ts");
    return await pruneRecords(storage, options, (key) => reader.forget({ storage, key }));
  }

  #staysInReference(value: unknown, { codecs }: Pipeline): boolean {
    if (codecs.some((codec) => codec.confidential === true)) return false;
    if (value === null || value === undefined || typeof value === "boolean") return true;
    return fitsInline(value, this.#options.inlineBelow ?? 0);
  }

  async #locate<V>(input: ReferenceOrKey, allow = { expired: false }): Promise<NamedTarget | Result<V>> {
    const reference = referenceOf(
      typeof input === "object" && input !== null && "toJSON" in input ? input.toJSON() : input,
    );
    if (reference === undefined) {
      checkResultKey(input as string, this.#reserved);
      const { storage, name } = this.#opened;
      return { storage, name, key: input as string };
    }
    if ("unpersisted" in reference) return new UnpersistedResult<V>(NoResult, reference.unpersisted);
    if ("undefined" in reference) return new LiteralResult(undefined as V, reference.expiresAt);
    if ("value" in reference) return new LiteralResult(copyInline(reference.value) as V, reference.expiresAt);
    if (!allow.expired) checkExpiry(reference.expiresAt, reference);
    const { storage: name, key } = reference;
    const own = name === this.#opened.name || name === this.#opened.storage.url ? this.#opened.storage : undefined;
    return { storage: own ?? (await findStorage(name, this.#options.storages ?? [])), name, key, reference };
  }

  async #head(target: RecordTarget, signal: AbortSignal | undefined): Promise<RecordHead> {
    const head = await readHead(target, signal);
    checkIdentity(head, target);
    return head;
  }

  #persisted<V>(
    { storage, name, key }: NamedTarget,
    { version }: ObjectInfo,
    { serializer, writeId, size, digest, createdAt, expiresAt }: ResultHeader,
    value?: { readonly held: V },
  ): PersistedResult<V> {
    const expiry = expiresAt === undefined ? {} : { expiresAt };
    const reference = {
      coatcheck: 1 as const,
      storage: name,
      key,
      writeId,
      size: size!,
      digest: digest!,
      createdAt,
      ...expiry,
    };
    const target = { storage, key, reference };
    const { reader } = this.#opened;
    const access = {
      streaming: isStreamDescription(serializer),
      load: async (signal: AbortSignal | undefined) => await reader.load<V>(target, signal),
      stream: async (signal: AbortSignal | undefined) => await reader.stream(target, signal),
    };
    return new PersistedResult<V>(reference, version, access, value);
  }
}

// Each of these would fail far from here, or unchecked: under a type that nobody can look up, results are written and not read.
function checkParts({ serializer, codecs }: Pipeline, schema: StandardSchema | undefined): void {
  checkType("serializer", serializer.type);
  for (const codec of codecs) checkType("codec", codec.type);
  const refuse = (option: string, what: string): never => {
    throw new ConfigurationError("InvalidOption", `ResultStore: option "${option}" is ${what}.`);
  };
  for (const part of [serializer, ...codecs]) {
    if (describeSerializer(part as Serializer)?.["type"] !== part.type) {
      refuse("serializer", `not ${quote(part.type)}, as describe() gives another type`);
    }
  }
  if (schema !== undefined && typeof schema["~standard"]?.validate !== "function") {
    refuse("schema", 'no Standard Schema: it has no "~standard". Update the library it is from');
  }
}

function isConflict(error: unknown): boolean {
  return error instanceof StorageError && error.code === "Conflict";
}
