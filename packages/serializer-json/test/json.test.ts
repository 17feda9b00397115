import { expect, test } from "@jest/globals";
import { SerializationError } from "@coatcheck/core";
import { json } from "@coatcheck/serializer-json";
import { difference } from "./same.ts";

const serializer = json();
const text = (value: unknown): string => new TextDecoder().decode(serializer.serialize(value) as Uint8Array);
const read = (document: string): unknown => serializer.deserialize(new TextEncoder().encode(document));

test("plain values are plain JSON", () => {
  expect(text({ a: [1, "x", null, true], b: { c: 1.5 } })).toBe('{"a":[1,"x",null,true],"b":{"c":1.5}}');
});

test("tags are what the documentation shows", () => {
  expect(text({ at: new Date(0), n: 1n, u: undefined })).toBe(
    '{"at":{"$date":"1970-01-01T00:00:00.000Z"},"n":{"$bigint":"1"},"u":{"$undefined":null}}',
  );
  expect(text({ $date: 1 })).toBe('{"$$date":1}');
});

const shared = { s: 1 };
const cycle: unknown[] = [1];
cycle.push(cycle, { cycle });
const sparse = [1, , 3];
const long: unknown[] = [];
long.length = 2 ** 32 - 1;
long[7] = new Date(1);
const errorWithCause = Object.assign(new TypeError("m", { cause: new Map([[1, 2]]) }), { code: "E" });
const buffer = new ArrayBuffer(8);
let deep: unknown = 0;
for (let i = 0; i < 10_000; i++) deep = i % 2 ? [deep] : { deep };

test.each<[string, unknown]>([
  ["undefined", undefined],
  ["-0", -0],
  ["numbers", [NaN, Infinity, -Infinity, -0, 5e-324]],
  ["bigints", [1n, -(2n ** 70_000n)]],
  ["lone", ["\ud800", "a\udc00b", { "\ud800": 1 }]],
  ["tags", [{ $date: 1 }, { $$date: 1 }, { $: 1 }, { $graph: [] }, { $a: 1, b: 2 }]],
  ["proto", JSON.parse('{"__proto__":{"a":1},"x":1}')],
  ["proto with a tag", JSON.parse('[{"__proto__":1}]').map((o: object) => Object.assign(o, { d: new Date(3) }))],
  ["null", Object.assign(Object.create(null), { $a: new Date(1) })],
  ["symbols", [Symbol.for("x"), Symbol.iterator, { [Symbol.for("k")]: 1, a: 2 }]],
  ["sparse", sparse],
  ["long", long],
  ["extra", Object.assign([1, 2], { index: 3 })],
  ["shared", [shared, shared]],
  ["cycle", cycle],
  [
    "map",
    new Map<unknown, unknown>([
      [shared, shared],
      ["k", new Set([1, shared])],
    ]),
  ],
  ["dates", [new Date(NaN), new Date(8.64e15), new Date(-1)]],
  ["regexp", [/a/gi, Object.assign(/x/y, { lastIndex: 4 })]],
  ["url", [new URL("http://a/b?c#d"), new URLSearchParams("a=1&a=2"), new Headers({ a: "b" })]],
  ["boxed", [Object(1), Object("abc"), Object(1n), Object(Symbol.iterator), Object(false)]],
  [
    "errors",
    [errorWithCause, new AggregateError([new Error("x")], "m"), new DOMException("m", "AbortError"), new Error()],
  ],
  [
    "bytes",
    [
      new Uint8Array([1, 2]),
      Buffer.from("abc"),
      new Float64Array([1, 2]),
      new BigInt64Array(2),
      new DataView(new ArrayBuffer(3), 1),
    ],
  ],
  ["views", [new Uint8Array(buffer, 2, 3), new Int16Array(buffer), buffer]],
  ["two views", [new Uint8Array(buffer, 2, 3), new Int16Array(buffer)]],
  ["deep", deep],
])("%s comes back exactly", (_, value) => {
  expect(difference(read(text(value)), value)).toBeUndefined();
});

test("refused with the path", () => {
  expect(() => text({ users: [{}, {}, {}, { callback: () => {} }] })).toThrow(SerializationError);
  expect(() => text({ users: [{}, {}, {}, { callback: () => {} }] })).toThrow(/^\$\.users\[3\]\.callback: the function callback cannot be stored/);
});
