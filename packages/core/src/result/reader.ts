import { MAX_BYTES, type Pipeline } from "../serializer/pipeline.ts";
import type { Storage } from "../storage/storage.ts";
import { isStreamDescription, reviveStream } from "./bytes-value.ts";
import { type DecodeContext, decodePayload, decodeValue } from "./decode.ts";
import { checkExpiry } from "./expiry.ts";
import { type LoadedPayload, PayloadCache } from "./payload-cache.ts";
import { openRecord, type OpenRecord, readPayload, type RecordHead, type RecordTarget } from "./record.ts";
import { checkSchema, type StandardSchema } from "./schema.ts";

/** How a {@link RecordReader} reads. */
export interface ReaderOptions {
  /** The reader's own serializer and codecs. */
  readonly pipeline: Pipeline;
  readonly schema: StandardSchema | undefined;
  readonly maxBytes: number | undefined;
}

/** Reads the values of records: one request each, or none where a reference's payload is still held. */
export class RecordReader {
  readonly #options: ReaderOptions;
  readonly #cache: PayloadCache;

  constructor(options: ReaderOptions, cacheBytes: number) {
    this.#options = options;
    this.#cache = new PayloadCache(cacheBytes);
  }

  /** The value of a record: decoded anew for each call; a value that is a stream is opened anew. */
  async load<T>(target: RecordTarget, signal: AbortSignal | undefined): Promise<T> {
    const { storage, key, reference } = target;
    let record: OpenRecord | undefined;
    const open = async (): Promise<OpenRecord> => await openRecord(target, signal);
    const fetch = async () => {
      const opened = await open();
      if (isStreamDescription(opened.header.serializer)) {
        record = opened;
        return undefined;
      }
      return { header: opened.header, payload: await readPayload(opened, storage) };
    };
    // Only a reference names one write, so only by reference can what is held be known to be what is meant.
    const id = reference?.writeId;
    const place = placeOf(storage, key);
    const held = id === undefined ? undefined : this.#cache.held(place, id);
    // A load that can be aborted is not shared: one caller's abort is not another's.
    const load = id === undefined || signal !== undefined ? fetch : () => this.#cache.load(place, id, fetch);
    const loaded = held ?? (await load());
    if (loaded === undefined) {
      const streamed = record ?? (await open());
      const stream = await decodePayload(streamed, this.#context(target, signal, this.#options.maxBytes ?? Infinity));
      return reviveStream(stream, streamed.header.serializer) as T;
    }
    return await this.#decode(loaded, target, signal);
  }

  async #decode<T>(
    { header, payload }: LoadedPayload,
    target: RecordTarget,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const { storage, key } = target;
    checkExpiry(header.expiresAt, { key, storage: storage.url });
    const context = this.#context(target, signal, this.#options.maxBytes ?? MAX_BYTES);
    const value = await decodeValue(header, payload, context);
    await checkSchema(this.#options.schema, value, key);
    return value as T;
  }

  /** The head of a record, and its value from the same request; without it where the value is a stream. */
  async fetch<T>(
    target: RecordTarget,
    signal: AbortSignal | undefined,
  ): Promise<RecordHead & { readonly value?: { readonly held: T } }> {
    const { storage, key } = target;
    const record = await openRecord(target, signal);
    const { header } = record;
    if (isStreamDescription(header.serializer)) {
      await record.cancel();
      return record;
    }
    const loaded = { header, payload: await readPayload(record, storage) };
    // Results of the same write, which read by reference, need no request then.
    const own = await this.#cache.load(placeOf(storage, key), header.writeId, async () => loaded);
    const held = await this.#decode<T>(own ?? loaded, target, signal);
    return { ...record, value: { held } };
  }

  /** The payload without its codecs, opened anew. */
  async stream(target: RecordTarget, signal: AbortSignal | undefined): Promise<ReadableStream<Uint8Array>> {
    const record = await openRecord(target, signal);
    return await decodePayload(record, this.#context(target, signal, this.#options.maxBytes ?? Infinity));
  }

  /** Forgets what is held of a key: it was written or deleted here. */
  forget({ storage, key }: RecordTarget): void {
    this.#cache.drop(placeOf(storage, key));
  }

  #context({ storage, key }: RecordTarget, signal: AbortSignal | undefined, maxBytes: number): DecodeContext {
    return { storage, key, own: this.#options.pipeline, maxBytes, signal };
  }
}

// No key holds a newline, so no place is the start of another.
function placeOf(storage: Storage, key: string): string {
  return `${storage.url}\n${key}\n`;
}
