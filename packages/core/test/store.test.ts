import { Readable } from "node:stream";
import { describe, expect, jest, test } from "@jest/globals";
import {
  LiteralResult,
  memory,
  MissingResult,
  NoResult,
  PersistedResult,
  type Reference,
  ResultStore,
  type StandardSchema,
  UnpersistedResult,
  withCodec,
} from "@coatcheck/core";
import { CACHE_PREFIX, openReserved } from "@coatcheck/core/reserved";
import { bytesOf, counted, plainJson, rejection, streamOf } from "./helpers.ts";

const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);
const open = (options: object = {}) => new ResultStore({ storage: memory(), serializer: plainJson, ...options });

describe("write and read", () => {
  test("a result in a template literal is its reference, to be read again", async () => {
    const store = open();
    const results = [await store.write({ a: 1 }), await store.write(null), new UnpersistedResult(1, "of a test")];
    for (const result of results) {
      // oxlint-disable-next-line typescript/restrict-template-expressions -- what JavaScript does
      expect(`${result}`).toBe(JSON.stringify(result));
    }
    expect(await store.read(String(results[0]))).toEqual({ a: 1 });
  });

  test("a value comes back by result, by reference, by its JSON text and by key", async () => {
    const store = open();
    const value = { rows: [1, 2, 3] };
    const result = await store.write(value, { key: "report/today" });
    expect(await result.get()).toBe(value);
    const text = JSON.stringify(result);
    for (const reference of [result, result.toJSON(), text, "report/today"]) {
      const read = await store.read(reference);
      expect(read).toEqual(value);
      expect(read).not.toBe(value);
    }
  });

  test("another process, with only the text and the storage, reads the same value", async () => {
    const storage = memory();
    const text = JSON.stringify(await new ResultStore({ storage, serializer: plainJson }).write({ a: 1 }));
    expect(await new ResultStore({ storage, serializer: plainJson }).read(text)).toEqual({ a: 1 });
  });

  test("what is read of a Result has its type", async () => {
    const store = open();
    const result = await store.write({ id: 1 });
    const { id } = await store.read(result);
    expect(id + 1).toBe(2);
  });

  test("a key that is not given is unique", async () => {
    const store = open();
    const results = await Promise.all(Array.from({ length: 50 }, (_, index) => store.write([index])));
    expect(new Set(results.map((result) => result.location)).size).toBe(50);
  });

  test.each([
    ["Uint8Array", bytes(1, 2, 3)],
    ["Buffer", Buffer.from("hello")],
    ["ArrayBuffer", bytes(4, 5).buffer],
    ["empty", bytes()],
  ])("bytes come back as what they were: %s", async (_, value) => {
    const store = open();
    const back = await store.read(JSON.stringify(await store.write(value)));
    expect(Object.getPrototypeOf(back)).toBe(Object.getPrototypeOf(value));
    expect(back).toEqual(value);
    const view = back as Uint8Array;
    if (ArrayBuffer.isView(back)) expect(view.buffer.byteLength).toBe(view.byteLength);
  });

  test("bytes of a view are its own only, and a change to what was read reaches nobody", async () => {
    const store = open();
    const reference = (await store.write(bytes(0, 1, 2, 3, 4).subarray(1, 3), { key: "k" })).toJSON();
    const first = await store.read<Uint8Array>(reference);
    expect([...first]).toEqual([1, 2]);
    first.fill(9);
    expect([...(await store.read<Uint8Array>(reference))]).toEqual([1, 2]);
    expect([...(await store.read<Uint8Array>("k"))]).toEqual([1, 2]);
  });

  test("Buffers, whose slices share memory, are kept and given as copies too", async () => {
    const storage = memory();
    const input = Buffer.from("abc");
    await storage.put("k", input);
    input.fill(0);
    (await (await storage.get("k"))!.bytes()).fill(0);
    expect(Buffer.from(await (await storage.get("k"))!.bytes()).toString()).toBe("abc");
    const same = (bytes: Uint8Array): Uint8Array => Buffer.from(bytes);
    async function* each(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const chunk of source) yield same(chunk);
    }
    const codec = { type: "same", encode: each, decode: each, decodeBytes: same, describe: () => ({ type: "same" }) };
    const store = new ResultStore({ storage, serializer: withCodec(codec, plainJson) });
    const back = await store.read<Uint8Array>((await store.write(bytes(1, 2))).toJSON());
    expect(back.buffer.byteLength).toBe(2);
    expect(Object.getPrototypeOf(back)).toBe(Uint8Array.prototype);
  });

  test("a stream is kept, and opened anew by each reader", async () => {
    const store = open();
    const result = await store.write(streamOf(bytes(1, 2), bytes(3)));
    expect(result.value).toBe(NoResult);
    for (let i = 0; i < 2; i++) expect([...(await bytesOf(await result.get()))]).toEqual([1, 2, 3]);
    const again = await store.resolve<ReadableStream<Uint8Array>>(JSON.stringify(result));
    expect([...(await bytesOf(await again.get()))]).toEqual([1, 2, 3]);
    expect([...(await bytesOf(await again.stream()))]).toEqual([1, 2, 3]);
    expect((await store.resolve(result.location!)).toJSON()).toEqual(result.toJSON());
  });

  test("a stream of Node comes back as one", async () => {
    const store = open();
    const result = await store.write(Readable.from([Buffer.from("ab"), Buffer.from("c")]));
    const back = await store.read<Readable>(result.toJSON());
    expect(typeof back.pipe).toBe("function");
    expect(Buffer.concat(await back.toArray()).toString()).toBe("abc");
  });

  test("a stream of something else than bytes is refused, and leaves what was there", async () => {
    const store = open();
    await store.write([1], { key: "k" });
    await rejection(store.write(Readable.from(["text"]), { key: "k" }), "InvalidValue");
    expect(await store.read("k")).toEqual([1]);
  });

  test("the error of a stream of the caller's comes through untouched", async () => {
    const store = open();
    const boom = new Error("boom");
    const failing = new ReadableStream<Uint8Array>({ pull: () => Promise.reject(boom) });
    await expect(store.write(failing, { key: "k" })).rejects.toBe(boom);
    expect(await store.exists("k")).toBe(false);
  });

  test("a stream whose write fails before it is read is cancelled", async () => {
    const storage = memory();
    const store = new ResultStore({ storage, serializer: plainJson });
    await store.write([1], { key: "k" });
    const writes = [
      (source: ReadableStream<Uint8Array>) => store.write(source, { key: "k", when: "absent" }),
      (source: ReadableStream<Uint8Array>) => store.write(source, { key: "../k" }),
      (source: ReadableStream<Uint8Array>) => storage.put("k", source, { size: -1 }),
      (source: ReadableStream<Uint8Array>) => storage.put("k", source, { signal: AbortSignal.abort() }),
    ];
    for (const write of writes) {
      let cancelled = false;
      const source = new ReadableStream<Uint8Array>({ cancel: () => void (cancelled = true) });
      await expect(write(source)).rejects.toThrow();
      expect(cancelled).toBe(true);
    }
    const readable = Readable.from([Buffer.from("x")]);
    await rejection(store.write(readable, { key: "k", when: "absent" }), "AlreadyExists");
    expect(readable.destroyed).toBe(true);
  });

  test("a value that looks like a reference or a header is a value", async () => {
    const store = open();
    const reference = (await store.write([1])).toJSON();
    for (const value of [
      reference,
      { coatcheck: 1 },
      '{"coatcheck":1,"serializer":{"type":"x"}}\n',
      JSON.stringify(reference),
    ]) {
      expect(await store.read((await store.write(value)).toJSON())).toEqual(value);
    }
  });

  test("a large value takes one request to read, verified, in memory of its own", async () => {
    const { storage, calls } = counted();
    const store = new ResultStore({ storage, serializer: plainJson, cacheBytes: 0 });
    const value = new Uint8Array(3_000_000).map((_, index) => index * 31);
    const reference = (await store.write(value)).toJSON();
    calls.length = 0;
    const back = await store.read<Uint8Array>(reference);
    expect(Buffer.compare(back, value)).toBe(0);
    expect(back.buffer.byteLength).toBe(value.byteLength);
    expect(calls).toEqual(["get"]);
  });
});

