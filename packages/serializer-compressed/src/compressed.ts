import {
  checkOptions,
  type Codec,
  type CodecContext,
  type CodedSerializer,
  ConfigurationError,
  type OptionTable,
  ResultError,
  type Serializer,
  withCodec,
} from "@coatcheck/core";
import type { Algorithm, Bounds } from "./algorithm.ts";
import { custom, type StreamingCompression, type WholeCompression } from "./custom.ts";
import { gzip } from "./gzip.ts";
import { zstd, zstdMissing } from "./zstd.ts";

/** Options of {@link compressed}. */
export interface CompressedOptions {
  /**
   * What compresses: `"gzip"` (default, read everywhere), `"zstd"` (Node >= 22.15 or 23.8: as small, and faster), or a
   * compression of one's own.
   */
  readonly codec?: "gzip" | "zstd" | WholeCompression | StreamingCompression | undefined;
  /** How hard it tries: 0 to 9 for gzip (default 6), 1 to 22 for zstd (default 3). More is smaller and slower. */
  readonly level?: number | undefined;
  /**
   * Bytes that reading may make of what was compressed, before it is `TooLarge`. It holds beside the limit of the store;
   * without either, values stop at 1 GiB, and streams, which take constant memory, nowhere.
   */
  readonly maxBytes?: number | undefined;
}

/** The options of {@link compressed}, for the plugin. */
export const options: OptionTable = {
  codec: { type: ["string", "object"] },
  level: { type: "number" },
  maxBytes: { type: "number" },
};

const DEFAULT_MAX_BYTES = 1024 * 1024 * 1024;
const LEVELS = { gzip: { lowest: 0, highest: 9, usual: 6 }, zstd: { lowest: 1, highest: 22, usual: 3 } };

/**
 * `inner` behind compression: `compressed(json())`. Bytes and streams are compressed too, in constant memory. Options
 * that cannot work here, zstd on a Node without it among them, are a {@link ConfigurationError} at once. Reading goes by
 * what the result says it was written with, not by `codec`.
 */
export function compressed<T>(inner: Serializer<T>, given: CompressedOptions = {}): CodedSerializer<T> {
  return withCodec(compression(given), inner);
}

/** The codec of {@link compressed}, alone. */
export function compression(given: CompressedOptions): Codec {
  checkOptions("Codec compressed", options, given);
  const { codec = "gzip", level, maxBytes } = given;
  if (maxBytes !== undefined && !(maxBytes >= 0)) {
    throw invalid(`option "maxBytes" is a number of bytes, not ${maxBytes}.`);
  }
  const { name, algorithm } = typeof codec === "string" ? known(codec, level) : own(codec, level);
  const reader = ({ description }: CodecContext): Algorithm =>
    description["codec"] === name ? algorithm : readable(description["codec"]);
  const bounds = ({ limits, signal }: CodecContext): Bounds => ({
    maxBytes: Math.min(limits.maxBytes, maxBytes ?? Infinity),
    signal,
  });
  const wholeBounds = (context: CodecContext): Bounds => {
    const isUnbound = maxBytes === undefined && context.limits.maxBytes === Infinity;
    return isUnbound ? { ...bounds(context), maxBytes: DEFAULT_MAX_BYTES } : bounds(context);
  };
  return {
    type: "compressed",
    describe: () => ({ type: "compressed", codec: name }),
    encode: (source, context) => algorithm.compress(source, bounds(context)),
    encodeBytes: (bytes, context) => algorithm.compressBytes(bytes, bounds(context)),
    decode: (source, context) => reader(context).decompress(source, bounds(context)),
    decodeBytes: async (bytes, context) => await reader(context).decompressBytes(bytes, wholeBounds(context)),
  };
}

interface Named {
  readonly name: string;
  readonly algorithm: Algorithm;
}

function known(name: string, level: number | undefined): Named {
  if (name !== "gzip" && name !== "zstd") {
    throw invalid(`option "codec" is "gzip", "zstd" or { name, compress, decompress }, not ${JSON.stringify(name)}.`);
  }
  const { lowest, highest, usual } = LEVELS[name];
  const chosen = level ?? usual;
  if (!(Number.isInteger(chosen) && chosen >= lowest && chosen <= highest)) {
    throw invalid(`option "level" of ${name} is an integer from ${lowest} to ${highest}, not ${chosen}.`);
  }
  const algorithm = name === "gzip" ? gzip(chosen) : zstd(chosen);
  if (algorithm === undefined) throw invalid(`${zstdMissing()}. Use "gzip", which is read everywhere.`);
  return { name, algorithm };
}

function own(compression: WholeCompression | StreamingCompression, level: number | undefined): Named {
  const { name, compress, decompress } = compression;
  if (typeof name !== "string" || !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) || name === "gzip" || name === "zstd") {
    throw invalid(
      'the name of a codec of your own is lower-case letters, digits and single "-", and not "gzip" or "zstd".',
    );
  }
  if (typeof compress !== "function" || typeof decompress !== "function") {
    throw invalid(`the codec ${JSON.stringify(name)} needs the functions compress and decompress.`);
  }
  if (level !== undefined) throw invalid(`option "level" is for gzip and zstd; ${JSON.stringify(name)} sets its own.`);
  return { name, algorithm: custom(compression) };
}

function readable(name: unknown): Algorithm {
  if (name === "gzip") return gzip(LEVELS.gzip.usual);
  if (name === "zstd") {
    const algorithm = zstd(LEVELS.zstd.usual);
    if (algorithm !== undefined) return algorithm;
    throw new ResultError("UnknownSerializer", `it is compressed with zstd: ${zstdMissing()}. Read it there.`);
  }
  const shown = JSON.stringify(typeof name === "string" ? name.slice(0, 40) : null);
  throw new ResultError(
    "UnknownSerializer",
    `it is compressed with ${shown}, which this reader does not have. Give it one: compressed(serializer, { codec: { name: ${shown}, compress, decompress } }).`,
  );
}

function invalid(message: string): ConfigurationError {
  return new ConfigurationError("InvalidOption", `Codec compressed: ${message}`);
}
