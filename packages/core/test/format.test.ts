import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { memory, ResultStore, type Storage } from "@coatcheck/core";
import { encodeHeader, type ResultHeader } from "../src/result/header.ts";
import { bytesOf, plainJson, rejection, streamOf } from "./helpers.ts";

type Kind = "value" | "bytes" | "stream" | "sha256";

async function written(kind: Kind): Promise<{ file: Uint8Array; text: string }> {
  const storage = memory();
  const store = new ResultStore({ storage, serializer: plainJson, digest: kind === "sha256" ? "sha256" : "crc32" });
  const raw = new TextEncoder().encode("abc\ndef");
  const value = kind === "bytes" ? raw : kind === "value" ? { a: ["line\n", 1] } : streamOf(raw);
  const result = await store.write(value, { key: "k", expiresIn: "30d" });
  const file = await (await storage.get("k"))!.bytes();
  return { file, text: JSON.stringify(result) };
}

/** A store whose one file is `file`, under the name that references use. */
async function holding(file: Uint8Array, storage: Storage): Promise<ResultStore> {
  await storage.put("k", file);
  return new ResultStore({ storage, serializer: plainJson, cacheBytes: 0 });
}

/** Every way to read a record, to the end. */
async function* ways(store: ResultStore, text: string): AsyncGenerator<() => Promise<unknown>> {
  const drain = async (value: unknown): Promise<unknown> =>
    value instanceof ReadableStream ? await bytesOf(value as ReadableStream<Uint8Array>) : value;
  for (const reference of ["k", text]) {
    yield async () => await drain(await store.read(reference));
    yield async () => await drain(await (await store.resolve(reference)).get());
    yield async () => await drain(await (await store.resolve(reference)).stream());
  }
}

describe.each<Kind>(["value", "bytes", "stream", "sha256"])("damage to a %s", (kind) => {
  test("whatever single bit is flipped: Corrupt, every time, by every way of reading", async () => {
    const { file, text } = await written(kind);
    const storage = memory({ name: `flip-${kind}` });
    const reference = JSON.stringify({ ...JSON.parse(text), storage: storage.url });
    const intact = await holding(file, storage);
    for await (const way of ways(intact, reference)) await way();
    const keys = new Set<string>();
    for (let bit = 0; bit < file.byteLength * 8; bit++) {
      const flipped = file.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      const store = await holding(flipped, storage);
      for await (const way of ways(store, reference)) {
        const { key } = (await rejection(way(), "Corrupt")) as Error & { code: string; key: string };
        keys.add(key);
      }
    }
    expect([...keys]).toEqual(["k"]);
  }, 120_000);

  test("wherever it is cut, and whatever is added: Corrupt, every time", async () => {
    const { file, text } = await written(kind);
    const storage = memory({ name: `cut-${kind}` });
    const reference = JSON.stringify({ ...JSON.parse(text), storage: storage.url });
    const wrong = Array.from({ length: file.byteLength }, (_, length) => file.slice(0, length));
    wrong.push(new Uint8Array([...file, 0]), new Uint8Array([...file, ...file]));
    for (const bytes of wrong) {
      const store = await holding(bytes, storage);
      for await (const way of ways(store, reference)) await rejection(way(), "Corrupt");
      // The header alone tells a cut where it knows the size; with a trailer, where not even that is whole.
      if (kind === "value" || kind === "bytes") await rejection(store.exists("k"), "Corrupt");
    }
  });
});

