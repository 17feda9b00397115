import { describe, expect, test } from "@jest/globals";
import { ConfigurationError, memory, ResultStore, type Codec } from "@coatcheck/core";
import compressedPlugin, { compressed, type CompressedOptions } from "@coatcheck/serializer-compressed";
import { json } from "@coatcheck/serializer-json";
import { collect, contextOf, inChunks } from "./suite.ts";

const rows = { rows: Array.from({ length: 1000 }, (_, id) => ({ id, at: new Date(id), name: `row ${id}` })) };

test("values come back, and are smaller", async () => {
  const plain = json().serialize(rows) as Uint8Array;
  const serializer = compressed(json());
  const bytes = await serializer.serialize(rows);
  expect(bytes.byteLength).toBeLessThan(plain.byteLength / 5);
  expect(await serializer.deserialize(bytes)).toEqual(rows);
  expect(serializer.type).toBe("compressed/json");
});

test("it goes over any serializer, and over itself", async () => {
  const own = {
    type: "own",
    serialize: (value: unknown) => Buffer.from(String(value)),
    deserialize: (bytes: Uint8Array) => Buffer.from(bytes).toString(),
  };
  const twice = compressed(compressed(own));
  expect(twice.type).toBe("compressed/compressed/own");
  expect(await twice.deserialize(await twice.serialize("text"))).toBe("text");
});

describe("in a store", () => {
  test.each([
    ["by value", compressed(json())],
    ["by name", "compressed/json"],
  ])("values, bytes and streams: %s", async (_, serializer) => {
    const store = new ResultStore({ storage: memory(), serializer });
    const value = await store.write(rows, { key: "rows" });
    expect(await store.read(value.toJSON())).toEqual(rows);
    const bytes = new Uint8Array(1_000_000).fill(7);
    await store.write(bytes, { key: "bytes" });
    expect(await store.read("bytes")).toEqual(bytes);
    const storage = memory();
    const streams = new ResultStore({ storage, serializer });
    const source = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let index = 0; index < 100; index++) controller.enqueue(new Uint8Array(10_000).fill(index));
        controller.close();
      },
    });
    await streams.write(source, { key: "stream" });
    expect((await storage.stat("stream"))!.size).toBeLessThan(20_000);
    const result = await streams.resolve("stream");
    expect((await collect((await result.stream()) as AsyncIterable<Uint8Array>)).byteLength).toBe(1_000_000);
  });

  test("what inflates beyond the limit of the store is TooLarge, whole and streamed", async () => {
    const storage = memory();
    await new ResultStore({ storage, serializer: compressed(json()) }).write("x".repeat(1_000_000), { key: "bomb" });
    const store = new ResultStore({ storage, serializer: compressed(json()), maxBytes: 10_000 });
    await expect(store.read("bomb")).rejects.toMatchObject({ code: "TooLarge", key: "bomb" });
  });
});

describe("reading goes by what the result was written with", () => {
  const own = { name: "own", compress: (bytes: Uint8Array) => bytes, decompress: (bytes: Uint8Array) => bytes };
  const written = async (options?: CompressedOptions): Promise<{ codec: Codec; bytes: Uint8Array }> => {
    const codec = compressed(json(), options).codecs[0]!;
    return { codec, bytes: await codec.encodeBytes!(Buffer.from("text"), contextOf(codec)) };
  };

  test("gzip is read by an instance that writes otherwise", async () => {
    const { codec, bytes } = await written();
    const other = compressed(json(), { codec: own }).codecs[0]!;
    const context = contextOf(codec);
    expect(Buffer.from(await other.decodeBytes!(bytes, context)).toString()).toBe("text");
    expect((await collect(other.decode(inChunks(bytes, 5), context))).toString()).toBe("text");
  });

  test.each([["own"], ["brotli"], [undefined], [1]])(
    "one that it does not have says how to give it: %j",
    async (name) => {
      const codec = compressed(json()).codecs[0]!;
      const description = { type: "compressed", ...(name === undefined ? {} : { codec: name }) };
      const read = codec.decodeBytes!(new Uint8Array(3), contextOf(codec, { description })) as Promise<Uint8Array>;
      await expect(read).rejects.toMatchObject({ code: "UnknownSerializer" });
      await expect(read).rejects.toThrow(
        /which this reader does not have\. Give it one: compressed\(serializer, \{ codec: \{ name/,
      );
    },
  );

  test("a value without any limit stops at 1 GiB, unless told otherwise; streams do not", async () => {
    const limits: number[] = [];
    const watching = {
      ...own,
      decompress: (bytes: Uint8Array, { maxBytes }: { maxBytes: number }) => (limits.push(maxBytes), bytes),
    };
    const read = async (codec: Codec, maxBytes: number): Promise<void> => {
      await codec.decodeBytes!(new Uint8Array(1), contextOf(codec, { limits: { maxBytes } }));
      await collect(codec.decode(inChunks(new Uint8Array(1), 1), contextOf(codec, { limits: { maxBytes } })));
    };
    await read(compressed(json(), { codec: watching }).codecs[0]!, Infinity);
    await read(compressed(json(), { codec: watching, maxBytes: Infinity }).codecs[0]!, Infinity);
    await read(compressed(json(), { codec: watching }).codecs[0]!, 2 ** 32);
    expect(limits).toEqual([2 ** 30, Infinity, Infinity, Infinity, 2 ** 32, 2 ** 32]);
  });
});

test.each<[string, unknown, RegExp]>([
  ["an unknown option", { codecs: "gzip" }, /Did you mean "codec"/],
  ["an unknown codec", { codec: "lzma" }, /"gzip", "zstd" or \{ name, compress, decompress \}, not "lzma"/],
  ["a level that gzip lacks", { level: 10 }, /from 0 to 9, not 10/],
  ["half a level", { level: 1.5 }, /integer/],
  ["a limit below nothing", { maxBytes: -1 }, /number of bytes, not -1/],
  ["a limit that is no number", { maxBytes: NaN }, /not NaN/],
  ["a codec without a name", { codec: { compress: String, decompress: String } }, /name of a codec/],
  [
    "a codec with a name of ours",
    { codec: { name: "gzip", compress: String, decompress: String } },
    /not "gzip" or "zstd"/,
  ],
  ["a codec with a name in upper case", { codec: { name: "LZ4", compress: String, decompress: String } }, /lower-case/],
  [
    "a codec with one function",
    { codec: { name: "lz4", compress: String } },
    /needs the functions compress and decompress/,
  ],
  [
    "a level for a codec of one's own",
    { codec: { name: "lz4", compress: String, decompress: String }, level: 3 },
    /"level" is for gzip and zstd/,
  ],
  ["null for a codec", { codec: null }, /codec/],
])("refused when it is set up: %s", (_, options, message) => {
  expect(() => compressed(json(), options as object)).toThrow(ConfigurationError);
  expect(() => compressed(json(), options as object)).toThrow(message);
});

test("the plugin opens the codec by its name", async () => {
  expect(compressedPlugin).toMatchObject({ api: 1, kind: "codec", type: "compressed" });
  const codec = await compressedPlugin.open({ level: 9 }, { origin: "compressed/json" });
  expect(codec.describe()).toEqual({ type: "compressed", codec: "gzip" });
});
