/** A piece of a stream, and whether it is the last one. */
export interface Segment {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly last: boolean;
}

/**
 * A stream in pieces of `size` bytes, the first one of `first`; the last is shorter, or as long where it comes out even. An
 * empty stream is one empty piece. Each piece has memory of its own.
 */
export async function* segments(
  source: AsyncIterable<Uint8Array>,
  first: number,
  size: number,
): AsyncGenerator<Segment> {
  let piece = new Uint8Array(first);
  let filled = 0;
  for await (const chunk of source) {
    for (let offset = 0; offset < chunk.byteLength;) {
      // A full piece goes out only once there is more: only then is it known not to be the last.
      if (filled === piece.byteLength) {
        yield { bytes: piece, last: false };
        piece = new Uint8Array(size);
        filled = 0;
      }
      const part = chunk.subarray(offset, offset + piece.byteLength - filled);
      piece.set(part, filled);
      filled += part.byteLength;
      offset += part.byteLength;
    }
  }
  yield { bytes: piece.subarray(0, filled), last: true };
}
