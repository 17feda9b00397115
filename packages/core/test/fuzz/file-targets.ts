import { crc32 } from "node:zlib";
import {
  type CoatcheckError,
  memory,
  type Reference,
  ResultError,
  ResultStore,
  type Serializer,
  type Storage,
  StorageError,
} from "@coatcheck/core";
import { compressed } from "@coatcheck/serializer-compressed";
import { encrypted } from "@coatcheck/serializer-encrypted";
import { Money, point } from "./canaries.ts";
import { serializers } from "./serializer-targets.ts";
import { type Boxed, bytes, type Target, times, utf8 } from "./target.ts";

/** What codecs may make of a payload here. */
const MAX_BYTES = 4 * 1024 * 1024;
const KEY = "k";

const keys = { a: new Uint8Array(32).fill(7) };
const all: readonly Serializer[] = [
  serializers.msgpack,
  serializers.json,
  compressed(serializers.json),
  compressed(serializers.msgpack, { level: 0 }),
  encrypted(compressed(serializers.json), { keys }),
];

/** Where fuzzed files are put; and where whole records stay, for references. */
const place = memory({ name: "fuzzed" });
const shelf = memory({ name: "shelf" });

/** It knows every codec and serializer that the files name, and its limits. */
const readerOf = (storage: Storage): ResultStore =>
  new ResultStore({
    storage,
    serializer: encrypted(compressed(serializers.json), { keys }),
    cacheBytes: 0,
    maxBytes: MAX_BYTES,
  });
const reader = readerOf(place);
const referred = readerOf(shelf);

async function drained(value: unknown): Promise<unknown> {
  if (!(value instanceof ReadableStream)) return value;
  let length = 0;
  for await (const chunk of value as unknown as AsyncIterable<Uint8Array>) length += chunk.byteLength;
  if (length > MAX_BYTES) throw new Error(`a stream gave ${length} bytes, ${MAX_BYTES} are allowed`);
  return length;
}

async function list(): Promise<unknown> {
  const entries: unknown[] = [];
  for await (const entry of reader.list({ headers: true })) entries.push(entry);
  return entries;
}

/** Every way to read one result. What one of them throws is thrown once all have been tried. */
async function readEveryWay(reader: ResultStore, which: Reference | string): Promise<unknown> {
  const ways: readonly (() => Promise<unknown>)[] = [
    async () => await drained(await reader.read(which)),
    async () => await drained(await (await reader.resolve(which)).get()),
    async () => {
      const result = await reader.resolve(which);
      return "stream" in result ? await drained(await (result as { stream(): Promise<unknown> }).stream()) : undefined;
    },
    async () => await reader.exists(which),
    async () => await reader.stat(which),
  ];
  const values: unknown[] = [];
  let failure: { readonly error: unknown } | undefined;
  for (const way of ways) {
    try {
      values.push(await way());
    } catch (error) {
      // One that is not what it should be must not be hidden by one that is.
      if (failure === undefined || !isExpected(error)) failure = { error };
    }
  }
  if (failure !== undefined) throw failure.error;
  return values;
}

/** A store says what went wrong in its own words; behind them there is no accident of the engine. */
function isExpected(error: unknown): boolean {
  if (error instanceof StorageError) return error.code === "InvalidKey";
  if (!(error instanceof ResultError)) return false;
  const { cause } = error as { cause?: unknown };
  return cause === undefined || (cause as { code?: unknown }).code !== undefined;
}

const allows = (error: CoatcheckError): boolean => isExpected(error);