describe("what is not a result", () => {
  test.each([
    ["text", "hello\n", "NotAResult"],
    ["JSON", '{"a":1}\n', "NotAResult"],
    ["JSON on several lines", '{\n  "a": 1\n}\n', "NotAResult"],
    ["lines, the first of them empty", "\nhello\n", "NotAResult"],
    ["binary", "\u0000\u0001\u0002", "NotAResult"],
    ["a later version", '{"coatcheck":2,"anything":true}\n', "UnknownFormat"],
    ["nothing", "", "Corrupt"],
  ])("%s", async (_, content, code) => {
    const store = await holding(new TextEncoder().encode(content), memory());
    await rejection(store.read("k"), code);
    await rejection(store.exists("k"), code);
  });

  test.each([
    "2026-02-30T09:00:00.000Z",
    "2026-11-20T24:00:00.000Z",
    "20260-11-20T09:00:00.000Z",
    "2026-11-20T09:00:00Z",
    "+275760-09-13T00:00:00.001Z",
  ])("a time that is none, %s", async (createdAt) => {
    const { file } = await written("value");
    const end = file.indexOf(10);
    const { check: _, ...header } = JSON.parse(new TextDecoder().decode(file.subarray(0, end))) as {
      check: string;
    } & ResultHeader;
    const payload = file.subarray(end + 1);
    const changed = (times: object): Uint8Array =>
      new Uint8Array(Buffer.concat([encodeHeader({ ...header, codecs: [], ...times }), payload]));
    expect(await (await holding(changed({}), memory())).exists("k")).toBe(true);
    await rejection((await holding(changed({ createdAt }), memory())).exists("k"), "Corrupt");
    await rejection((await holding(changed({ expiresAt: createdAt }), memory())).exists("k"), "Corrupt");
  });

  test("bytes at random, long and short, are an error of ours and nothing else", async () => {
    const storage = memory();
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array({ maxLength: 5000 }),
          fc.string({ unit: "binary" }).map((s) => new TextEncoder().encode(`{"coatcheck":1,${s}\n`)),
        ),
        async (content) => {
          const store = await holding(content, storage);
          const error = await store.read("k").catch((caught: Error & { code: string }) => caught);
          expect(["NotAResult", "Corrupt", "UnknownFormat"]).toContain((error as { code: string }).code);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("sizes that were promised", () => {
  test("a header is under 600 bytes, a reference under 400 with its storage's name, plus its key", async () => {
    for (const digest of ["crc32", "sha256"] as const) {
      const storage = memory({ name: "x".repeat(100) });
      const store = new ResultStore({ storage, serializer: plainJson, digest });
      const result = await store.write(new Uint8Array(10), { key: "k", expiresIn: "30d" });
      const file = await (await storage.get("k"))!.bytes();
      expect(file.indexOf(0x0a)).toBeLessThan(600);
      expect(new TextEncoder().encode(JSON.stringify(result)).byteLength - 1).toBeLessThan(400);
    }
  });

  test("a header over 4,096 bytes is refused on writing, and what was there stays", async () => {
    const storage = memory();
    const chatty = { ...plainJson, describe: () => ({ type: "plain-json", note: "x".repeat(4000) }) };
    const store = new ResultStore({ storage, serializer: chatty });
    await new ResultStore({ storage, serializer: plainJson }).write([1], { key: "k" });
    await rejection(store.write([1], { key: "k" }), "InvalidValue");
    expect(await new ResultStore({ storage, serializer: plainJson }).read("k")).toEqual([1]);
  });

  test("the first line of a file is one line of JSON, and the rest is the payload", async () => {
    const { file } = await written("value");
    const text = new TextDecoder().decode(file);
    const [line] = text.split("\n", 1);
    expect(JSON.parse(line!)).toMatchObject({
      coatcheck: 1,
      serializer: { type: "plain-json" },
      size: text.length - line!.length - 1,
    });
    expect(JSON.parse(text.slice(line!.length + 1))).toEqual({ a: ["line\n", 1] });
  });
});

test("a record of a serializer that is not there says which, and still tells its header", async () => {
  const storage = memory();
  const own = { ...plainJson, type: "my-own" };
  await new ResultStore({ storage, serializer: own }).write([1], { key: "k" });
  const store = new ResultStore({ storage, serializer: plainJson });
  expect((await rejection(store.read("k"), "UnknownSerializer")).message).toContain('"my-own"');
  expect(await store.stat("k")).toMatchObject({ serializer: "my-own" });
  expect(await store.exists("k")).toBe(true);
});
