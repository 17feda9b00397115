import { registerInputClass } from "../../src/hash/index.ts";

class Point {
  readonly x: number;
  readonly y: number;
  constructor(x: number, y: number) {
    this.x = x;
    this.y = y;
  }
}

/** Values, each different from all others, whose hashes are kept in golden.json: no later version may change one. */
export function goldenValues(): Record<string, unknown> {
  registerInputClass(Point, stateOfPoint);
  const cyclic: Record<string, unknown> = { name: "a" };
  cyclic["self"] = cyclic;
  const sparse: unknown[] = [1];
  sparse[3] = 4;
  const bytes = [1, 2, 3, 4, 5, 6, 7, 8];
  const { buffer } = new Uint8Array(bytes);
  return {
    undefined: undefined,
    null: null,
    true: true,
    false: false,
    zero: 0,
    "minus zero": -0,
    one: 1,
    '"1"': "1",
    "1n": 1n,
    "-1n": -1n,
    NaN,
    Infinity,
    "-Infinity": -Infinity,
    "0.1": 0.1,
    "1e21": 1e21,
    "5e-324": 5e-324,
    "70,000 bits": 1n << 70_000n,
    "empty string": "",
    "NaN as a string": "NaN",
    emoji: "🧥",
    "e with an accent": "\u00e9",
    "e and an accent": "e\u0301",
    "lone high surrogate": "\ud800",
    "lone low surrogate": "\udc00",
    "replacement character": "\ufffd",
    "a lone surrogate as JSON writes it": "\\ud800",
    NUL: "\0",
    "long string": "x".repeat(2000),
    "long string of surrogates": "\ud800".repeat(2000),
    "long string of replacement characters": "\ufffd".repeat(2000),
    "registered symbol": Symbol.for("a"),
    "well-known symbol": Symbol.iterator,
    "registered symbol of that name": Symbol.for("Symbol.iterator"),
    "empty object": {},
    "null prototype": Object.create(null),
    object: { a: 1, b: [true, null] },
    "own __proto__": JSON.parse('{"__proto__":1}'),
    "property that is undefined": { a: undefined },
    "property that is null": { a: null },
    "integer-like keys": { 10: 1, 9: 2 },
    "symbol key": { [Symbol.for("a")]: 1 },
    "key like a symbol's": { '@"a"': 1 },
    "not enumerable does not count": Object.defineProperty({ shown: 1 }, "hidden", { value: 1 }),
    "empty array": [],
    "array of undefined": [undefined],
    "array with an empty place": Array(1),
    "array with two empty places": Array(2),
    "sparse array": sparse,
    "array with undefined in it": [1, undefined, undefined, 4],
    "array with a property": Object.assign([1], { index: 0 }),
    "nested arrays": [[1], [2]],
    "flat array": [1, 2],
    "object like an array": { 0: 1, 1: 2, length: 2 },
    "long array": Array.from({ length: 2000 }, (_, index) => index),
    Date: new Date(0),
    "number of a Date": { date: 0 },
    "invalid Date": new Date(NaN),
    "Date with a property": Object.assign(new Date(0), { zone: "UTC" }),
    RegExp: /a/,
    "RegExp with flags": /a/gi,
    "RegExp on its way": Object.assign(/a/g, { lastIndex: 1 }),
    URL: new URL("https://example.com/?a=1#b"),
    "text of a URL": "https://example.com/?a=1#b",
    URLSearchParams: new URLSearchParams("b=1&a=2"),
    "URLSearchParams in another order": new URLSearchParams("a=2&b=1"),
    Headers: new Headers({ b: "1", A: "2" }),
    "empty Map": new Map(),
    Map: new Map<unknown, unknown>([
      ["a", 1],
      [1, "a"],
      [{ x: 1 }, [2]],
    ]),
    "object like the Map": { a: 1, 1: "a" },
    "empty Set": new Set(),
    Set: new Set<unknown>([1, "1", [1], 1n]),
    "array like the Set": [1, "1", [1], 1n],
    ArrayBuffer: buffer,
    Int8Array: new Int8Array(buffer),
    Uint8Array: new Uint8Array(buffer),
    Uint8ClampedArray: new Uint8ClampedArray(buffer),
    Int16Array: new Int16Array(buffer),
    Uint16Array: new Uint16Array(buffer),
    Int32Array: new Int32Array(buffer),
    Uint32Array: new Uint32Array(buffer),
    Float32Array: new Float32Array(buffer),
    Float64Array: new Float64Array(buffer),
    BigInt64Array: new BigInt64Array(buffer),
    BigUint64Array: new BigUint64Array(buffer),
    DataView: new DataView(buffer),
    Buffer: Buffer.from(bytes),
    "array of the bytes": bytes,
    "large Uint8Array": new Uint8Array(10_000).fill(7),
    "large Buffer": Buffer.alloc(10_000, 7),
    "Number object": Object(1),
    "String object": Object("1"),
    "Boolean object": Object(true),
    "BigInt object": Object(1n),
    "Symbol object": Object(Symbol.for("a")),
    Error: new Error("a"),
    TypeError: new TypeError("a"),
    "Error with another name": Object.assign(new Error("a"), { name: "MyError" }),
    "Error with a code": Object.assign(new Error("a"), { code: "ENOENT" }),
    "Error with a cause": new Error("a", { cause: new Error("b") }),
    "Error whose cause is undefined": new Error("a", { cause: undefined }),
    AggregateError: new AggregateError([new Error("a")], "m"),
    DOMException: new DOMException("a", "AbortError"),
    "object that holds itself": cyclic,
    "object that holds itself, once more": { name: "a", self: cyclic },
    "instance of a class": new Point(1, 2),
  };
}

/** What newer platforms alone have, each different from all others: none of it where one is missing. */
export function newerValues(): Record<string, unknown> {
  const { Temporal, Float16Array } = globalThis as unknown as Record<
    string,
    Record<string, { from(of: unknown): unknown }>
  >;
  if (Temporal === undefined || Float16Array === undefined) return {};
  const temporal = (name: string, of: unknown): unknown => Temporal[name]!.from(of);
  return {
    Float16Array: (Float16Array as unknown as { from(of: unknown): unknown }).from([1, 2]),
    Instant: temporal("Instant", "2026-11-20T09:30:00.000000001Z"),
    ZonedDateTime: temporal("ZonedDateTime", "2026-11-20T10:30:00+01:00[Europe/Berlin]"),
    "ZonedDateTime of another zone": temporal("ZonedDateTime", "2026-11-20T10:30:00+01:00[Europe/Paris]"),
    PlainDateTime: temporal("PlainDateTime", "2026-11-20T09:30:00"),
    PlainDate: temporal("PlainDate", "2026-11-20"),
    "PlainDate of another calendar": temporal("PlainDate", "2026-11-20[u-ca=gregory]"),
    PlainTime: temporal("PlainTime", "09:30"),
    PlainYearMonth: temporal("PlainYearMonth", "2026-11"),
    PlainMonthDay: temporal("PlainMonthDay", "11-20"),
    "Duration of 1 second": temporal("Duration", { seconds: 1 }),
    "Duration of 1000 milliseconds": temporal("Duration", { milliseconds: 1000 }),
    "Duration of 1 hour": temporal("Duration", { hours: 1 }),
    "Duration of 60 minutes": temporal("Duration", { minutes: 60 }),
  };
}

const stateOfPoint = (point: Point): unknown => [point.x, point.y];
