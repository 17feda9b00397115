/** A stream of Node that compresses or decompresses. */
export interface Transform extends AsyncIterable<Uint8Array> {
  /** How many bytes of the input it has taken. */
  readonly bytesWritten: number;
  readonly destroyed: boolean;
  /** Whether all of its output was taken. */
  readonly readableEnded: boolean;
  write(chunk: Uint8Array, done: () => void): boolean;
  end(): void;
  destroy(error?: Error): void;
  on(event: "error", listener: () => void): void;
  once(event: "drain" | "close", listener: () => void): void;
  off(event: "drain" | "close", listener: () => void): void;
}

/** The options of a call of `node:zlib`. */
export interface ZlibOptions {
  readonly level?: number;
  readonly params?: Readonly<Record<number, number>>;
  readonly maxOutputLength?: number;
  readonly chunkSize?: number;
  readonly info?: true;
}

type OneShot<Result> = (
  bytes: Uint8Array,
  options: ZlibOptions,
  done: (error: Error | null, result: Result) => void,
) => void;

/** With `info`, what a one-shot function gives beside its output. */
interface WithEngine {
  readonly buffer: Uint8Array;
  readonly engine: { readonly bytesWritten: number };
}

/** What is used of `node:zlib`. */
export interface NodeZlib {
  readonly constants: Readonly<Record<string, number>>;
  readonly gzip: OneShot<Uint8Array>;
  readonly gunzip: OneShot<WithEngine>;
  readonly createGzip: (options: ZlibOptions) => Transform;
  readonly createGunzip: (options: ZlibOptions) => Transform;
  readonly zstdCompress?: OneShot<Uint8Array>;
  readonly zstdDecompress?: OneShot<Uint8Array>;
  readonly createZstdCompress?: (options: ZlibOptions) => Transform;
  readonly createZstdDecompress?: (options: ZlibOptions) => Transform;
}

/** `node:zlib` where this runs on Node, or on what has it, else undefined. */
export function nodeZlib(): NodeZlib | undefined {
  return builtin("node:zlib") as NodeZlib | undefined;
}

function builtin(name: string): unknown {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  return process?.getBuiltinModule?.(name);
}

/** How large the chunks are that streams give. */
export const CHUNK_SIZE = 65_536;

/** `maxBytes` as the one-shot functions take it: from 1 to the longest buffer. */
export function outputLimit(maxBytes: number): number {
  const { kMaxLength } = builtin("node:buffer") as { kMaxLength: number };
  return Math.max(1, Math.min(maxBytes, kMaxLength));
}

/** Calls a one-shot function of `node:zlib`; it works in another thread. */
export function call<Result>(run: OneShot<Result>, bytes: Uint8Array, options: ZlibOptions): Promise<Result> {
  return new Promise((resolve, reject) => {
    run(bytes, options, (error, result) => (error === null ? resolve(result) : reject(error)));
  });
}
