import type { Algorithm } from "./algorithm.ts";
import { plain } from "./bytes.ts";
import { corrupt, tooLarge, zlibFailure } from "./failures.ts";
import { call, CHUNK_SIZE, nodeZlib, outputLimit, type NodeZlib } from "./node-zlib.ts";
import { through, type Passage } from "./through.ts";

/** In the descriptor of a frame: a checksum follows the data. Without one, 74 % of flipped bits pass unseen. */
const CHECKSUM_FLAG = 0x04;
/** In the descriptor: the frame has no window of its own, and states its length. */
const SINGLE_SEGMENT_FLAG = 0x20;
const DESCRIPTOR_OFFSET = 4;
/** The most that a frame's header takes. */
const MAX_HEADER_BYTES = 18;

type ZstdZlib = Required<NodeZlib>;

/** zstd with its checksum, by `node:zlib`; undefined where that has none. */
export function zstd(level: number): Algorithm | undefined {
  const zlib = nodeZlib();
  if (zlib?.createZstdCompress === undefined) return undefined;
  return nodeZstd(zlib as ZstdZlib, level);
}

/** What to say where zstd is not there. */
export function zstdMissing(): string {
  const { process } = globalThis as { process?: { versions?: { node?: string } } };
  const node = process?.versions?.node;
  return `zstd needs Node 22.15, 23.8 or later, and this is ${node === undefined ? "not Node" : `Node ${node}`}`;
}

function nodeZstd(zlib: ZstdZlib, level: number): Algorithm {
  const { ZSTD_c_checksumFlag, ZSTD_c_compressionLevel } = zlib.constants;
  const params = { [ZSTD_c_checksumFlag!]: 1, [ZSTD_c_compressionLevel!]: level };
  return {
    compressBytes: async (bytes) => plain(await call(zlib.zstdCompress, bytes, { params })),

    async decompressBytes(bytes, { maxBytes }) {
      checkDescriptor(bytes[DESCRIPTOR_OFFSET]);
      const options = { info: true, maxOutputLength: outputLimit(maxBytes) } as const;
      const { buffer, engine } = await call(zlib.zstdDecompress, bytes, options).catch((error: unknown) => {
        throw zlibFailure("zstd", error, maxBytes);
      });
      if (buffer.byteLength > maxBytes) throw tooLarge("zstd", maxBytes);
      checkEnd(bytes.byteLength, engine.bytesWritten);
      return plain(buffer);
    },

    compress(source, { signal }) {
      const transform = zlib.createZstdCompress({ params, chunkSize: CHUNK_SIZE });
      return through(source, transform, { signal, onFailure: (error) => error });
    },

    async *decompress(source, { maxBytes, signal }) {
      const transform = zlib.createZstdDecompress({ chunkSize: CHUNK_SIZE });
      const header: number[] = [];
      const passage: Passage = {
        signal,
        onEnd: ({ byteLength }) => {
          checkEnd(byteLength, transform.bytesWritten);
          checkLength(Uint8Array.from(header), length);
        },
        onFailure: (error) => zlibFailure("zstd", error, maxBytes),
      };
      let length = 0;
      // zlib ignores its own limit on streams.
      for await (const chunk of through(withHeader(source, header), transform, passage)) {
        length += chunk.byteLength;
        if (length > maxBytes) throw tooLarge("zstd", maxBytes);
        yield chunk;
      }
    },
  };
}

/** The source itself; what it begins with is put into `header`. */
async function* withHeader(
  source: AsyncIterable<Uint8Array>,
  header: number[],
): AsyncGenerator<Uint8Array, void, void> {
  for await (const chunk of source) {
    if (header.length < MAX_HEADER_BYTES) {
      const isDescriptorNew = header.length <= DESCRIPTOR_OFFSET;
      header.push(...chunk.subarray(0, MAX_HEADER_BYTES - header.length));
      if (isDescriptorNew && header.length > DESCRIPTOR_OFFSET) checkDescriptor(header[DESCRIPTOR_OFFSET]);
    }
    yield chunk;
  }
}

/** Refuses a length that is not the one that the frame states: as a stream, zstd does not look at it where a block is empty. */
function checkLength(header: Uint8Array, length: number): void {
  const descriptor = header[DESCRIPTOR_OFFSET] ?? 0;
  const isSingleSegment = (descriptor & SINGLE_SEGMENT_FLAG) !== 0;
  const size = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
  const dictionaryId = [0, 1, 2, 4][descriptor & 3]!;
  const start = DESCRIPTOR_OFFSET + 1 + (isSingleSegment ? 0 : 1) + dictionaryId;
  if (size === 0 || header.byteLength < start + size) return;
  // Little-endian; of two bytes, 256 is taken off.
  const stated = header.subarray(start, start + size).reduceRight((sum, byte) => sum * 256 + byte, 0);
  if (stated + (size === 2 ? 256 : 0) !== length) throw corrupt("zstd", "does not have the length it states");
}

function checkDescriptor(descriptor: number | undefined): void {
  if (descriptor === undefined) throw corrupt("zstd", "ends too early");
  if ((descriptor & CHECKSUM_FLAG) === 0) throw corrupt("zstd", "has no checksum, without which damage is not seen");
}

function checkEnd(byteLength: number, taken: number): void {
  if (taken !== byteLength) throw corrupt("zstd", `has ${byteLength - taken} bytes behind its end`);
}
