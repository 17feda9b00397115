import type { Algorithm, Bounds } from "./algorithm.ts";
import { CoatcheckError, ConfigurationError } from "@coatcheck/core";
import { collect, only, plain } from "./bytes.ts";
import { corrupt, tooLarge } from "./failures.ts";
import { Source } from "./source.ts";

/**
 * A compression of one's own, over whole buffers. A stream is collected in memory first: where that may be too much, use
 * {@link StreamingCompression}.
 */
export interface WholeCompression {
  /** `"brotli"`: `^[a-z0-9]+(-[a-z0-9]+)*$`, and not `gzip` or `zstd`. Stored with every result, in the clear. */
  readonly name: string;
  readonly streaming?: false;
  compress(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
  /**
   * Throws on what `compress` did not give, and stops where its output would exceed `maxBytes` (the functions of
   * `node:zlib` do as their option `maxOutputLength`).
   */
  decompress(bytes: Uint8Array, limits: { readonly maxBytes: number }): Uint8Array | Promise<Uint8Array>;
}

/** A compression of one's own, over streams: it is to read no further ahead than it must. */
export interface StreamingCompression {
  /** As in {@link WholeCompression}. */
  readonly name: string;
  readonly streaming: true;
  compress(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
  /** Throws on what `compress` did not give, or did not give whole. */
  decompress(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
}

/** A compression of one's own as an {@link Algorithm}. */
export function custom(compression: WholeCompression | StreamingCompression): Algorithm {
  return compression.streaming === true ? streaming(compression) : whole(compression);
}

function whole({ name, compress, decompress }: WholeCompression): Algorithm {
  const compressBytes = async (bytes: Uint8Array): Promise<Uint8Array> =>
    checked(name, "compress", await compress(bytes));
  const decompressBytes = async (bytes: Uint8Array, { maxBytes }: Bounds): Promise<Uint8Array> => {
    let output: Uint8Array;
    try {
      output = checked(name, "decompress", await decompress(bytes, { maxBytes }));
    } catch (error) {
      throw damage(name, error, maxBytes);
    }
    if (output.byteLength > maxBytes) throw tooLarge(name, maxBytes);
    return output;
  };
  return {
    compressBytes,
    decompressBytes,
    async *compress(source, { signal }) {
      yield await compressBytes(await collect(new Source(source).chunks(signal)));
    },
    async *decompress(source, bounds) {
      yield await decompressBytes(await collect(new Source(source).chunks(bounds.signal)), bounds);
    },
  };
}

function streaming({ name, compress, decompress }: StreamingCompression): Algorithm {
  async function* compressed(
    source: AsyncIterable<Uint8Array>,
    { signal }: Bounds,
  ): AsyncGenerator<Uint8Array, void, void> {
    const own = new Source(source);
    try {
      for await (const chunk of compress(own.chunks(signal))) yield checked(name, "compress", chunk);
    } catch (error) {
      signal?.throwIfAborted();
      throw own.failure === undefined ? error : own.failure.error;
    } finally {
      await own.close();
    }
  }
  async function* decompressed(
    source: AsyncIterable<Uint8Array>,
    { maxBytes, signal }: Bounds,
  ): AsyncGenerator<Uint8Array, void, void> {
    const own = new Source(source);
    let length = 0;
    try {
      for await (const chunk of decompress(own.chunks(signal))) {
        const output = checked(name, "decompress", chunk);
        length += output.byteLength;
        if (length > maxBytes) throw tooLarge(name, maxBytes);
        yield output;
      }
    } catch (error) {
      signal?.throwIfAborted();
      throw own.failure === undefined ? damage(name, error, maxBytes) : own.failure.error;
    } finally {
      await own.close();
    }
  }
  return {
    compressBytes: (bytes, bounds) => collect(compressed(only(bytes), bounds)),
    decompressBytes: (bytes, bounds) => collect(decompressed(only(bytes), bounds)),
    compress: compressed,
    decompress: decompressed,
  };
}

/** What an error of `decompress` means. */
function damage(name: string, error: unknown, maxBytes: number): unknown {
  if (error instanceof CoatcheckError) return error;
  if ((error as { code?: unknown } | undefined)?.code === "ERR_BUFFER_TOO_LARGE") return tooLarge(name, maxBytes);
  return corrupt(name, `cannot be decompressed: ${messageOf(error)}`, error);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function checked(name: string, which: string, output: unknown): Uint8Array {
  if (ArrayBuffer.isView(output) && Object.prototype.toString.call(output) === "[object Uint8Array]") {
    return plain(output as Uint8Array);
  }
  const message = `Codec compressed: ${which}() of ${JSON.stringify(name)} has to give a Uint8Array, and gave ${typeof output}.`;
  throw new ConfigurationError("InvalidOption", message);
}
