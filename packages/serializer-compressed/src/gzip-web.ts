import type { Gunzip, Gzip } from "fflate";
import type { Algorithm } from "./algorithm.ts";
import { collect, only } from "./bytes.ts";
import { Crc32 } from "./crc32.ts";
import { corrupt, tooLarge } from "./failures.ts";

/** How many bytes are given to fflate at once: gunzipping makes at most 1,032 times as many of them. */
const SLICE = 16_384;
/** CRC-32 and length, at the end of a member. */
const TRAILER = 8;
/** Behind a whole member: one that is empty. That fflate finds it shows where the first one ended. */
const SENTINEL = new Uint8Array([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

/** gzip where there is no `node:zlib`. fflate verifies neither checksum nor length, so that is done here. */
export function webGzip(level: number): Algorithm {
  return {
    compressBytes: async (bytes, bounds) => await collect(compress(slices(only(bytes)), level, bounds.signal)),
    decompressBytes: async (bytes, bounds) =>
      await collect(decompress(slices(only(bytes)), bounds.maxBytes, bounds.signal)),
    compress: (source, bounds) => compress(slices(source), level, bounds.signal),
    decompress: (source, bounds) => decompress(slices(source), bounds.maxBytes, bounds.signal),
  };
}

async function* compress(
  source: AsyncIterable<Uint8Array>,
  level: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, void> {
  const { Gzip } = await import("fflate");
  const output: Uint8Array[] = [];
  const gzip: Gzip = new Gzip({ level: level as 6, mtime: 0 }, (chunk) => output.push(chunk));
  let isFirst = true;
  const take = function* (): Generator<Uint8Array, void, void> {
    for (const chunk of output.splice(0)) {
      if (chunk.byteLength === 0) continue;
      // The header is never cut in two.
      if (isFirst) chunk[9] = 255;
      isFirst = false;
      yield chunk;
    }
  };
  for await (const slice of source) {
    signal?.throwIfAborted();
    gzip.push(slice);
    yield* take();
  }
  gzip.push(new Uint8Array(), true);
  yield* take();
}

async function* decompress(
  source: AsyncIterable<Uint8Array>,
  maxBytes: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, void> {
  const { Gunzip } = await import("fflate");
  const output: Uint8Array[] = [];
  const ends: number[] = [];
  const gunzip: Gunzip = new Gunzip((chunk) => output.push(chunk));
  gunzip.onmember = (offset) => ends.push(offset);
  const crc = new Crc32();
  let length = 0;
  let taken = 0;
  // The last bytes wait, since they may be the trailer.
  let held = new Uint8Array();
  const push = function* (bytes: Uint8Array): Generator<Uint8Array, void, void> {
    try {
      gunzip.push(bytes);
    } catch (error) {
      throw corrupt("gzip", "is damaged", error);
    }
    for (const chunk of output.splice(0)) {
      length += chunk.byteLength;
      if (length > maxBytes) throw tooLarge("gzip", maxBytes);
      crc.update(chunk);
      if (chunk.byteLength > 0) yield chunk;
    }
  };
  for await (const slice of source) {
    signal?.throwIfAborted();
    const bytes = new Uint8Array(held.byteLength + slice.byteLength);
    bytes.set(held);
    bytes.set(slice, held.byteLength);
    held = bytes.slice(-TRAILER);
    taken += slice.byteLength;
    if (bytes.byteLength > TRAILER) yield* push(bytes.subarray(0, -TRAILER));
    if (ends.length > 0) throw corrupt("gzip", "goes on behind its end");
  }
  yield* push(new Uint8Array([...held, ...SENTINEL]));
  if (ends.length === 0) throw corrupt("gzip", "ends too early");
  if (ends.length > 1 || ends[0] !== taken) throw corrupt("gzip", "goes on behind its end");
  const trailer = new DataView(held.buffer, held.byteOffset, held.byteLength);
  if (trailer.getUint32(0, true) !== crc.value || trailer.getUint32(4, true) !== length % 2 ** 32) {
    throw corrupt("gzip", "does not have the checksum and length it states");
  }
}

/** The source in slices, with a pause for others after every megabyte: fflate works in this thread. */
async function* slices(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  let sincePause = 0;
  for await (const chunk of source) {
    for (let offset = 0; offset < chunk.byteLength; offset += SLICE) {
      yield chunk.subarray(offset, offset + SLICE);
      sincePause += SLICE;
      if (sincePause < 1_048_576) continue;
      sincePause = 0;
      await new Promise<void>((resolve) => setTimeout(resolve));
    }
  }
}
