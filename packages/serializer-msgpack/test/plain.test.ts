import { execFileSync, spawnSync } from "node:child_process";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { addExtension, decode, Packr } from "msgpackr";
import { SerializationError } from "@coatcheck/core";
import { msgpack } from "@coatcheck/serializer-msgpack";
import { firstDifference } from "@coatcheck/testing";
import { PlainWriter } from "../src/plain-writer.ts";
import { type Extension, readSpec } from "./spec-reader.ts";

const plain = msgpack({ profile: "plain" });
const write = (value: unknown): Uint8Array => plain.serialize(value) as Uint8Array;

const moments = [
  0,
  1,
  -1,
  1.5e12,
  1.5e12 + 1,
  2 ** 32 * 1000 - 1,
  2 ** 32 * 1000,
  2 ** 34 * 1000,
  -62135596800000,
  8.64e15,
  -8.64e15,
];
const integers = [
  0,
  1,
  -1,
  31,
  32,
  63,
  64,
  127,
  128,
  255,
  256,
  65_535,
  65_536,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53 - 1,
]
  .flatMap((each) => [each, -each])
  .filter((each) => !Object.is(each, -0))
  .concat([-32, -33, -128, -129, -32_768, -32_769, -(2 ** 31), -(2 ** 31) - 1]);

const carried: Readonly<Record<string, unknown>> = {
  "null and booleans": [null, true, false],
  integers,
  floats: [0.1, -0, NaN, Infinity, -Infinity, 1e300, 2 ** 53, 2 ** 64, 5e-324],
  "large BigInts": [2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 63n, 2n ** 64n - 1n],
  text: ["", "a".repeat(31), "a".repeat(32), "ß".repeat(200), "日本".repeat(30_000), "🎫\0", "\ufeffa"],
  arrays: [[], Array.from({ length: 16 }, (_, index) => index), Array.from({ length: 70_000 }, () => null)],
  objects: [{}, { b: 1, a: { 1: "x", "": [] } }, JSON.parse('{"__proto__":{"a":1}}')],
  dictionaries: [Object.fromEntries(Array.from({ length: 70_000 }, (_, index) => [`k${index}`, index]))],
  bytes: [new Uint8Array(0), new Uint8Array([1, 2]), new Uint8Array(300), new Uint8Array(70_000).subarray(1, 3)],
  dates: moments.map((time) => new Date(time)),
};

describe("what the plain profile carries", () => {
  test.each(Object.entries(carried))("%s", (_, value) => {
    const bytes = write(value);
    expect(firstDifference(plain.deserialize(bytes), value)).toBeUndefined();
    // The exact profile reads it as well.
    expect(firstDifference(msgpack().deserialize(bytes), value)).toBeUndefined();
    expect(bySpec(readSpec(bytes))).toEqual(bySpec(value));
  });

  test("every JSON value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(firstDifference(plain.deserialize(write(value)), value)).toBeUndefined();
        expect(bySpec(readSpec(write(value)))).toEqual(bySpec(value));
      }),
      { numRuns: 2000 },
    );
  });

  test("integers take the shortest form", () => {
    for (const [value, length] of [
      [0, 1],
      [127, 1],
      [128, 2],
      [255, 2],
      [256, 3],
      [65_536, 5],
      [2 ** 32, 9],
      [-1, 1],
      [-32, 1],
      [-33, 2],
      [-129, 3],
      [-32_769, 5],
    ]) {
      expect(write(value).length).toBe(length);
    }
  });

  test("500 levels, which other readers take", () => {
    const value = Array.from({ length: 500 }).reduce<unknown>((inner) => [inner], 1);
    expect(firstDifference(plain.deserialize(write(value)), value)).toBeUndefined();
  });
});

