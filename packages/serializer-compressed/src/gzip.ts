import type { Algorithm } from "./algorithm.ts";
import { plain } from "./bytes.ts";
import { corrupt, tooLarge, zlibFailure } from "./failures.ts";
import { webGzip } from "./gzip-web.ts";
import { call, CHUNK_SIZE, nodeZlib, outputLimit, type NodeZlib } from "./node-zlib.ts";
import { inputOf, through, type Input, type Passage } from "./through.ts";

/** Where the header says which system wrote it. 255 is "unknown": equal input gives equal output on every one. */
const OS_OFFSET = 9;
const UNKNOWN_OS = 255;

/** gzip (RFC 1952), one member: by `node:zlib` where it is, else by fflate, which is loaded when it is first used. */
export function gzip(level: number): Algorithm {
  const chosen = (): Algorithm => {
    const zlib = nodeZlib();
    return zlib === undefined ? webGzip(level) : nodeGzip(zlib, level);
  };
  return {
    compressBytes: (bytes, bounds) => chosen().compressBytes(bytes, bounds),
    decompressBytes: (bytes, bounds) => chosen().decompressBytes(bytes, bounds),
    compress: (source, bounds) => chosen().compress(source, bounds),
    decompress: (source, bounds) => chosen().decompress(source, bounds),
  };
}

function nodeGzip(zlib: NodeZlib, level: number): Algorithm {
  return {
    async compressBytes(bytes) {
      const compressed = await call(zlib.gzip, bytes, { level });
      compressed[OS_OFFSET] = UNKNOWN_OS;
      return plain(compressed);
    },

    async decompressBytes(bytes, { maxBytes }) {
      const options = { info: true, maxOutputLength: outputLimit(maxBytes) } as const;
      const { buffer, engine } = await call(zlib.gunzip, bytes, options).catch((error: unknown) => {
        throw zlibFailure("gzip", error, maxBytes);
      });
      if (buffer.byteLength > maxBytes) throw tooLarge("gzip", maxBytes);
      checkEnd(inputOf(bytes), engine.bytesWritten, buffer.byteLength);
      return plain(buffer);
    },

    async *compress(source, { signal }) {
      const transform = zlib.createGzip({ level, chunkSize: CHUNK_SIZE });
      let offset = 0;
      for await (const chunk of through(source, transform, { signal, onFailure: (error) => error })) {
        if (offset <= OS_OFFSET && OS_OFFSET < offset + chunk.byteLength) chunk[OS_OFFSET - offset] = UNKNOWN_OS;
        offset += chunk.byteLength;
        yield chunk;
      }
    },

    async *decompress(source, { maxBytes, signal }) {
      const transform = zlib.createGunzip({ chunkSize: CHUNK_SIZE });
      let length = 0;
      const passage: Passage = {
        signal,
        onEnd: (input) => checkEnd(input, transform.bytesWritten, length),
        onFailure: (error) => zlibFailure("gzip", error, maxBytes),
      };
      // zlib ignores its own limit on streams.
      for await (const chunk of through(source, transform, passage)) {
        length += chunk.byteLength;
        if (length > maxBytes) throw tooLarge("gzip", maxBytes);
        yield chunk;
      }
    },
  };
}

/**
 * Refuses what zlib lets pass: bytes behind the end, and further members, whose sum is not the length that the last one
 * states.
 */
function checkEnd({ byteLength, tail }: Input, taken: number, length: number): void {
  if (taken !== byteLength) throw corrupt("gzip", `has ${byteLength - taken} bytes behind its end`);
  if (tail !== length % 2 ** 32) throw corrupt("gzip", "has more than one member");
}
