import { concat } from "../bytes.ts";
import { ConfigurationError } from "../errors.ts";
import type { Codec, CodecContext, CodedSerializer, JsonObject, Serializer } from "./serializer.ts";

/** A serializer, without its codecs, and its codecs, the outermost first. */
export interface Pipeline {
  readonly serializer: Serializer;
  readonly codecs: readonly Codec[];
}

/** What every codec of one result is told, but for its own description. */
export type SharedContext = Omit<CodecContext, "description">;

/** Most that codecs may make of bytes where nobody says. */
export const MAX_BYTES: number = 1024 * 1024 * 1024;

const UNBOUND: SharedContext = { associatedData: new Uint8Array(), limits: { maxBytes: MAX_BYTES } };

/**
 * A serializer behind a codec: what `compressed(json())` is made with. Its `serialize` and `deserialize` work on their
 * own; a {@link ResultStore} uses the parts, so that bytes and streams pass the codecs and skip the serializer only.
 */
export function withCodec<T>(codec: Codec, inner: Serializer<T>): CodedSerializer<T> {
  if (!isSerializer(inner)) {
    throw new ConfigurationError("InvalidOption", `Codec ${codec.type} needs a Serializer (as json() gives).`);
  }
  const parts = pipelineOf(inner);
  const codecs = [codec, ...parts.codecs];
  const serializer = parts.serializer as Serializer<T>;
  return {
    type: `${codec.type}/${inner.type}`,
    serializer,
    codecs,
    async serialize(value) {
      return concat(await encodeChunks(codecs, [await serializer.serialize(value)], UNBOUND));
    },
    async deserialize(bytes) {
      const descriptions = codecs.map((each) => each.describe());
      return await serializer.deserialize(await decodeBytes(codecs, descriptions, bytes, UNBOUND));
    },
  };
}

/** Whether `value` can be a {@link Serializer}. */
export function isSerializer(value: unknown): value is Serializer {
  const given = value as Partial<Serializer> | null | undefined;
  return typeof given?.serialize === "function" && typeof given.deserialize === "function";
}

/** The parts of a serializer, coded or not. */
export function pipelineOf(serializer: Serializer): Pipeline {
  return "codecs" in serializer
    ? { serializer: (serializer as CodedSerializer).serializer, codecs: (serializer as CodedSerializer).codecs }
    : { serializer, codecs: [] };
}

/** What a serializer says of itself for the header. */
export function describeSerializer(serializer: Serializer): JsonObject {
  return serializer.describe?.() ?? { type: serializer.type };
}

/** Sends bytes that are in memory through the codecs, the innermost first. */
export async function encodeChunks(
  codecs: readonly Codec[],
  chunks: readonly Uint8Array[],
  context: SharedContext,
): Promise<readonly Uint8Array[]> {
  let current = chunks;
  for (const codec of codecs.toReversed()) {
    const own = { ...context, description: codec.describe() };
    current =
      codec.encodeBytes === undefined
        ? await collect(codec.encode(fromChunks(current), own))
        : [await codec.encodeBytes(concat(current), own)];
  }
  return current;
}

/** Undoes the codecs on bytes that are in memory, the outermost first. */
export async function decodeBytes(
  codecs: readonly Codec[],
  descriptions: readonly JsonObject[],
  bytes: Uint8Array,
  context: SharedContext,
): Promise<Uint8Array> {
  let current = bytes;
  for (const [index, codec] of codecs.entries()) {
    const own = { ...context, description: descriptions[index]! };
    current =
      codec.decodeBytes === undefined
        ? concat(await collect(codec.decode(fromChunks([current]), own)))
        : await codec.decodeBytes(current, own);
  }
  return current;
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<readonly Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return chunks;
}

async function* fromChunks(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, void> {
  yield* chunks;
}