/** Maps, integers and dates as the specification's reader gives them, so that both sides can be compared. */
function bySpec(value: unknown): unknown {
  if (typeof value === "number" && Number.isSafeInteger(value)) return Object.is(value, -0) ? "-0" : BigInt(value);
  if (value instanceof Date) return { time: BigInt(value.getTime()) };
  if (Array.isArray(value)) return value.map(bySpec);
  if (value instanceof Uint8Array) return [...value];
  if (value instanceof Map) return [...value].map(([key, item]) => [key, bySpec(item)]);
  if (typeof value !== "object" || value === null) return value;
  if ("type" in value && "data" in value && value.data instanceof Uint8Array)
    return { time: timeOf(value as Extension) };
  return Object.entries(value).map(([key, item]) => [key, bySpec(item)]);
}

/** The milliseconds of a timestamp, as the specification lays it out. */
function timeOf({ type, data }: Extension): bigint {
  expect(type).toBe(-1);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (data.length === 4) return BigInt(view.getUint32(0)) * 1000n;
  if (data.length === 8) {
    const both = view.getBigUint64(0);
    return (both & (2n ** 34n - 1n)) * 1000n + (both >> 34n) / 1_000_000n;
  }
  expect(data.length).toBe(12);
  return view.getBigInt64(4) * 1000n + BigInt(view.getUint32(0)) / 1_000_000n;
}

describe("what msgpackr packs, and what it would change", () => {
  test("what it packs are the bytes that are specified", () => {
    const packed = [
      { a: [1, -1, 63, 64, 127, 128, 300, 70_000, -33, -129, -40_000, 0.5, null, true, "Zoë"] },
      2n ** 63n,
    ];
    for (const value of [...packed, "x".repeat(40), Array.from({ length: 70_000 }, (_, index) => ({ index }))]) {
      expect(Buffer.compare(write(value), new PlainWriter().document(value))).toBe(0);
    }
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(Buffer.compare(write(value), new PlainWriter().document(value))).toBe(0);
      }),
    );
  });

  test("names that it reads for itself, a -0 and wide integers come back as they were", () => {
    const value = { constructor: { name: "Map" }, hasOwnProperty: 1, toJSON: "x", at: [1.7e12, -(2 ** 40)], zero: -0 };
    expect(firstDifference(plain.deserialize(write(value)), value)).toBeUndefined();
    expect(write(1.7e12)[0]).toBe(0xd3);
  });

  test("what others have told it about dates and bytes changes nothing", () => {
    const before = write([new Date(0), new Uint8Array(2)]);
    for (const Class of [Date, Uint8Array])
      addExtension({ Class, type: 5, pack: () => Buffer.from([1]), unpack: () => 1 });
    expect(new Packr().pack(new Date(0)).includes(5)).toBe(true);
    expect(Buffer.compare(write([new Date(0), new Uint8Array(2)]), before)).toBe(0);
  });
});

