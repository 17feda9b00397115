import type { Algorithm, Bounds } from "./algorithm.ts";
import { CoatcheckError, ConfigurationError } from "@coatcheck/core";
import { collect, only } from "./bytes.ts";
import { corrupt, tooLarge } from "./failures.ts";

/**
 * A compression of one's own, over whole buffers. A stream is collected in memory first: where that may be too much, use
 * {@link StreamingCompression}.
 */
export interface WholeCompression {
  /** `"brotli"`: `^[a-z0-9]+(-[a-z0-9]+)*$`, and not `gzip` or `zstd`. Stored with every result, in the clear. */
  readonly name: string;
  readonly streaming?: false;
  compress(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
  /** Throws on what `compress` did not give, and should stop where its output would exceed `maxBytes`. */
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
    const output = await damaged(name, async () => checked(name, "decompress", await decompress(bytes, { maxBytes })));
    if (output.byteLength > maxBytes) throw tooLarge(name, maxBytes);
    return output;
  };
  return {
    compressBytes,
    decompressBytes,
    async *compress(source, { signal }) {
      yield await compressBytes(await collect(abortable(source, signal)));
    },
    async *decompress(source, bounds) {
      yield await decompressBytes(await collect(abortable(source, bounds.signal)), bounds);
    },
  };
}

function streaming({ name, compress, decompress }: StreamingCompression): Algorithm {
  async function* decompressed(
    source: AsyncIterable<Uint8Array>,
    { maxBytes, signal }: Bounds,
  ): AsyncGenerator<Uint8Array, void, void> {
    let failure: { readonly error: unknown } | undefined;
    async function* input(): AsyncGenerator<Uint8Array, void, void> {
      try {
        yield* abortable(source, signal);
      } catch (error) {
        failure = { error };
        throw error;
      }
    }
    let length = 0;
    try {
      for await (const chunk of decompress(input())) {
        length += checked(name, "decompress", chunk).byteLength;
        if (length > maxBytes) throw tooLarge(name, maxBytes);
        yield chunk;
      }
    } catch (error) {
      throw failure === undefined ? damage(name, error) : failure.error;
    }
  }
  async function* compressed(
    source: AsyncIterable<Uint8Array>,
    { signal }: Bounds,
  ): AsyncGenerator<Uint8Array, void, void> {
    for await (const chunk of compress(abortable(source, signal))) yield checked(name, "compress", chunk);
  }
  return {
    compressBytes: (bytes, bounds) => collect(compressed(only(bytes), bounds)),
    decompressBytes: (bytes, bounds) => collect(decompressed(only(bytes), bounds)),
    compress: compressed,
    decompress: decompressed,
  };
}

async function* abortable(
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, void> {
  signal?.throwIfAborted();
  for await (const chunk of source) {
    yield chunk;
    signal?.throwIfAborted();
  }
}

async function damaged<T>(name: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw damage(name, error);
  }
}

function damage(name: string, error: unknown): unknown {
  return error instanceof CoatcheckError ? error : corrupt(name, `cannot be decompressed: ${messageOf(error)}`, error);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function checked(name: string, which: string, output: unknown): Uint8Array {
  if (ArrayBuffer.isView(output) && Object.prototype.toString.call(output) === "[object Uint8Array]") {
    return output as Uint8Array;
  }
  const message = `Codec compressed: ${which}() of ${JSON.stringify(name)} has to give a Uint8Array, and gave ${typeof output}.`;
  throw new ConfigurationError("InvalidOption", message);
}
