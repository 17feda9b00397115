import { isBytes } from "../bytes.ts";
import { randomId } from "../environment.ts";
import { ResultError, SerializationError } from "../errors.ts";
import {
  describeSerializer,
  encodeChunks,
  encodeStream,
  type Pipeline,
  type SharedContext,
} from "../serializer/pipeline.ts";
import type { Serializer } from "../serializer/serializer.ts";
import { type BytesValue, bytesValue, describeBytes } from "./bytes-value.ts";
import { type DigestAlgorithm, startDigest } from "./digest.ts";
import { associatedData, type Description, encodeHeader, type ResultHeader } from "./header.ts";
import { encodeTrailer, type PayloadFacts } from "./trailer.ts";

/** A result file, ready to be put. */
export interface EncodedRecord {
  readonly header: ResultHeader;
  /** Chunks, which can be sent again, or a stream, which cannot. */
  readonly body: readonly Uint8Array[] | AsyncIterable<Uint8Array>;
  /** Size and digest of the payload; of a stream, once it has been sent. */
  facts(): PayloadFacts;
}

/** What a record is made with. */
export interface EncodeOptions {
  readonly pipeline: Pipeline;
  readonly digest: DigestAlgorithm;
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
  if (asBytes?.source !== undefined) return streamed(header, asBytes, context, options);
  const bytes = asBytes?.bytes ?? (await serialize(serializer, value));
  const chunks = await encodeChunks(codecs, [bytes], context);
  const digest = startDigest(options.digest);
  let size = 0;
  for (const chunk of chunks) {
    digest.update(chunk);
    size += chunk.byteLength;
  }
  const facts = { size, digest: await digest.text() };
  const complete = { ...header, ...facts };
  return { header: complete, body: [encodeHeader(complete), ...chunks], facts: () => facts };
}

function streamed(
  identity: ResultHeader,
  { source }: BytesValue,
  context: SharedContext,
  options: EncodeOptions,
): EncodedRecord {
  const header: ResultHeader = { ...identity, trailer: options.digest };
  const line = encodeHeader(header);
  let facts: PayloadFacts | undefined;
  async function* body(): AsyncGenerator<Uint8Array, void, void> {
    yield line;
    const digest = startDigest(options.digest);
    let size = 0;
    for await (const chunk of encodeStream(options.pipeline.codecs, bytesOnly(source!), context)) {
      digest.update(chunk);
      size += chunk.byteLength;
      yield chunk;
    }
    facts = { size, digest: await digest.text() };
    yield encodeTrailer(facts);
  }
  return { header, body: body(), facts: () => facts! };
}

async function* bytesOnly(source: AsyncIterable<unknown>): AsyncGenerator<Uint8Array, void, void> {
  for await (const chunk of source) {
    if (isBytes(chunk)) yield chunk;
    else {
      const what = chunk === null ? "null" : `a value of type ${typeof chunk}`;
      throw new ResultError(
        "InvalidValue",
        `The stream gave ${what}; a stream is kept as a result only if it is of bytes.`,
      );
    }
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

function timeOf(ms: number): string {
  const date = new Date(ms);
  if (!Number.isNaN(date.getTime())) return date.toISOString();
  throw new ResultError("InvalidValue", `expiresIn reaches beyond the dates there are. Give a shorter time, or none.`);
}
