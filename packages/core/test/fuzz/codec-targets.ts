import { deflateRawSync, gzipSync, inflateRawSync } from "node:zlib";
import { type Codec, type CodecContext, type CoatcheckError, ResultError } from "@coatcheck/core";
import { compressed, type CompressedOptions, type WholeCompression } from "@coatcheck/serializer-compressed";
import { encrypted } from "@coatcheck/serializer-encrypted";
import { json } from "@coatcheck/serializer-json";
import { bytes, type Target, times, utf8 } from "./target.ts";

/** What codecs may make of an input here: little enough for bombs to be found out in every run. */
const MAX_BYTES = 4 * 1024 * 1024;

const compression = (options: CompressedOptions): Codec => compressed(json(), options).codecs[0]!;

const payloads: readonly Uint8Array[] = [
  new Uint8Array(),
  utf8("a"),
  utf8('{"a":[1,2,3],"b":"text"}'),
  utf8("the quick brown fox, ".repeat(20)),
  Uint8Array.from({ length: 300 }, (_, index) => (index * 167 + (index >> 3) * 13) % 256),
  new Uint8Array(20_000),
];

const allows = (error: CoatcheckError): boolean =>
  error instanceof ResultError && (error.code === "Corrupt" || error.code === "TooLarge");

const contextOf = (codec: Codec): CodecContext => ({
  description: codec.describe(),
  associatedData: utf8("the header\nthe key"),
  limits: { maxBytes: MAX_BYTES },
});

/** In pieces of uneven size: a codec sees no more of a stream at once than comes. */
async function* inPieces(whole: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
  for (let at = 0, size = 1; at < whole.byteLength; at += size, size = (size * 7) % 65_521) {
    yield whole.subarray(at, at + size);
  }
}

async function collected(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of source) {
    length += chunk.byteLength;
    if (length > MAX_BYTES) throw new Error(`it gave ${length} bytes, ${MAX_BYTES} are allowed`);
    chunks.push(chunk.slice());
  }
  return Buffer.concat(chunks);
}

/** Decodes whole and as a stream; both must come to the same. */
async function decodeTwice(codec: Codec, input: Uint8Array): Promise<Uint8Array> {
  const context = contextOf(codec);
  const whole = async (): Promise<Uint8Array> =>
    codec.decodeBytes === undefined
      ? await collected(codec.decode([input] as never, context))
      : await codec.decodeBytes(input, context);
  const [one] = await Promise.allSettled([whole()]);
  const [other] = await Promise.allSettled([collected(codec.decode(inPieces(input), context))]);
  if (one.status === "rejected" && other.status === "rejected") {
    // What is too large and damaged may be either.
    throw allows(one.reason as CoatcheckError) ? other.reason : one.reason;
  }
  if (one.status === "rejected") throw new Error("only as a whole it is refused", { cause: one.reason });
  if (other.status === "rejected") throw new Error("only as a stream it is refused", { cause: other.reason });
  if (Buffer.compare(one.value, other.value) !== 0) throw new Error("whole and as a stream it is not the same");
  if (one.value.byteLength > MAX_BYTES) throw new Error(`it gave ${one.value.byteLength} bytes`);
  return one.value;
}

interface Rest {
  readonly surroundings?: <T>(work: () => Promise<T>) => Promise<T>;
  readonly isSealed?: boolean;
  /** Whether there are bits that mean nothing, as in the header of gzip. */
  readonly mayIgnore?: boolean;
}

async function target(
  name: string,
  share: number,
  codec: Codec,
  attacks: readonly Uint8Array[],
  { surroundings = (work) => work(), isSealed = true, mayIgnore = true }: Rest = {},
): Promise<Target> {
  const documents = await surroundings(async () => {
    const whole = await Promise.all(
      payloads.map(async (each) => (await codec.encodeBytes?.(each, contextOf(codec))) ?? []),
    );
    const streamed = await Promise.all(
      payloads.map((payload) => collected(codec.encode(inPieces(payload), contextOf(codec)))),
    );
    return [...whole, ...streamed].map((each) => Uint8Array.from(each)).filter(({ byteLength }) => byteLength > 0);
  });
  return {
    name,
    share,
    documents,
    pieces: [
      utf8("\x1f\x8b\x08"),
      bytes(3, 0),
      bytes(0, 0, 0xff, 0xff),
      bytes(1, 0, 0, 0xff, 0xff),
      new Uint8Array(8),
      ...documents.slice(0, 3),
    ],
    attacks,
    ...(isSealed ? { sealed: { documents: documents.slice(1, 3), mayIgnore } } : {}),
    limit: MAX_BYTES,
    allows,
    read: async (input) => ({ value: await surroundings(() => decodeTwice(codec, input)) }),
  };
}