/** A file for every serializer, with and without expiry, as bytes and as a stream, with either digest. */
async function documents(): Promise<{ readonly files: readonly Uint8Array[]; readonly references: readonly string[] }> {
  const files: Uint8Array[] = [];
  const references: string[] = [];
  const stream = (): ReadableStream<Uint8Array> => new Blob(["abc\ndef"]).stream() as ReadableStream<Uint8Array>;
  const values = [
    () => ({ a: [1, "two", null] }),
    () => utf8("abc\ndef"),
    stream,
    () => [point({ x: 1 }), Money.of(2)],
  ];
  for (const serializer of all) {
    for (const [index, make] of values.entries()) {
      const digest = index % 2 === 0 ? "crc32" : "sha256";
      const writer = new ResultStore({ storage: shelf, serializer, digest });
      const key = `${serializer.type}/${index}`;
      const result = await writer.write(make(), { key, ...(index < 2 ? { expiresIn: "30d" } : {}) });
      files.push(await (await shelf.get(key))!.bytes());
      references.push(JSON.stringify(result));
    }
  }
  const inline = new ResultStore({ storage: shelf, serializer: serializers.json, inlineBelow: 1000 });
  for (const value of [{ a: 1 }, "text", undefined, null, true])
    references.push(JSON.stringify(await inline.write(value)));
  return { files, references };
}

const digest = (payload: Uint8Array): string => `crc32:${crc32(payload).toString(16).padStart(8, "0")}`;

/** Makes every sum of a file right again: whoever made it can compute them too. */
function resealed(file: Uint8Array): Uint8Array {
  const end = file.indexOf(0x0a);
  if (end < 0) return file;
  const payload = file.subarray(end + 1);
  const header = Buffer.from(file.subarray(0, end))
    .toString("latin1")
    .replace(/,"check":"[^"]*"\}$|\}$/, "")
    .replace(/"size":\d+/, `"size":${payload.byteLength}`)
    .replace(/"digest":"[^"]*"/, `"digest":"${digest(payload)}"`);
  const covered = Buffer.from(header, "latin1");
  return bytes(covered, `,"check":"${digest(covered)}"}\n`, payload);
}

const headerOf = (members: string): Uint8Array =>
  utf8(
    `{"coatcheck":1,${members},"createdAt":"2026-11-20T09:00:00.000Z","writeId":"w","size":0,"digest":"crc32:00000000"}\n`,
  );

const HEADER_ATTACKS: readonly Uint8Array[] = [
  headerOf('"serializer":{"type":"json"},"__proto__":{"polluted":true}'),
  headerOf('"serializer":{"type":"json","__proto__":{"polluted":true}}'),
  headerOf('"serializer":{"__proto__":{"type":"json"}}'),
  headerOf('"serializer":{"type":"json","classes":[{"class":"Function"}]}'),
  headerOf('"serializer":{"type":"constructor"}'),
  headerOf('"serializer":{"type":"__proto__"}'),
  headerOf('"serializer":{"type":"../../etc/passwd"}'),
  headerOf('"serializer":{"type":"s3"}'),
  headerOf('"serializer":{"type":"bytes","as":"constructor"}'),
  headerOf(`"serializer":{"type":"${"\u001b[2J".repeat(100)}"}`),
  headerOf(`"serializer":{"type":"json","a":${"[".repeat(1700)}${"]".repeat(1700)}}`),
  headerOf(
    `"serializer":{"type":"json"},"codecs":[${Array.from({ length: 100 }, () => '{"type":"compressed","codec":"gzip"}').join()}]`,
  ),
  headerOf('"serializer":{"type":"json"},"codecs":{"length":1e9}'),
  headerOf(
    '"serializer":{"type":"json"},"codecs":[{"type":"encrypted","cipher":"aes256-gcm-hkdf-1mb","key":"__proto__"}]',
  ),
  headerOf('"serializer":{"type":"json"},"size":9007199254740991'),
  headerOf('"serializer":{"type":"json"},"expiresAt":"-271821-04-20T00:00:00.000Z"'),
  headerOf(`"serializer":{"type":"json"},"writeId":"${"x".repeat(3000)}"`),
  bytes('{"coatcheck":1,', times(5000, utf8(" ")), "\n"),
  bytes('{"coatcheck":1,', times(200_000, utf8("a"))),
  new Uint8Array(500_000).fill(0x0a),
];

const HEADER_PIECES = [
  ...'"serializer": "codecs": "type": "codec": "json" "msgpack" "bytes" "gzip" "zstd" "compressed" "encrypted" "trailer": "crc32" "sha256" "size": "digest": "check": "createdAt": "expiresAt": "writeId": "__proto__": "constructor": {} [] [{}] {"type":"json"} {"type":"bytes","as":"Buffer"} null true -1 1e999 9007199254740993 "" , : { } [ ]'.split(
    " ",
  ),
  '"expiresAt":"2020-01-01T00:00:00.000Z"',
  '"trailer":"crc32"',
  "\n",
  "\r",
  "\0",
].map(utf8);

