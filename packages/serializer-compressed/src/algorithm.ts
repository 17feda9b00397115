/** What one call is bound by. */
export interface Bounds {
  /** Bytes that decompressing may give. */
  readonly maxBytes: number;
  readonly signal: AbortSignal | undefined;
}

/** One way to compress: whole buffers, and streams in constant memory. */
export interface Algorithm {
  compressBytes(bytes: Uint8Array, bounds: Bounds): Promise<Uint8Array>;
  /** Throws `Corrupt` on input that is damaged, cut or too long, and `TooLarge` beyond the bound. */
  decompressBytes(bytes: Uint8Array, bounds: Bounds): Promise<Uint8Array>;
  compress(source: AsyncIterable<Uint8Array>, bounds: Bounds): AsyncIterable<Uint8Array>;
  decompress(source: AsyncIterable<Uint8Array>, bounds: Bounds): AsyncIterable<Uint8Array>;
}
