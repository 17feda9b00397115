import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { memory, ResultStore, type Storage, withCodec, type Codec } from "@coatcheck/core";
import { copyRecord } from "@coatcheck/core/tools";
import { bytesOf, plainJson, rejection, streamOf } from "./helpers.ts";

const raw = async (storage: Storage, key: string): Promise<Uint8Array> => await (await storage.get(key))!.bytes();

function flipped(type: string): Codec {
  async function* flip(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) yield chunk.map((byte) => byte ^ 0xff);
  }
  return { type, encode: flip, decode: flip, describe: () => ({ type }) };
}

test("the copy of any record is the same bytes, and its reference's write", async () => {
  const large = fc.integer({ min: 0, max: 600_000 }).map((size) => new Uint8Array(size).fill(7));
  const value = fc.oneof(
    fc.jsonValue(),
    large,
    large.map((bytes) => streamOf(bytes, bytes)),
  );
  await fc.assert(
    fc.asyncProperty(value, fc.constantFrom("crc32", "sha256"), async (given, digest) => {
      const [source, target] = [memory(), memory()];
      await new ResultStore({ storage: source, serializer: plainJson, digest }).write(given, {
        key: "k",
        expiresIn: "1h",
      });
      let passed = 0;
      const outcome = await copyRecord(source, "k", target, { to: "a/b", onBytes: (count) => (passed += count) });
      const [from, to] = [await raw(source, "k"), await raw(target, "a/b")];
      expect(Buffer.compare(from, to)).toBe(0);
      expect(outcome).toEqual({ copied: true, size: from.byteLength });
      const { payloadSize } = await new ResultStore({ storage: target, serializer: plainJson }).stat("a/b");
      expect(passed).toBe(payloadSize);
    }),
    { numRuns: 60 },
  );
});

test("what is there already is the same write, or an error; with overwrite it goes", async () => {
  const [source, target] = [memory(), memory()];
  const store = new ResultStore({ storage: source, serializer: plainJson });
  await store.write([1], { key: "k" });
  await copyRecord(source, "k", target);
  expect(await copyRecord(source, "k", target)).toMatchObject({ copied: false });
  await store.write([2], { key: "k" });
  await rejection(copyRecord(source, "k", target), "AlreadyExists");
  expect(await copyRecord(source, "k", target, { overwrite: true })).toMatchObject({ copied: true });
  expect(await new ResultStore({ storage: target, serializer: plainJson }).read("k")).toEqual([2]);
});

test.each([100, 600_000])(
  "a record of %i bytes that was damaged anywhere leaves nothing in the target",
  async (size) => {
    const [source, target] = [memory(), memory()];
    await new ResultStore({ storage: source, serializer: plainJson }).write(streamOf(new Uint8Array(size)), {
      key: "k",
    });
    const whole = await raw(source, "k");
    for (const at of [0, 20, 150, whole.length - 170, whole.length - 100, whole.length - 1]) {
      const damaged = whole.slice();
      damaged[at]! ^= 1;
      await source.put("k", damaged);
      const { code } = (await copyRecord(source, "k", target).catch((error: unknown) => error)) as { code: string };
      expect(["Corrupt", "NotAResult"]).toContain(code);
      expect(await target.get("k")).toBeUndefined();
    }
  },
);

test("missing, expired and no result are told apart", async () => {
  const source = memory();
  await rejection(copyRecord(source, "k", memory()), "Missing");
  await new ResultStore({ storage: source, serializer: plainJson }).write([1], { key: "k", expiresIn: 1 });
  await new Promise((resolve) => setTimeout(resolve, 5));
  await rejection(copyRecord(source, "k", memory()), "Expired");
  await source.put("k", new Uint8Array(10));
  await rejection(copyRecord(source, "k", memory()), "NotAResult");
});

test("what a codec may tie to its key is copied under that key only; compressed ties nothing", async () => {
  for (const [type, movable] of [
    ["compressed", true],
    ["encrypted", false],
    ["of-my-own", false],
  ] as const) {
    const [source, target] = [memory(), memory()];
    const serializer = withCodec(flipped(type), plainJson);
    await new ResultStore({ storage: source, serializer }).write([1], { key: "k" });
    const moved = copyRecord(source, "k", target, { to: "other" });
    if (movable) await moved;
    else expect((await rejection(moved, "InvalidValue")).message).toContain("under the same key");
    await copyRecord(source, "k", target);
    expect(await new ResultStore({ storage: target, serializer }).read("k")).toEqual([1]);
  }
});

test.each([".coatcheck/x", ".coatcheck/cache/x", '{"a"', "../x"])("under %p nobody could read it", async (to) => {
  const [source, target] = [memory(), memory()];
  await new ResultStore({ storage: source, serializer: plainJson }).write([1], { key: "k" });
  await rejection(copyRecord(source, "k", target, { to }), "InvalidKey");
  expect((await target.list()).objects).toEqual([]);
});

test("an abort rejects with its reason and leaves nothing", async () => {
  const [source, target] = [memory(), memory()];
  await new ResultStore({ storage: source, serializer: plainJson }).write(streamOf(new Uint8Array(600_000)), {
    key: "k",
  });
  const abort = new AbortController();
  const copying = copyRecord(source, "k", target, {
    signal: abort.signal,
    onBytes: () => abort.abort(new Error("enough")),
  });
  await expect(copying).rejects.toThrow("enough");
  expect(await target.get("k")).toBeUndefined();
  const stream = await (await new ResultStore({ storage: source, serializer: plainJson }).resolve("k")).stream();
  expect((await bytesOf(stream)).byteLength).toBe(600_000);
});
