import type { Algorithm } from "./algorithm.ts";
import { plain } from "./bytes.ts";
import { tooLarge, zlibFailure } from "./failures.ts";
import { call, CHUNK_SIZE, nodeZlib, outputLimit, type NodeZlib } from "./node-zlib.ts";
import { through, type Passage } from "./through.ts";
import { ZstdFrame } from "./zstd-frame.ts";

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
      const frame = new ZstdFrame();
      frame.add(bytes);
      const options = { maxOutputLength: outputLimit(maxBytes) } as const;
      const buffer = await call(zlib.zstdDecompress, bytes, options).catch((error: unknown) => {
        throw zlibFailure("zstd", error, maxBytes);
      });
      if (buffer.byteLength > maxBytes) throw tooLarge("zstd", maxBytes);
      frame.end(buffer.byteLength);
      return plain(buffer);
    },

    compress(source, { signal }) {
      const transform = zlib.createZstdCompress({ params, chunkSize: CHUNK_SIZE });
      return through(source, transform, { signal, onFailure: (error) => error });
    },

    async *decompress(source, { maxBytes, signal }) {
      const transform = zlib.createZstdDecompress({ chunkSize: CHUNK_SIZE });
      const frame = new ZstdFrame();
      const passage: Passage = {
        signal,
        onEnd: () => frame.end(length),
        onFailure: (error) => zlibFailure("zstd", error, maxBytes),
      };
      let length = 0;
      // zlib ignores its own limit on streams.
      for await (const chunk of through(followed(source, frame), transform, passage)) {
        length += chunk.byteLength;
        if (length > maxBytes) throw tooLarge("zstd", maxBytes);
        yield chunk;
      }
    },
  };
}

/** The source itself; the frame is told of each chunk first. */
async function* followed(source: AsyncIterable<Uint8Array>, frame: ZstdFrame): AsyncGenerator<Uint8Array, void, void> {
  for await (const chunk of source) {
    frame.add(chunk);
    yield chunk;
  }
}
