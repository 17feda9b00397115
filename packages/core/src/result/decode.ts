import { ConfigurationError, ResultError } from "../errors.ts";
import { copyOf, toStream } from "../bytes.ts";
import { checkOptions } from "../registry/options.ts";
import { findPlugin, openCodec } from "../registry/by-name.ts";
import { decodeBytes, describeSerializer, type Pipeline, type SharedContext } from "../serializer/pipeline.ts";
import type { Codec, Serializer } from "../serializer/serializer.ts";
import { decodeStream } from "../serializer/streams.ts";
import type { Storage } from "../storage/storage.ts";
import { BYTES_TYPE, reviveBytes } from "./bytes-value.ts";
import { associatedData, type Description, describeHeader, type ResultHeader } from "./header.ts";
import type { OpenRecord } from "./record.ts";

/** What reading a payload needs to know beside the payload. */
export interface DecodeContext {
  readonly storage: Storage;
  readonly key: string;
  /** The reader's own serializer and codecs: taken in preference where the header means them. */
  readonly own: Pipeline;
  /** The most bytes that codecs may make of a payload. */
  readonly maxBytes: number;
  readonly signal: AbortSignal | undefined;
}

/** The value of a payload that has been verified. `payload` must be the caller's own: values that are bytes keep it. */
export async function decodeValue(header: ResultHeader, payload: Uint8Array, context: DecodeContext): Promise<unknown> {
  const codecs = await codecsOf(header, context);
  const serializer = header.serializer.type === BYTES_TYPE ? undefined : await serializerOf(header, context);
  const decoded = await located(header, context, () =>
    decodeBytes(codecs, header.codecs, payload, sharedContext(header, context)),
  );
  if (serializer !== undefined) return await located(header, context, () => serializer.deserialize(decoded));
  // A value that is bytes has a buffer to itself, as it would if the caller had made it.
  const isWhole = decoded.byteLength === decoded.buffer.byteLength;
  const whole = isWhole ? new Uint8Array(decoded.buffer) : copyOf(decoded);
  return reviveBytes(whole, header.serializer);
}

/** The payload without its codecs, as a stream that ends only where all of it was right. */
export async function decodePayload(record: OpenRecord, context: DecodeContext): Promise<ReadableStream<Uint8Array>> {
  const { header, payload } = record;
  let codecs: readonly Codec[];
  try {
    codecs = await codecsOf(header, context);
  } catch (error) {
    await record.cancel();
    throw error;
  }
  let ended = false;
  async function* source(): AsyncGenerator<Uint8Array, void, void> {
    yield* payload;
    ended = true;
  }
  const decoded = decodeStream(codecs, header.codecs, source(), sharedContext(header, context));
  async function* checked(): AsyncGenerator<Uint8Array, void, void> {
    try {
      yield* decoded;
      // A codec that stops before the payload ends has kept its last bytes from being verified.
      if (!ended) throw new ResultError("Corrupt", "its payload goes on behind its end.");
    } catch (error) {
      throw relocated(error, header, context);
    } finally {
      await record.cancel();
    }
  }
  return toStream(checked(), record.cancel);
}

function sharedContext(header: ResultHeader, { key, maxBytes, signal }: DecodeContext): SharedContext {
  return { associatedData: associatedData(header, key), limits: { maxBytes }, signal };
}

// Serializers and codecs that a header names come from the reader's own, from what is registered, and from core's closed
// table; a header never makes a reader load anything else.
async function serializerOf(header: ResultHeader, context: DecodeContext): Promise<Serializer> {
  const { serializer: own } = context.own;
  const wanted = header.serializer;
  if (JSON.stringify(describeSerializer(own)) === JSON.stringify(wanted)) return own;
  return await known(header, context, async () => {
    const plugin = await findPlugin("serializer", wanted.type);
    const { type: _, ...config } = wanted;
    checkOptions(`Serializer type ${wanted.type}`, plugin.options, config);
    return await plugin.open(config, { origin: context.key });
  });
}

async function codecsOf(header: ResultHeader, context: DecodeContext): Promise<readonly Codec[]> {
  const find = async ({ type }: Description): Promise<Codec> =>
    context.own.codecs.find((codec) => codec.type === type) ?? (await openCodec(type, context.key));
  return await known(header, context, () => Promise.all(header.codecs.map(find)));
}

async function known<T>(header: ResultHeader, { storage, key }: DecodeContext, find: () => Promise<T>): Promise<T> {
  try {
    return await find();
  } catch (cause) {
    if (!(cause instanceof ConfigurationError)) throw cause;
    const detail = `it was written by "${describeHeader(header)}", which this reader does not have. ${cause.message}`;
    throw new ResultError("UnknownSerializer", detail, { key, storage: storage.url, cause });
  }
}

async function located<T>(header: ResultHeader, context: DecodeContext, decode: () => T | Promise<T>): Promise<T> {
  try {
    return await decode();
  } catch (error) {
    throw relocated(error, header, context);
  }
}

// What a codec or serializer throws does not know which result it was about.
function relocated(error: unknown, header: ResultHeader, { storage, key, signal }: DecodeContext): unknown {
  if (signal?.aborted === true) return signal.reason;
  if (error instanceof ConfigurationError || (error as { storage?: unknown } | undefined)?.storage !== undefined)
    return error;
  const where = { key, storage: storage.url, cause: error };
  if (error instanceof ResultError) return new ResultError(error.code, error.message, where);
  const detail = `its bytes are those that were written, but "${describeHeader(header)}" cannot read them: ${error instanceof Error ? error.message : String(error)}`;
  return new ResultError("Corrupt", detail, where);
}