describe("what the plain profile refuses", () => {
  const twice = { a: 1 };
  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;
  const buffer = new ArrayBuffer(4);
  test.each<[string, unknown, string, RegExp]>([
    ["undefined", { a: [1, undefined] }, "$.a[1]", /cannot carry undefined\. Use null/],
    ["a small BigInt", { a: 5n }, "$.a", /a small BigInt: it would be read as a number\. Use a number/],
    ["a large BigInt", [2n ** 64n], "$[0]", /more than 64 bits/],
    ["a symbol", [Symbol.iterator], "$[0]", /a symbol/],
    ["half of a surrogate pair", { a: "\ud800" }, "$.a", /half of a surrogate pair/],
    ["such a key", { "\ud800": 1 }, '$["\\ud800"]', /half of a surrogate pair/],
    ["a key that is a symbol", { [Symbol.iterator]: 1 }, "$[Symbol(Symbol.iterator)]", /under a symbol/],
    ["an object twice", [twice, { b: twice }], "$[1].b", /an object twice: it would be read as two/],
    ["a cycle", cycle, "$.self", /an object twice/],
    ["two views on one buffer", [new Uint8Array(buffer), new Uint8Array(buffer, 1)], "$[1]", /two views on one buffer/],
    ["a Map", { m: new Map() }, "$.m", /cannot carry a Map\. Use the profile "exact"/],
    ["a Set", new Set(), "$", /a Set/],
    ["an Error", [new Error("x")], "$[0]", /an Error/],
    ["a RegExp", [/x/], "$[0]", /a RegExp/],
    ["a URL", [new URL("a:b")], "$[0]", /a URL/],
    ["a Buffer", [Buffer.from("x")], "$[0]", /a Buffer/],
    ["another typed array", [new Float64Array(1)], "$[0]", /a Float64Array/],
    ["an ArrayBuffer", [buffer], "$[0]", /an ArrayBuffer/],
    ["a boxed value", [Object(1)], "$[0]", /a Number/],
    ["an invalid date", [new Date(NaN)], "$[0]", /an invalid date/],
    ["a Date with properties", [Object.assign(new Date(), { a: 1 })], "$[0]", /a Date with properties/],
    ["bytes with properties", [Object.assign(new Uint8Array(1), { a: 1 })], "$[0]", /bytes with properties/],
    ["no prototype", [Object.create(null)], "$[0]", /an object without a prototype/],
    ["a frozen object", [Object.freeze({})], "$[0]", /a frozen or sealed object/],
    ["a hidden property", Object.defineProperty({}, "h", { value: 1 }), "$.h", /hidden/],
    [
      "a getter",
      {
        get a() {
          return 1;
        },
      },
      "$.a",
      /getter or setter/,
    ],
    ["holes", [Object.assign([1], { 2: 2 })], "$[0]", /holes/],
    ["an array with properties", [Object.assign([1], { a: 1 })], "$[0]", /with holes or with properties/],
    ["a function", { users: [{}, { f: () => {} }] }, "$.users[1].f", /the function f cannot be stored/],
    ["an instance", [new (class Point {})()], "$[0]", /the class Point cannot be stored/],
    ["a Proxy", [new Proxy({}, {})], "$[0]", /a Proxy cannot be stored/],
    [
      "501 levels",
      Array.from({ length: 501 }).reduce<unknown>((inner) => [inner], 1),
      `$${"[0]".repeat(500)}`,
      /deeper than 500 levels/,
    ],
  ])("%s", (_, value, path, message) => {
    let error: unknown;
    try {
      write(value);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(SerializationError);
    expect(error).toMatchObject({ code: "NotSerializable", path });
    expect((error as Error).message).toMatch(message);
  });
});

describe("other implementations", () => {
  const value = {
    null: null,
    list: [true, false, -1, 300, 70_000, 5_000_000_000, -5_000_000_000, 0.25, "Zoë 🎫", []],
    bytes: new Uint8Array([0, 255]),
    at: new Date("2026-11-20T10:00:00.123Z"),
    nested: { a: { b: ["c"] } },
  };

  test("msgpackr reads it", () => {
    const read = decode(write(value)) as typeof value;
    expect({
      ...read,
      bytes: [...read.bytes],
      list: read.list.map((each) => (typeof each === "bigint" ? Number(each) : each)),
    }).toEqual({
      ...value,
      bytes: [...value.bytes],
    });
  });

  const python = spawnSync("python3", ["-c", "import msgpack"]).status === 0 ? "python3" : undefined;
  // Where Python or its msgpack is not there, the name of the case says so; the reader above stands in for it.
  if (python === undefined) process.stderr.write("skipped: MessagePack read by Python: its msgpack is not installed\n");
  (python === undefined ? test.skip : test)(
    "Python's msgpack reads it and writes what is read (needs python3 with msgpack)",
    () => {
      const script = `
import sys, json, msgpack, datetime
raw = sys.stdin.buffer.read()
value = msgpack.unpackb(raw, timestamp=3)
assert value["list"][9] == [] and value["list"][8] == "Zo\\u00eb \\U0001f3ab" and value["bytes"] == b"\\x00\\xff", value
assert value["list"][5] == 5000000000 and isinstance(value["list"][5], int)
assert value["at"] == datetime.datetime(2026, 11, 20, 10, 0, 0, 123000, tzinfo=datetime.timezone.utc)
sys.stdout.buffer.write(msgpack.packb(value, datetime=True))
`;
      const back = execFileSync("python3", ["-c", script], { input: write(value) });
      expect(firstDifference(plain.deserialize(new Uint8Array(back)), value)).toBeUndefined();
    },
  );
});
