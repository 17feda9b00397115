import type { Codec, CodecContext } from "@coatcheck/core";
import { iterableOf, join, pieces } from "../chunks.ts";

/** What the codec is told; the same each time. */
export function contextOf(codec: Codec, maxBytes: number = Infinity): CodecContext {
  const associatedData = new TextEncoder().encode("what a result's header says\n");
  return { description: codec.describe(), associatedData, limits: { maxBytes } };
}

/** All that a stream gives. */
export async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return join(chunks);
}

/** Encodes a stream of pieces of `size` bytes. */
export async function encode(codec: Codec, bytes: Uint8Array, size: number = 65_536): Promise<Uint8Array> {
  return await collect(codec.encode(iterableOf(pieces(bytes, size)), contextOf(codec)));
}

/** A way to undo what was encoded. */
export type Decode = (codec: Codec, bytes: Uint8Array, maxBytes?: number) => Promise<Uint8Array>;

/** Every way the codec has to decode: as streams of pieces, and at once where it can. */
export function decoders(codec: Codec): Readonly<Record<string, Decode>> {
  const streamed = (size: number): Decode => {
    return async (_, bytes, maxBytes) =>
      await collect(codec.decode(iterableOf(pieces(bytes, size)), contextOf(codec, maxBytes)));
  };
  return {
    "decode in pieces of 64 KiB": streamed(65_536),
    "decode in pieces of 1,000 bytes": streamed(1000),
    ...(codec.decodeBytes === undefined
      ? {}
      : { decodeBytes: async (_, bytes, maxBytes) => await codec.decodeBytes!(bytes, contextOf(codec, maxBytes)) }),
  };
}

/** Every way the codec has to encode. */
export function encoders(codec: Codec): Readonly<Record<string, (bytes: Uint8Array) => Promise<Uint8Array>>> {
  return {
    encode: async (bytes) => await encode(codec, bytes),
    ...(codec.encodeBytes === undefined
      ? {}
      : { encodeBytes: async (bytes) => await codec.encodeBytes!(bytes, contextOf(codec)) }),
  };
}