const REFERENCE_PIECES = [
  ...'{"coatcheck":1, {"coatcheck":2, "storage": "key": "writeId": "size": "digest": "createdAt": "value": "undefined": "unpersisted": "__proto__": null true 0 -1 1e999 {} [] "" , : { }'.split(
    " ",
  ),
  '"memory:shelf"',
  '"memory:other"',
  '"file:///etc"',
  '"s3://bucket/prefix?endpoint=http://127.0.0.1:9"',
  '"az://container?account=a"',
  '"gs://bucket"',
  '"local/prod"',
  '"key":"../../../etc/passwd"',
  '"key":".coatcheck/lease/x"',
  '"expiresAt":"2020-01-01T00:00:00.000Z"',
].map(utf8);

const REFERENCE_ATTACKS = [
  "[".repeat(100_000),
  `{"coatcheck":1,"value":${"[".repeat(50_000)}${"]".repeat(50_000)}}`,
  '{"coatcheck":1,"value":{"__proto__":{"polluted":true}}}',
  '{"coatcheck":1,"__proto__":{"value":1}}',
  '{"__proto__":{"coatcheck":1,"value":1}}',
  '{"coatcheck":{"valueOf":1},"value":1}',
  `{"coatcheck":1,"unpersisted":"${"x".repeat(100_000)}"}`,
  `{"coatcheck":1,"storage":"${"s".repeat(100_000)}","key":"k","writeId":"w","size":1,"digest":"crc32:00000000","createdAt":"2026-11-20T09:00:00.000Z"}`,
  ...[
    "file:///etc",
    "s3://b?endpoint=http://127.0.0.1:9",
    "az://c?account=a",
    "gs://b",
    "memory:other",
    "local/prod",
    "__proto__",
  ].map(
    (storage) =>
      `{"coatcheck":1,"storage":"${storage}","key":"passwd","writeId":"w","size":1,"digest":"crc32:00000000","createdAt":"2026-11-20T09:00:00.000Z"}`,
  ),
  "../../etc/passwd",
  "a/".repeat(300),
  "x".repeat(5000),
  "\ud800",
  ".coatcheck/cache/x",
].map(utf8);

/** The result file format, as it is and with right sums, references and keys, as targets. */
export async function fileTargets(): Promise<readonly Target[]> {
  const { files, references } = await documents();
  const readFile = async (file: Uint8Array): Promise<Boxed> => {
    await place.put(KEY, file);
    return { value: [await readEveryWay(reader, KEY), await list()] };
  };
  const common = { documents: files, pieces: HEADER_PIECES, attacks: HEADER_ATTACKS, limit: MAX_BYTES, allows };
  return [
    {
      ...common,
      name: "result files",
      share: 15_000,
      sealed: { documents: [files[4]!, files[5]!, files[10]!, files[16]!], mayIgnore: false },
      read: readFile,
    },
    {
      ...common,
      name: "result files, every sum made right again",
      share: 6000,
      read: (file) => readFile(resealed(file)),
    },
    {
      name: "references and keys",
      share: 6000,
      documents: references.map(utf8),
      pieces: REFERENCE_PIECES,
      attacks: REFERENCE_ATTACKS,
      allows,
      async read(input) {
        const text = Buffer.from(input).toString();
        let parsed: unknown;
        try {
          parsed = JSON.parse(text);
        } catch {}
        const asObject = typeof parsed === "object" && parsed !== null ? await settled(parsed as Reference) : undefined;
        const value = await readEveryWay(referred, text);
        if (asObject?.status === "rejected")
          throw new Error("only as an object it is refused", { cause: asObject.reason });
        return { value: [value, asObject] };
      },
    },
  ];
}

async function settled(reference: Reference): Promise<PromiseSettledResult<unknown>> {
  const [result] = await Promise.allSettled([readEveryWay(referred, reference)]);
  if (result.status === "rejected" && !isExpected(result.reason)) throw result.reason;
  return result;
}
