import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { msgpack } from "@coatcheck/serializer-msgpack";
import { kinds } from "./corpus.ts";
import { firstDifference } from "@coatcheck/testing";

const serializer = msgpack();
const write = (value: unknown): Uint8Array => serializer.serialize(value) as Uint8Array;
const roundTrip = (value: unknown): unknown => serializer.deserialize(write(value));

const places: readonly (readonly [string, (value: unknown) => unknown])[] = [
  ["in an object", (value) => ({ a: 1, value })],
  ["in an array", (value) => [value, 1]],
  ["in a Map and a Set", (value) => new Map<unknown, unknown>([[value, new Set([value])]])],
  ["beside a cycle", (value) => ((it: Record<string, unknown>) => Object.assign(it, { it, value }))({})],
  ["300 levels deep", (value) => Array.from({ length: 300 }).reduce<unknown>((inner) => ({ inner }), value)],
];

describe.each(Object.entries(kinds))("%s", (_, makers) => {
  test("has at least three values", () => {
    expect(makers.length).toBeGreaterThanOrEqual(3);
  });

  test.each(makers.map((make, index) => ({ index, make })))("value $index comes back exactly", ({ make }) => {
    const value = make();
    const bytes = write(value);
    expect(firstDifference(serializer.deserialize(bytes), value)).toBeUndefined();
    // What was read writes the same bytes again, and so does the value: it was not touched.
    expect(Buffer.compare(write(serializer.deserialize(bytes)), bytes)).toBe(0);
    expect(Buffer.compare(write(value), bytes)).toBe(0);
  });

  // What is large is large in every place: the small ones tell as much.
  const small = makers.filter((make) => write(make()).byteLength < 100_000);
  test.each(places)("%s", (__, wrap) => {
    for (const make of small) {
      const value = wrap(make());
      expect(firstDifference(roundTrip(value), value)).toBeUndefined();
    }
  });
});

test("a string of 100 MB comes back exactly", () => {
  const text = "ab\n".repeat(33_333_334);
  expect(roundTrip({ text })).toEqual({ text });
});

test("objects whose names are numbers far apart come back, in whichever form they are written", () => {
  const names = fc.array(fc.oneof(fc.nat(40), fc.integer({ min: 2040, max: 2060 }), fc.nat(6000), fc.nat(2 ** 32)));
  fc.assert(
    fc.property(names, (numbers) => {
      const object = Object.fromEntries(numbers.map((number) => [number, { name: number }]));
      const value = [object, Object.freeze({ ...object }), Object.assign(new Map(), object)];
      expect(firstDifference(roundTrip(value), value)).toBeUndefined();
      const plain = msgpack({ profile: "plain" });
      expect(firstDifference(plain.deserialize(plain.serialize(object) as Uint8Array), object)).toBeUndefined();
    }),
  );
});

test("a part of a large buffer is stored as its own bytes only", () => {
  expect(write(new Uint8Array(1_000_000).subarray(10, 20)).byteLength).toBeLessThan(32);
  expect(write(Buffer.from("pooled")).byteLength).toBeLessThan(32);
});

test("bytes of a shared buffer that no view of the value shows are not stored", () => {
  const secret = Buffer.from("a secret between two views");
  const buffer = new Uint8Array([1, 2, 3, 4, ...secret, 5, 6]).buffer;
  const value = [new Uint8Array(buffer, 0, 4), new Uint8Array(buffer, buffer.byteLength - 2)];
  const bytes = Buffer.from(write(value));
  expect(bytes.includes(secret.subarray(0, 4))).toBe(false);
  const [first, last] = serializer.deserialize(bytes) as Uint8Array[];
  expect([...first!, ...last!]).toEqual([1, 2, 3, 4, 5, 6]);
  expect(first!.buffer).toBe(last!.buffer);
  const pooled = [Buffer.from("one"), Buffer.from("the secret"), Buffer.from("two")];
  expect(Buffer.from(write([pooled[0], pooled[2]])).includes("secret")).toBe(false);
});

test("what is given back holds on to no larger memory, and what is read holds on to none of the bytes", () => {
  write("x".repeat(5_000_000));
  for (const size of [10, 1000, 300_000, 3_000_000]) {
    const bytes = write("x".repeat(size));
    expect(bytes.buffer.byteLength).toBeLessThan(bytes.byteLength * 1.2 + 100);
  }
  const bytes = write({ text: "a text", data: Buffer.alloc(10, 1), view: new Uint8Array([1, 2]) });
  const value = serializer.deserialize(bytes) as { text: string; data: Buffer; view: Uint8Array };
  bytes.fill(0);
  expect(value.text).toBe("a text");
  expect(value.data).toEqual(Buffer.alloc(10, 1));
  expect(value.view).toEqual(new Uint8Array([1, 2]));
  expect(value.data.buffer.byteLength).toBe(10);
});

test("a value that is written while another is does not disturb it", () => {
  class Outer {
    inner = { text: "inner" };
  }
  const nested = msgpack({
    classes: [
      {
        class: Outer,
        toState: ({ inner }: Outer) => nested.serialize(inner) as Uint8Array,
        fromState: (bytes: Uint8Array) => Object.assign(new Outer(), { inner: nested.deserialize(bytes) }),
      },
    ],
  });
  const value = [{ text: "before" }, new Outer(), { text: "after" }, { text: "inner" }];
  expect(firstDifference(nested.deserialize(nested.serialize(value) as Uint8Array), value)).toBeUndefined();
});