describe("results", () => {
  test.each([true, false, null, undefined])("%s stays in the reference, and no storage is touched", async (value) => {
    const { storage, calls } = counted();
    const store = new ResultStore({ storage, serializer: plainJson });
    const result = await store.write(value);
    expect(result).toBeInstanceOf(LiteralResult);
    expect(await store.read(JSON.stringify(result))).toBe(value);
    expect(await store.exists(JSON.stringify(result))).toBe(true);
    expect(calls).toEqual([]);
  });

  test("under a key a literal is an ordinary record", async () => {
    const store = open();
    expect(await store.write(null, { key: "k" })).toBeInstanceOf(PersistedResult);
    expect(await store.read("k")).toBe(null);
  });

  test("inlineBelow keeps small JSON values in the reference, and only those that come back exactly", async () => {
    const store = open({ inlineBelow: 64 });
    const small = await store.write({ a: ["x", 1, null] });
    expect(small.toJSON()).toEqual({ coatcheck: 1, value: { a: ["x", 1, null] } });
    const back = await store.read<{ a: unknown[] }>(small.toJSON());
    expect(back).toEqual({ a: ["x", 1, null] });
    expect(back).not.toBe((small.toJSON() as { value: unknown }).value);
    const changing = { n: 0 };
    const kept = await store.write(changing);
    changing.n++;
    expect([kept.toJSON(), await kept.get()]).toEqual([{ coatcheck: 1, value: { n: 0 } }, { n: 0 }]);
    const shared = {};
    for (const value of [
      "x".repeat(64),
      -0,
      NaN,
      [undefined],
      [shared, shared],
      { a: new Date(0) },
      Array(1),
      "\ud800",
    ]) {
      expect((await store.write([value])).kind).toBe("persisted");
    }
  });

  test("a result gives the same object each time, and two results never share one", async () => {
    const store = open();
    const reference = (await store.write({ a: 1 })).toJSON();
    const [one, two] = [await store.resolve(reference), await store.resolve(reference)];
    expect(one.value).toBe(NoResult);
    const [first, second] = await Promise.all([one.get(), one.get()]);
    expect(first).toBe(second);
    expect(one.value).toBe(first);
    expect(await two.get()).not.toBe(first);
    (one as PersistedResult).release();
    expect(await one.get()).not.toBe(first);
    const three = (one as PersistedResult).clone();
    expect([three.value, three.toJSON(), three.version]).toEqual([NoResult, one.toJSON(), one.version]);
    expect(await three.get()).toEqual({ a: 1 });
    expect(await three.get()).not.toBe(await one.get());
  });

  test("a second Result of one write costs a decode and no request for the payload", async () => {
    const { storage, calls } = counted();
    const store = new ResultStore({ storage, serializer: plainJson });
    const reference = (await store.write({ a: 1 })).toJSON();
    calls.length = 0;
    await Promise.all(Array.from({ length: 10 }, () => store.read(reference)));
    await store.read(reference);
    expect(calls).toEqual(["get"]);
  });

  test("an unpersisted result gives its value here, and its description anywhere else", async () => {
    const result = new UnpersistedResult([1], 'task "a" has persistResult: false');
    expect(await result.get()).toEqual([1]);
    const store = open();
    const read = store.read(JSON.stringify(result));
    await expect(read).rejects.toBeInstanceOf(MissingResult);
    expect((await rejection(store.read(result), "Unpersisted")).message).toContain('task "a" has persistResult: false');
    expect(await store.exists(JSON.stringify(result))).toBe(false);
  });

  test("reading after deleting or replacing in the same process says so, whatever was held", async () => {
    const store = open();
    const reference = (await store.write([1], { key: "k" })).toJSON();
    await store.read(reference);
    await store.write([2], { key: "k" });
    const error = await rejection(store.read(reference), "Replaced");
    expect(error.message).toMatch(/write of \d{4}-.*replaced by another on \d{4}-/);
    await rejection(store.exists(reference), "Replaced");
    await store.delete("k");
    await rejection(store.read(reference), "Missing");
  });
});

