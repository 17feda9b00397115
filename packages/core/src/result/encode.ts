import { byteLength, isBytes } from "../bytes.ts";
import { randomId } from "../environment.ts";
import { ResultError, SerializationError } from "../errors.ts";
import { describeSerializer, encodeChunks, type Pipeline } from "../serializer/pipeline.ts";
import type { Serializer } from "../serializer/serializer.ts";
import { encodeStream } from "../serializer/streams.ts";
import { bytesValue, describeBytes } from "./bytes-value.ts";
import { type DigestAlgorithm, startDigest } from "./digest.ts";
import { associatedData, type Description, encodeHeader, type ResultHeader } from "./header.ts";
import { encodeTrailer, type PayloadFacts } from "./trailer.ts";

/** From this size on a payload is hashed while it is written, where the storage can do that. */
const LARGE = 1024 * 1024;
/** Bytes of a large payload that are given to the storage at once. */
const PIECE = 16 * 1024 * 1024;
/** Chunks of fewer bytes are rather copied by a storage than waited for. */
const WORTH_A_TURN = 512 * 1024;

const nextTurn = (globalThis as { setImmediate?: (work: () => void) => void }).setImmediate;

/** A result file, ready to be put. */
export interface EncodedRecord {
  readonly header: ResultHeader;
  /** Whether `body` may be called again, for the same bytes; else its source is used up. */
  readonly repeatable: boolean;
  /** The file, as chunks or as a stream. */
  body(): readonly Uint8Array[] | AsyncIterable<Uint8Array>;
  /** Size and digest of the payload; of a stream, once it has been sent. */
  facts(): PayloadFacts;
}

/** What a record is made with. */
export interface EncodeOptions {
  readonly pipeline: Pipeline;
  readonly digest: DigestAlgorithm;
  /** As {@link StorageDriver.pipelined} of where it goes. */
  readonly pipelined: boolean | undefined;
  readonly expiresIn: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Makes the result file of a value: serialized unless it is bytes, through every codec, behind a header. */
export async function encodeRecord(value: unknown, key: string, options: EncodeOptions): Promise<EncodedRecord> {
  const { serializer, codecs } = options.pipeline;
  const asBytes = bytesValue(value);
  const now = Date.now();
  const expiresAt = options.expiresIn === undefined ? {} : { expiresAt: timeOf(now + options.expiresIn) };
  const header: ResultHeader = {
    serializer: asBytes === undefined ? (describeSerializer(serializer) as Description) : describeBytes(asBytes),
    codecs: codecs.map((codec) => codec.describe() as Description),
    createdAt: timeOf(now),
    ...expiresAt,
    writeId: randomId(),
  };
  const context = {
    associatedData: associatedData(header, key),
    limits: { maxBytes: Infinity },
    signal: options.signal,
  };
  if (asBytes?.source !== undefined) {
    const { source } = asBytes;
    const before = (await import("../sources.ts")).beginReading(value as object);
    return streamed(header, options.digest, false, () => encodeStream(codecs, bytesOnly(source, before), context));
  }
  const bytes = asBytes?.bytes ?? (await serialize(serializer, value));
  const chunks = await encodeChunks(codecs, [bytes], context);
  const size = byteLength(chunks);
  if (options.pipelined === true && size >= LARGE) return streamed(header, options.digest, true, () => pieces(chunks));
  const digest = startDigest(options.digest);
  for (const chunk of chunks) digest.update(chunk);
  const facts = { size, digest: await digest.text() };
  const complete = { ...header, ...facts };
  const body = [encodeHeader(complete), ...chunks];
  return { header: complete, repeatable: true, body: () => body, facts: () => facts };
}

function streamed(
  identity: ResultHeader,
  trailer: DigestAlgorithm,
  repeatable: boolean,
  payload: () => AsyncIterable<Uint8Array>,
): EncodedRecord {
  const header: ResultHeader = { ...identity, trailer };
  const line = encodeHeader(header);
  let facts: PayloadFacts | undefined;
  async function* body(): AsyncGenerator<Uint8Array, void, void> {
    yield line;
    const digest = startDigest(trailer);
    let size = 0;
    for await (const chunk of payload()) {
      size += chunk.byteLength;
      let isHashed = false;
      const hash = (): void => {
        if (!isHashed) digest.update(chunk);
        isHashed = true;
      };
      // In the turn after this one the storage is writing it, and this thread has nothing to do.
      if (chunk.byteLength >= WORTH_A_TURN) nextTurn?.(hash);
      yield chunk;
      hash();
    }
    facts = { size, digest: await digest.text() };
    yield encodeTrailer(facts);
  }
  return { header, repeatable, body, facts: () => facts! };
}

async function* pieces(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, void> {
  for (const chunk of chunks) {
    for (let start = 0; start < chunk.byteLength; start += PIECE) yield chunk.subarray(start, start + PIECE);
  }
}

async function* bytesOnly(source: AsyncIterable<unknown>, before: boolean): AsyncGenerator<Uint8Array, void, void> {
  let some = false;
  for await (const chunk of source) {
    some = true;
    if (isBytes(chunk)) yield chunk;
    else {
      const what = chunk === null ? "null" : `a value of type ${typeof chunk}`;
      throw new ResultError(
        "InvalidValue",
        `The stream gave ${what}; a stream is kept as a result only if it is of bytes. Encode text (or read it without an encoding), and collect values in an array.`,
      );
    }
  }
  if (before && !some) {
    throw new ResultError("InvalidValue", "The stream was read before, and nothing is left of it. Give a new one.");
  }
}

async function serialize(serializer: Serializer, value: unknown): Promise<Uint8Array> {
  const bytes: unknown = await serializer.serialize(value);
  if (isBytes(bytes)) return bytes;
  throw new SerializationError({
    code: "NotSerializable",
    reason: `the serializer ${JSON.stringify(serializer.type)} gave ${bytes === null ? "null" : typeof bytes} instead of a Uint8Array`,
    hint: "Make its serialize() return bytes.",
  });
}

/** A time as headers and references have it. `InvalidValue` where there is no such date. */
export function timeOf(ms: number): string {
  const date = new Date(ms);
  if (!Number.isNaN(date.getTime())) return date.toISOString();
  throw new ResultError("InvalidValue", `expiresIn reaches beyond the dates there are. Give a shorter time, or none.`);
}