const gzipBombs = (): readonly Uint8Array[] => {
  const bomb = Uint8Array.from(gzipSync(new Uint8Array(200_000_000), { level: 9 }));
  const small = Uint8Array.from(gzipSync(utf8("a")));
  const forged = Uint8Array.from(bomb);
  forged.fill(0, -4);
  return [
    bomb,
    forged,
    Uint8Array.from(gzipSync(bomb)),
    bytes(small, bomb),
    bytes(small, new Uint8Array(100_000)),
    times(20_000, small),
    bytes(0x1f, 0x8b, 8, 0x1c, 0, 0, 0, 0, 0, 255, 0xff, 0xff, new Uint8Array(70_000)),
    // A name in the header that does not end.
    bytes(0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 255, new Uint8Array(500_000).fill(0x61)),
    // Empty blocks without end.
    bytes(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, times(100_000, bytes(0, 0, 0, 0xff, 0xff))),
  ];
};

/** As it is where there is no Node: `node:zlib` cannot be found. */
async function withoutZlib<T>(work: () => Promise<T>): Promise<T> {
  const { getBuiltinModule } = process;
  process.getBuiltinModule = ((name: string) =>
    name.endsWith("zlib") ? undefined : getBuiltinModule.call(process, name)) as typeof getBuiltinModule;
  try {
    return await work();
  } finally {
    process.getBuiltinModule = getBuiltinModule;
  }
}

function zstdTarget(share: number): Promise<Target> | undefined {
  try {
    const codec = compression({ codec: "zstd" });
    return target("compressed, zstd", share, codec, [
      utf8("\x28\xb5\x2f\xfd"),
      bytes(0x28, 0xb5, 0x2f, 0xfd, 0xa4, 0, 0, 0, 0xff, new Uint8Array(1000)),
    ]);
  } catch {
    return undefined;
  }
}

const own: WholeCompression = {
  name: "deflate-raw",
  compress: (input) => deflateRawSync(input),
  decompress: (input, { maxBytes }) => inflateRawSync(input, { maxOutputLength: Math.min(maxBytes, 2 ** 31) }),
};

async function encryptedTarget(share: number): Promise<Target> {
  const codec = encrypted(json(), { keys: { a: new Uint8Array(32).fill(7) } }).codecs[0]!;
  const long = await collected(codec.encode([new Uint8Array(2_500_000).fill(1)] as never, contextOf(codec)));
  const MiB = 1024 * 1024;
  const segments = [long.subarray(0, MiB), long.subarray(MiB, 2 * MiB), long.subarray(2 * MiB)];
  const orders = [[0, 1], [0, 2], [0, 2, 1], [1, 0, 2], [0, 1, 1, 2], [0, 1, 2, 2], [2], [1, 2]];
  const attacks = [
    ...orders.map((order) => bytes(...order.map((index) => segments[index]!))),
    long.subarray(0, 2 * MiB + 1),
    times(3, long.subarray(0, 1000)),
  ];
  return await target("encrypted", share, codec, attacks, { mayIgnore: false });
}

/** The codecs as targets. */
export async function codecTargets(): Promise<readonly Target[]> {
  const zstd = await zstdTarget(3000);
  const gzip = compression({ codec: "gzip" });
  return [
    await target("compressed, gzip by node:zlib", 5000, gzip, gzipBombs()),
    await target("compressed, gzip by fflate", 5000, gzip, gzipBombs(), { surroundings: withoutZlib }),
    zstd ?? skipped("compressed, zstd", "this version of Node has no zstd; 22.15 and later have"),
    await target(
      "compressed, a codec of one's own",
      2000,
      compression({ codec: own }),
      [Uint8Array.from(deflateRawSync(new Uint8Array(200_000_000), { level: 9 }))],
      { isSealed: false },
    ),
    await encryptedTarget(4000),
  ];
}

function skipped(name: string, why: string): Target {
  const nothing = { share: 0, documents: [], pieces: [], attacks: [] };
  return { ...nothing, name, skipped: why, allows: () => false, read: () => ({ value: undefined }) };
}