describe("expiry", () => {
  test("expired is gone by every path, memory included, and absent again for a writer", async () => {
    jest.useFakeTimers({ doNotFake: ["nextTick", "setImmediate", "queueMicrotask"] });
    try {
      const store = open();
      const result = await store.write([1], { key: "k", expiresIn: "5m" });
      const literal = await store.write(true, { expiresIn: 300_000 });
      const early = await store.resolve("k");
      expect(await result.get()).toEqual([1]);
      jest.setSystemTime(Date.now() + 299_999);
      expect(await store.exists("k")).toBe(true);
      await rejection(store.write([0], { key: "k", when: "absent" }), "AlreadyExists");
      jest.setSystemTime(Date.now() + 1);
      for (const gone of [result.get(), early.get(), literal.get(), result.stream(), early.stream()]) {
        await rejection(gone, "Expired");
      }
      for (const reference of ["k", result.toJSON(), JSON.stringify(literal)]) {
        await rejection(store.read(reference), "Expired");
        expect(await store.exists(reference)).toBe(false);
      }
      await rejection(store.stat("k"), "Expired");
      await store.write([2], { key: "k", when: "absent" });
      expect(await store.read("k")).toEqual([2]);
      await rejection(store.write([3], { key: "k", when: "absent" }), "AlreadyExists");
      await store.write([4], { key: "s", expiresIn: 1 });
      jest.setSystemTime(Date.now() + 10);
      await store.write(streamOf(bytes(7)), { key: "s", when: "absent" });
      expect([...(await bytesOf(await store.read("s")))]).toEqual([7]);
      await rejection(store.write(streamOf(bytes(8)), { key: "s", when: "absent" }), "AlreadyExists");
    } finally {
      jest.useRealTimers();
    }
  });

  test.each([0, -1, NaN, Infinity, "5", "5x", "m", ""])("%p is no duration", async (expiresIn) => {
    await rejection(open().write([1], { expiresIn: expiresIn as never }), "InvalidOption");
  });

  test.each([0, 64])(
    "a time beyond all dates is refused, with a record or without (inlineBelow: %p)",
    async (inlineBelow) => {
      await rejection(open({ inlineBelow }).write([1], { expiresIn: Number.MAX_SAFE_INTEGER }), "InvalidValue");
    },
  );
});

