import type { SharedContext } from "./pipeline.ts";
import type { Codec, JsonObject } from "./serializer.ts";

/** Sends a stream through the codecs, the innermost first, in constant memory. */
export function encodeStream(
  codecs: readonly Codec[],
  source: AsyncIterable<Uint8Array>,
  context: SharedContext,
): AsyncIterable<Uint8Array> {
  return codecs.reduceRight(
    (inner, codec) => codec.encode(inner, { ...context, description: codec.describe() }),
    source,
  );
}

/** Undoes the codecs on a stream, the outermost first, in constant memory. */
export function decodeStream(
  codecs: readonly Codec[],
  descriptions: readonly JsonObject[],
  source: AsyncIterable<Uint8Array>,
  context: SharedContext,
): AsyncIterable<Uint8Array> {
  return codecs.reduce(
    (outer, codec, index) => codec.decode(outer, { ...context, description: descriptions[index]! }),
    source,
  );
}
