import type { Algorithm } from "./algorithm.ts";
import { plain } from "./bytes.ts";
import { corrupt, tooLarge, zlibFailure } from "./failures.ts";
import { call, CHUNK_SIZE, nodeZlib, outputLimit, type NodeZlib } from "./node-zlib.ts";
import { through, type Passage } from "./through.ts";

/** In the descriptor of a frame: a checksum follows the data. Without one, 74 % of flipped bits pass unseen. */
const CHECKSUM_FLAG = 0x04;
const DESCRIPTOR_OFFSET = 4;

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
      const passage: Passage = {
        signal,
        onEnd: ({ byteLength }) => checkEnd(byteLength, transform.bytesWritten),
        onFailure: (error) => zlibFailure("zstd", error, maxBytes),
      };
      let length = 0;
      // zlib ignores its own limit on streams.
      for await (const chunk of through(withDescriptor(source), transform, passage)) {
        length += chunk.byteLength;
        if (length > maxBytes) throw tooLarge("zstd", maxBytes);
        yield chunk;
      }
    },
  };
}

async function* withDescriptor(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  let offset = 0;
  for await (const chunk of source) {
    const at = DESCRIPTOR_OFFSET - offset;
    if (at >= 0 && at < chunk.byteLength) checkDescriptor(chunk[at]);
    offset += chunk.byteLength;
    yield chunk;
  }
}

function checkDescriptor(descriptor: number | undefined): void {
  if (descriptor === undefined) throw corrupt("zstd", "ends too early");
  if ((descriptor & CHECKSUM_FLAG) === 0) throw corrupt("zstd", "has no checksum, without which damage is not seen");
}

function checkEnd(byteLength: number, taken: number): void {
  if (taken !== byteLength) throw corrupt("zstd", `has ${byteLength - taken} bytes behind its end`);
}