describe("conditions", () => {
  test("absent creates once; a version replaces only what was read", async () => {
    const store = open();
    const racers = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => store.write([index], { key: "k", when: "absent" })),
    );
    expect(racers.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const { version } = await store.resolve("k");
    const next = await store.write(["next"], { key: "k", when: { version: version! } });
    await rejection(store.write(["late"], { key: "k", when: { version: version! } }), "Conflict");
    expect(await store.read("k")).toEqual(["next"]);
    expect((await store.resolve("k")).version).toBe(next.version);
  });

  test("delete by reference takes its own write only", async () => {
    const store = open();
    const first = (await store.write([1], { key: "k" })).toJSON();
    const second = (await store.write([2], { key: "k" })).toJSON();
    await store.delete(first);
    expect(await store.read("k")).toEqual([2]);
    await store.delete(second);
    await store.delete(second);
    await store.delete("k");
    expect(await store.exists("k")).toBe(false);
  });
});

describe("looking without reading", () => {
  test("exists, stat and resolve read at most 4 KiB of a large result", async () => {
    const { storage, bytesRead } = counted();
    const store = new ResultStore({ storage, serializer: plainJson });
    const { location } = await store.write(new Uint8Array(5_000_000));
    expect(await store.exists(location!)).toBe(true);
    expect(bytesRead()).toBe(4096);
    const info = await store.stat(location!);
    expect(info).toMatchObject({ key: location, serializer: "bytes", payloadSize: 5_000_000, expiresAt: undefined });
    await store.resolve(location!);
    expect(bytesRead()).toBe(3 * 4096);
  });

  test("list names what is there, and with headers what each is", async () => {
    const storage = memory();
    const store = new ResultStore({ storage, serializer: plainJson });
    await store.write([1], { key: "a" });
    await storage.put("b", bytes(1, 2, 3));
    await storage.put(".coatcheck/lease/x", bytes(1));
    await store.write([2], { key: "c/d" });
    const keys = async (options: object) => {
      const found: string[] = [];
      for await (const entry of store.list(options)) {
        found.push(`${entry.key}:${entry.result?.serializer ?? entry.problem?.code ?? ""}`);
      }
      return found;
    };
    expect(await keys({})).toEqual(["a:", "b:", "c/d:"]);
    expect(await keys({ headers: true })).toEqual(["a:plain-json", "b:NotAResult", "c/d:plain-json"]);
    expect(await keys({ prefix: "c/" })).toEqual(["c/d:"]);
  });

  test("prune deletes what has expired or is old, and nothing else", async () => {
    jest.useFakeTimers({ doNotFake: ["nextTick", "setImmediate", "queueMicrotask"] });
    try {
      const storage = memory();
      const store = new ResultStore({ storage, serializer: plainJson });
      await store.write([1], { key: "old" });
      await store.write([2], { key: "short", expiresIn: "1h" });
      await storage.put("foreign", bytes(1));
      jest.setSystemTime(Date.now() + 2 * 3_600_000);
      await store.write([3], { key: "new" });
      const pruned: string[] = [];
      const dry = await store.prune({ expired: true, dryRun: true, onPrune: ({ key }) => pruned.push(key) });
      expect(dry).toMatchObject({ examined: 4, pruned: 1, unreadable: 1, changed: 0 });
      expect(pruned).toEqual(["short"]);
      expect(await store.prune({ expired: true })).toMatchObject({ pruned: 1 });
      expect(await store.prune({ olderThan: "1h" })).toMatchObject({ examined: 3, pruned: 1 });
      expect((await storage.list()).objects.map(({ key }) => key)).toEqual(["foreign", "new"]);
      await rejection(store.prune({}), "InvalidOption");
    } finally {
      jest.useRealTimers();
    }
  });
});

