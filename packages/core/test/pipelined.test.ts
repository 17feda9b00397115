import zlib from "node:zlib";
import { afterEach, describe, expect, jest, test } from "@jest/globals";
import { memory, type RecordReference, ResultStore, type Storage } from "@coatcheck/core";
import { type Body } from "../src/storage/body.ts";
import { plainJson, rejection } from "./helpers.ts";

const MB = 1024 * 1024;

afterEach(() => {
  jest.restoreAllMocks();
});

/** A storage that is pipelined, and tells when it begins and ends to write each chunk. */
function pipelined(): { storage: Storage; events: string[]; streams: () => number } {
  const events: string[] = [];
  let streams = 0;
  function written(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    streams++;
    return slowly(body);
  }
  async function* slowly(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      if (chunk.byteLength >= MB / 2) {
        events.push(`begins ${chunk.byteLength}`);
        for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
        events.push("ends");
      }
      yield chunk;
    }
  }
  const storage = new Proxy(memory(), {
    get(target, name) {
      if (name === "pipelined") return true;
      const member = Reflect.get(target, name, target) as unknown;
      if (typeof member !== "function") return member;
      const method = (member as (...args: unknown[]) => unknown).bind(target);
      if (name !== "put") return method;
      return (key: string, body: Body, options: unknown) =>
        method(key, Symbol.asyncIterator in body ? written(body) : body, options);
    },
  });
  return { storage, events, streams: () => streams };
}

const content = (size: number): Uint8Array => Uint8Array.from({ length: size }, (_, at) => at * 7 + (at >>> 11));

test("a large result is hashed while a pipelined storage writes it", async () => {
  const { storage, events } = pipelined();
  const crc32 = zlib.crc32;
  jest.spyOn(zlib, "crc32").mockImplementation((data, value) => {
    const { length } = data as Uint8Array;
    if (length >= MB / 2) events.push(`hashes ${length}`);
    return crc32(data, value);
  });
  const store = new ResultStore({ storage, serializer: plainJson });
  const value = content(20 * MB);
  const reference = (await store.write(value, { key: "k" })).toJSON();
  const writing = (size: number): string[] => [`begins ${size}`, `hashes ${size}`, "ends"];
  expect(events).toEqual([...writing(16 * MB), ...writing(4 * MB)]);
  expect(reference).toMatchObject({ size: 20 * MB, digest: `crc32:${crc32(value).toString(16).padStart(8, "0")}` });
});

describe.each(["crc32", "sha256"] as const)("%s, on a pipelined storage and on another", (digest) => {
  test.each([0, 1, MB - 1, MB, MB + 1, 3 * MB, 17 * MB + 3])("%d bytes: the same value and facts", async (size) => {
    const value = content(size);
    const found = await Promise.all(
      [pipelined().storage, memory()].map(async (storage) => {
        const store = new ResultStore({ storage, serializer: plainJson, digest });
        const reference = (await store.write(value, { key: "k" })).toJSON() as RecordReference;
        const reader = new ResultStore({ storage, serializer: plainJson });
        expect(Buffer.compare(await reader.read<Uint8Array>(reference), value)).toBe(0);
        expect((await reader.stat("k")).payloadSize).toBe(size);
        expect((await reader.resolve("k")).toJSON()).toMatchObject({ size, digest: reference.digest });
        return { size: reference.size, digest: reference.digest };
      }),
    );
    expect(found[0]).toEqual(found[1]);
    expect(found[0]).toMatchObject({ size, digest: expect.stringMatching(`^${digest}:`) });
  });
});

test("it may be sent again: absent over an expired one, and over one that is there", async () => {
  const { storage, streams } = pipelined();
  const store = new ResultStore({ storage, serializer: plainJson });
  await store.write("old", { key: "k", expiresIn: 1 });
  await new Promise((resolve) => setTimeout(resolve, 5));
  const value = content(2 * MB);
  const reference = (await store.write(value, { key: "k", when: "absent" })).toJSON();
  expect(streams()).toBe(2);
  expect(Buffer.compare(await store.read<Uint8Array>(reference), value)).toBe(0);
  await rejection(store.write(content(3 * MB), { key: "k", when: "absent" }), "AlreadyExists");
  expect(Buffer.compare(await store.read<Uint8Array>("k"), value)).toBe(0);
});
