import { Readable } from "node:stream";
import { describe, expect, test } from "@jest/globals";
import { memory, openStorage, registerBlock, ResultStore, Storage, type StorageDriver } from "@coatcheck/core";
import { json } from "@coatcheck/serializer-json";

const bytes = new Uint8Array([1, 2, 3]);
const misconfigured = (detail: RegExp): object => ({ code: "Misconfigured", detail: expect.stringMatching(detail) });
const spent = misconfigured(
  /stream that was read before, and nothing is left of it; nothing was kept\. Give a new one/,
);

async function* generate(): AsyncGenerator<Uint8Array, void, void> {
  yield bytes;
}

/** Streams of one use. */
const streams: Record<string, () => ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>> = {
  "a web stream": () => new Blob([bytes]).stream(),
  "a stream of Node": () => Readable.from([bytes]),
  "a generator": generate,
};

describe.each(Object.entries(streams))("%s", (name, make) => {
  test("cannot be put a second time: that would put nothing in the place of what was there", async () => {
    const storage = memory();
    const stream = make();
    await storage.put("key", stream);
    // A web stream that was read may be locked still; then its own error says so.
    await expect(storage.put("key", stream)).rejects.toMatchObject(spent);
    expect(await (await storage.get("key"))!.bytes()).toEqual(bytes);
  });

  test("cannot be put again after a put that failed, before it was read or halfway", async () => {
    const storage = memory();
    await storage.put("key", bytes);
    for (const fail of [
      (stream: ReadableStream<Uint8Array>) => storage.put("key", stream, { when: "absent" }),
      (stream: ReadableStream<Uint8Array>) => storage.put("/", stream),
      (stream: ReadableStream<Uint8Array>) => storage.put("key", stream, { size: 2 }),
      (stream: ReadableStream<Uint8Array>) => storage.put("key", stream, { signal: AbortSignal.abort() }),
    ]) {
      const stream = make() as ReadableStream<Uint8Array>;
      await expect(fail(stream)).rejects.toThrow();
      // A stream of Node that was given up says so itself.
      const again = name === "a stream of Node" ? expect.anything() : expect.objectContaining(spent);
      await expect(storage.put("key", stream)).rejects.toEqual(again);
      expect(await (await storage.get("key"))!.bytes()).toEqual(bytes);
    }
  });

  test("that somebody else has read to its end is refused, where that can be told", async () => {
    const stream = make();
    for await (const _ of stream as AsyncIterable<Uint8Array>);
    const put = memory().put("key", stream);
    // Nothing tells a generator that has ended from one that gives nothing.
    if (name === "a generator") expect((await put).size).toBe(0);
    else await expect(put).rejects.toMatchObject(spent);
  });
});

test("of a stream that was read in part the rest is put", async () => {
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new Uint8Array([0]));
      controller.enqueue(bytes);
      controller.close();
    },
  });
  const reader = stream.getReader();
  await reader.read();
  reader.releaseLock();
  expect((await memory().put("key", stream)).size).toBe(3);
});

test("an empty stream is put, and so is what can be walked again and again", async () => {
  const storage = memory();
  expect((await storage.put("web", new Blob([]).stream())).size).toBe(0);
  expect((await storage.put("node", Readable.from([]))).size).toBe(0);
  for (const chunks of [[], [bytes]]) {
    const again = { [Symbol.asyncIterator]: () => Readable.from(chunks)[Symbol.asyncIterator]() };
    for (let round = 0; round < 2; round++) expect((await storage.put("again", again)).size).toBe(3 * chunks.length);
  }
});

test("a result that is a stream cannot be written twice", async () => {
  const store = new ResultStore({ storage: memory(), serializer: json() });
  for (const stream of [new Blob([bytes]).stream(), Readable.from([bytes])]) {
    await store.write(stream, { key: "key" });
    await expect(store.write(stream, { key: "key" })).rejects.toMatchObject({ code: "InvalidValue" });
    const read = await store.read<AsyncIterable<Uint8Array>>("key");
    const chunks: Uint8Array[] = [];
    for await (const chunk of read) chunks.push(chunk);
    expect(Buffer.concat(chunks)).toEqual(Buffer.from(bytes));
  }
});

test.each([
  [new DataView(bytes.buffer), "DataView"],
  [new Uint16Array(1), "Uint16Array"],
  [bytes.buffer, "ArrayBuffer"],
  [new Blob([bytes]), "Blob"],
  [Promise.resolve(bytes), "Promise"],
  ["text", "String"],
  [null, "Null"],
  [undefined, "Undefined"],
  [[bytes, "text"], "an array that holds something else"],
])("%p is no body, and the error says what it is", async (body, kind) => {
  const put = memory().put("key", body as never);
  await expect(put).rejects.toMatchObject(misconfigured(new RegExp(`the body is .*${kind}; give a Uint8Array`)));
});

test("a stream of something else is no body", async () => {
  for (const chunk of ["text", 1, null]) {
    const put = memory().put(
      "key",
      (async function* () {
        yield chunk as never;
      })(),
    );
    await expect(put).rejects.toMatchObject(misconfigured(/a stream of type (String|Number|Null); give/));
  }
});

test("a content type that no header can hold as it is, is refused before the body is read", async () => {
  const storage = memory();
  for (const contentType of ["", " ", " text/plain", "text/plain\n", "text/plain\r\nx-acl: public", "tëxt", "日本"]) {
    let asked = false;
    async function* body(): AsyncGenerator<Uint8Array, void, void> {
      asked = true;
      yield bytes;
    }
    await expect(storage.put("key", body(), { contentType })).rejects.toMatchObject(misconfigured(/contentType is/));
    expect(asked).toBe(false);
  }
  await storage.put("key", bytes, { contentType: "text/plain; charset=utf-8" });
  expect((await storage.stat("key"))!.contentType).toBe("text/plain; charset=utf-8");
});

test("a driver is no Storage, whatever it can do", async () => {
  const driver = { type: "mine", url: "mine:", deleteMany: async () => {} } as unknown as StorageDriver;
  await expect(openStorage(driver as never)).rejects.toThrow();
  registerBlock("memory/driver", driver as never);
  await expect(openStorage("memory/driver")).rejects.toThrow();
  const storage = new Storage(driver);
  expect(await openStorage(storage)).toBe(storage);
});

test("a prefix that cannot be is named", () => {
  expect(() => memory({ prefix: "results/" })).toThrow(/^prefix "results\/" in memory:.*: a key cannot begin or end/);
});