test.each([
  ["a short Uint8Array", () => bytes(1, 2)],
  ["a long Uint8Array", () => new Uint8Array(100_000)],
  ["a Buffer", () => Buffer.alloc(5000, "x")],
  ["an ArrayBuffer", () => new ArrayBuffer(8)],
])("%s with properties of its own is no mere bytes: the serializer gets it", async (_, make) => {
  const given: unknown[] = [];
  const serializer = { ...plainJson, serialize: (value: unknown) => (given.push(value), bytes(0x31)) };
  const store = new ResultStore({ storage: memory(), serializer });
  await store.write(make());
  expect(given).toEqual([]);
  for (const key of ["note", Symbol("note")]) {
    for (const enumerable of [true, false]) {
      const value = Object.defineProperty(make(), key, { value: 1, enumerable });
      await store.write(value);
      expect(given.at(-1)).toBe(value);
    }
  }
});

describe("prune of cached results", () => {
  const setUp = async () => {
    const storage = memory();
    const reserved = await openReserved({ storage, serializer: plainJson });
    const store = new ResultStore({ storage, serializer: plainJson });
    const reference = await reserved.write(["cached"], { key: `${CACHE_PREFIX}1` });
    await store.write(["kept"], { key: "kept" });
    await storage.put(".coatcheck/lease/1", bytes(1));
    return { storage, store, reference };
  };

  test("takes them and nothing else, and the other prune none of them", async () => {
    const { storage, store, reference } = await setUp();
    const pruned: string[] = [];
    const onPrune = ({ key }: { key: string }) => void pruned.push(key);
    expect(await store.prune({ expired: true })).toMatchObject({ examined: 1, pruned: 0 });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await store.prune({ olderThan: 1, cached: true, dryRun: true, onPrune })).toMatchObject({ pruned: 1 });
    expect(await store.read(reference)).toEqual(["cached"]);
    expect(await store.prune({ olderThan: 1, cached: true, onPrune })).toMatchObject({ examined: 1, pruned: 1 });
    expect(pruned).toEqual([`${CACHE_PREFIX}1`, `${CACHE_PREFIX}1`]);
    await rejection(store.read(reference), "Missing");
    expect((await storage.list()).objects.map(({ key }) => key)).toEqual([".coatcheck/lease/1", "kept"]);
  });

  test("cannot choose by key, and is told what goes", async () => {
    const { store } = await setUp();
    const refused = await rejection(store.prune({ olderThan: 1, cached: true, prefix: "k" }), "InvalidOption");
    expect(refused.message).toBe("prune: cached results have no keys to choose by. Leave out prefix, or cached.");
    await rejection(store.prune({ cached: true }), "InvalidOption");
  });
});

describe("bad input", () => {
  test.each([
    "",
    "/a",
    "a/",
    "a//b",
    "a/../b",
    "a/.",
    "a\\b",
    "a\u0000",
    "\ud800",
    "x".repeat(1025),
    ".coatcheck/x",
    '{"a',
  ])("the key %j is refused before anything is written", async (key) => {
    const { storage, calls } = counted();
    const store = new ResultStore({ storage, serializer: plainJson });
    await rejection(store.write([1], { key }), "InvalidKey");
    expect(calls).toEqual([]);
  });

  test.each([
    ["{", "NotAResult"],
    ["{}", "NotAResult"],
    ['{"coatcheck":2}', "UnknownFormat"],
    ['{"coatcheck":1}', "NotAResult"],
    ['{"coatcheck":1,"storage":"memory:x","key":"../x"}', "NotAResult"],
    ['{"coatcheck":1,"storage":"memory:x","key":"x","writeId":"1","size":-1}', "NotAResult"],
  ])("%s is no reference", async (text, code) => {
    await rejection(open().read(text), code);
    await rejection(open().exists(text), code);
  });

  test("an option that is not known is refused before anything is done, and the nearest named", async () => {
    const { storage, calls } = counted();
    const store = new ResultStore({ storage, serializer: plainJson });
    const drained = async (entries: AsyncIterable<unknown>): Promise<void> => {
      for await (const _ of entries);
    };
    const misspelt: [method: string, call: Promise<unknown>, known: string][] = [
      ["write", store.write([1], { expires_in: "1d" } as never), "expiresIn"],
      ["prune", store.prune({ olderThan: "1s", dryrun: true } as never), "dryRun"],
      ["list", drained(store.list({ prefx: "a/" } as never)), "prefix"],
      ["writeMany", drained(store.writeMany([[1]], { expiresin: "1d" } as never)), "expiresIn"],
      ["readMany", drained(store.readMany(["a"], { concurency: 2 } as never)), "concurrency"],
    ];
    for (const [method, call, known] of misspelt) {
      const { message } = await rejection(call, "UnknownOption");
      expect(message).toMatch(new RegExp(`^${method} has no option "\\w+"\\. Did you mean "${known}"\\?`));
    }
    expect(calls).toEqual([]);
  });

  test.each<[method: string, call: (store: ResultStore) => Promise<unknown>]>([
    ["write", async (store) => await store.write([1], "a" as never)],
    ["prune", async (store) => await store.prune(undefined as never)],
    ["prune", async (store) => await store.prune({ olderThan: "1s", dryRun: "yes" as never })],
    ["list", async (store) => await store.list("a/" as never).next()],
  ])("options of %s that are something else are refused", async (method, call) => {
    const { storage, calls } = counted();
    const error = await rejection(call(new ResultStore({ storage, serializer: plainJson })), "InvalidOption");
    expect(error.message).toContain(method);
    expect(calls).toEqual([]);
  });

  test.each([null, undefined, 5, true, []])("%p is no reference either", async (value) => {
    await rejection(open().read(value as never), "NotAResult");
    await rejection(open().exists(value as never), "NotAResult");
    await rejection(open().delete(value as never), "NotAResult");
  });

  test.each<[option: string, value: unknown, code: string, text: string]>([
    ["storage", { get: async () => undefined, put: async () => undefined }, "InvalidSlug", "new Storage(driver)"],
    ["storage", Promise.resolve(memory()), "InvalidSlug", "[object Promise]"],
    ["storages", memory(), "InvalidOption", "storages is a list"],
    ["storages", [memory(), undefined], "InvalidSlug", '"undefined" names no storage'],
    ["storages", [5], "InvalidSlug", '"5" names no storage'],
    ["serializer", JSON, "InvalidSlug", "as json() gives"],
    ["serializer", Promise.resolve(plainJson), "InvalidSlug", "[object Promise]"],
  ])("%s that is none is refused by the constructor: %p", (option, value, code, text) => {
    expect(() => open({ [option]: value })).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(text) }),
    );
  });

  test("a schema that is none is refused when the store is opened", async () => {
    const error = await rejection(open({ schema: { parse: (value: unknown) => value } }).open(), "InvalidOption");
    expect(error.message).toContain("~standard");
  });

  // Their results would be written, and then read by nobody, or as something else.
  test.each<[what: string, wrong: object, code: string, text: string]>([
    ["no type", { type: undefined }, "InvalidPlugin", '"undefined" cannot be the type of a serializer'],
    ["a type that is no text", { type: 3 }, "InvalidPlugin", '"3" cannot be the type of a serializer'],
    ["a type that no name can say", { type: "My Own" }, "InvalidPlugin", '"My Own" cannot be the type of a serializer'],
    ["the type of bytes", { type: "bytes" }, "InvalidPlugin", '"bytes" cannot be the type of a serializer'],
    ["a description without a type", { describe: () => ({ a: 1 }) }, "InvalidOption", '"plain-json"'],
    ["another type in its description", { describe: () => ({ type: "json" }) }, "InvalidOption", '"plain-json"'],
    ["a description in a promise", { describe: async () => ({ type: "plain-json" }) }, "InvalidOption", "describe()"],
  ])("a serializer with %s is refused before anything is written", async (_, wrong, code, text) => {
    const { storage, calls } = counted();
    const store = new ResultStore({ storage, serializer: { ...plainJson, ...wrong } as never });
    const error = await rejection(store.write([1]), code);
    expect(error.message).toContain(text);
    expect(calls).toEqual([]);
  });

  test.each([undefined, null, "json", {}, () => plainJson])("a codec has a serializer inside, not %p", (inner) => {
    expect(() => withCodec({ type: "own" } as never, inner as never)).toThrow(
      expect.objectContaining({
        code: "InvalidOption",
        message: expect.stringContaining("Codec own needs a Serializer"),
      }),
    );
  });

  test.each<[method: string, call: (store: ResultStore, options: never) => Promise<unknown>]>([
    ["write", async (store, options) => await store.write([1], options)],
    ["read", async (store, options) => await store.read("k", options)],
    ["resolve", async (store, options) => await store.resolve("k", options)],
    ["exists", async (store, options) => await store.exists("k", options)],
    ["stat", async (store, options) => await store.stat("k", options)],
    ["delete", async (store, options) => await store.delete("k", options)],
    ["list", async (store, options) => await store.list(options).next()],
    ["prune", async (store, options) => await store.prune({ expired: true, ...(options as object) })],
    ["writeMany", async (store, options) => await store.writeMany([1], options).next()],
    ["readMany", async (store, options) => await store.readMany(["k"], options).next()],
  ])("%s takes no options that it does not have, and a signal that is one", async (method, call) => {
    const { storage, calls } = counted();
    const store = new ResultStore({ storage, serializer: plainJson });
    const unknown = await rejection(call(store, { sginal: undefined } as never), "UnknownOption");
    expect(unknown.message).toContain(`${method} has no option "sginal". Did you mean "signal"?`);
    for (const signal of [new AbortController(), {}]) {
      const wrong = await rejection(call(store, { signal } as never), "InvalidOption");
      expect(wrong.message).toContain(`${method}: option "signal" is an AbortSignal`);
    }
    if (method !== "prune") await rejection(call(store, null as never), "InvalidOption");
    expect(calls).toEqual([]);
  });

  test("a condition that is null is not taken for none", async () => {
    const store = open();
    await store.write([1], { key: "k" });
    await rejection(store.write([2], { key: "k", when: null as never }), "Misconfigured");
    expect(await store.read("k")).toEqual([1]);
  });

  test("a stranger's reference opens nothing that the reader did not configure", async () => {
    const here = memory();
    const store = new ResultStore({ storage: here, serializer: plainJson });
    const reference = (await store.write([1])).toJSON() as Reference & { storage: string };
    for (const storage of ["memory:strange", "file:///etc", "s3/prod", "https://example.com/x", "local/results", "%"]) {
      const error = await rejection(store.read({ ...reference, storage }), "UnknownStorage");
      expect(error.message).toContain(storage);
    }
    const there = memory();
    const reader = new ResultStore({ storage: there, serializer: plainJson, storages: [here] });
    expect(await reader.read(reference)).toEqual([1]);
  });

  test("a value that cannot be serialized says where, and leaves what was there", async () => {
    const store = open();
    await store.write([1], { key: "k" });
    await rejection(
      store.write(() => 1, { key: "k" }),
      "NotSerializable",
    );
    expect(await store.read("k")).toEqual([1]);
  });

  test("an aborted signal comes through untouched, before and during", async () => {
    const store = open();
    const reason = new Error("stop");
    await expect(store.write([1], { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const reference = (await store.write([1], { key: "k" })).toJSON();
    for (const method of ["read", "resolve", "exists", "stat", "delete"] as const) {
      await expect(store[method](reference, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    }
    const controller = new AbortController();
    const source = new ReadableStream<Uint8Array>({
      pull(stream) {
        stream.enqueue(bytes(1));
        controller.abort(reason);
      },
    });
    await expect(store.write(source, { key: "s", signal: controller.signal })).rejects.toBe(reason);
    expect(await store.exists("s")).toBe(false);
    expect(await store.read("k")).toEqual([1]);
  });

  test.each([
    [{ storage: memory(), serialiser: "json" }, "UnknownOption", 'Did you mean "serializer"?'],
    [{}, "InvalidOption", 'needs the option "storage"'],
    [{ storage: "results" }, "InvalidSlug", "type/name"],
    [{ storage: memory(), serializer: "Json" }, "InvalidSlug", "json"],
    [{ storage: memory(), digest: "md5" }, "InvalidOption", "crc32"],
    [{ storage: memory(), cacheBytes: -1 }, "InvalidOption", "cacheBytes"],
  ])("options %# are refused at once", (options, code, text) => {
    const make = () => new ResultStore(options as never);
    expect(make).toThrow(expect.objectContaining({ code }) as never);
    expect(make).toThrow(text);
  });

  test.each([
    ["local/prod", "json", "UnknownBlock", "registerBlock"],
    ["floppy:a", "json", "UnknownType", "Known: memory, local"],
    ["memory:a", "jsn", "UnknownType", 'Did you mean "json"?'],
    ["memory:a", "squeezed/json", "UnknownType", "compressed"],
    ["memory:a?colour=red", "json", "UnknownOption", "colour"],
    ["https://u:p@host/x", "json", "InvalidOption", "password"],
  ])("storage %s with serializer %s is refused when it is opened", async (storage, serializer, code, text) => {
    const store = new ResultStore({ storage, serializer });
    expect((await rejection(store.open(), code)).message).toContain(text);
    await rejection(store.write([1]), code);
  });
});

test("a schema is asked on write and on read, and never changes a value", async () => {
  const schema: StandardSchema<{ n: number }> = {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: async (value) =>
        typeof (value as { n?: unknown }).n === "number"
          ? { value: { n: 0 } }
          : { issues: [{ message: "expected a number", path: ["n"] }] },
    },
  };
  const storage = memory();
  const store = new ResultStore({ storage, serializer: plainJson, schema });
  expect(await store.read((await store.write({ n: 1 })).toJSON())).toEqual({ n: 1 });
  const error = await rejection(store.write({ n: "1" } as never, { key: "k" }), "InvalidValue");
  expect(error.message).toContain('$["n"]: expected a number');
  expect(await store.exists("k")).toBe(false);
  await new ResultStore({ storage, serializer: plainJson }).write({ n: "1" }, { key: "k" });
  await rejection(store.read("k"), "InvalidValue");
});

test("a handle works the 1.x way", async () => {
  const store = open();
  const handle = store.at("{date:%Y}/{task_name}.json", { task_name: "extract/all" });
  expect(await handle.exists()).toBe(false);
  const result = await handle.write({ a: 1 });
  expect(result.location).toBe(`${new Date().getUTCFullYear()}/extract%2Fall.json`);
  expect(handle.location).toBe("{date:%Y}/{task_name}.json");
  expect(await handle.exists()).toBe(true);
  expect(await handle.read()).toEqual({ a: 1 });
  expect(() => store.at("{task_nam}.json", { task_name: "x" })).toThrow('Did you mean "task_name"?');
});
