import { globalNamed, type Values } from "./kind.ts";

/** Kinds of values of built-in classes. Where this runtime lacks the class, there are no values. */
export type BuiltinKind =
  | "Dates, before 1970 and at the extremes"
  | "invalid Dates"
  | "RegExps with flags and lastIndex"
  | "Maps with mixed keys"
  | "Sets in Sets"
  | "typed arrays of every type"
  | "ArrayBuffers"
  | "resizable ArrayBuffers"
  | "DataViews"
  | "Buffers"
  | "a small part of 1 MB"
  | "boxed primitives"
  | "URLs"
  | "URLSearchParams"
  | "Headers"
  | "Temporal";

type Class = new (argument?: unknown) => object;
interface BufferClass {
  alloc(length: number, fill?: number | string): Uint8Array;
}
interface TemporalClass {
  from(text: string): object;
}

const typedArrays = "Int8,Uint8,Uint8Clamped,Int16,Uint16,Int32,Uint32,Float16,Float32,Float64,BigInt64,BigUint64"
  .split(",")
  .flatMap((name) => globalNamed<new (elements: unknown) => object>(`${name}Array`) ?? []);

function elements(constructor: { readonly name: string }): unknown[] {
  return constructor.name.startsWith("Big") ? [1n, 0n, 2n ** 63n - 1n] : [1, 0, -1, 1.5, NaN, -0];
}

function maybe<T>(name: string, make: (found: T) => Values): Values {
  const found = globalNamed<T>(name);
  return found === undefined ? [] : make(found);
}

function temporal(found: Readonly<Record<string, TemporalClass | undefined>>): Values {
  const from: Readonly<Record<string, string>> = {
    Instant: "2026-11-20T10:00:00.123456789Z",
    ZonedDateTime: "2026-11-20T10:00:00[Europe/Berlin]",
    PlainDateTime: "2026-11-20T10:00:00.000000001",
    PlainDate: "2026-11-20[u-ca=hebrew]",
    PlainTime: "23:59:59.999999999",
    PlainYearMonth: "2026-11",
    PlainMonthDay: "02-29",
    Duration: "P1Y2M3W4DT5H6M7.008009010S",
  };
  return Object.entries(from).map(([name, text]) => () => ({ a: found[name]?.from(text) }));
}

/** Values of these kinds. */
export const builtins: Readonly<Record<BuiltinKind, Values>> = {
  "Dates, before 1970 and at the extremes": [
    () => new Date(-1),
    () => [new Date(8.64e15), new Date(-8.64e15), new Date(0), new Date("0000-01-01T00:00:00Z")],
    () => ({ a: new Date(1e12 + 0.4), b: "2026-11-20T10:00:00.000Z" }),
  ],
  "invalid Dates": [() => new Date(NaN), () => [new Date("never")], () => ({ a: new Date(NaN), b: new Date(1) })],
  "RegExps with flags and lastIndex": [
    () => /a/,
    () => [/a\/[/]b/giu, new RegExp("[\\p{L}--[a-z]]", "v"), /x/dgimsuy, new RegExp("")],
    () => ({
      a: Object.assign(/b/g, { lastIndex: 3 }),
      b: Object.assign(/c/y, { lastIndex: 7 }),
      c: new RegExp("\n/", "m"),
    }),
  ],
  "Maps with mixed keys": [
    () => new Map(),
    () =>
      new Map<unknown, unknown>([
        ["1", "text"],
        [1, "number"],
        [1n, "bigint"],
        [true, 1],
        [null, 2],
        [undefined, 3],
        [NaN, 4],
      ]),
    () => ({
      a: new Map<unknown, unknown>([
        [{ b: 1 }, new Map([[new Date(1), [new Map()]]])],
        ["__proto__", 1],
      ]),
    }),
    () => new Map(Array.from({ length: 1000 }, (_, index) => [index, `${index}`])),
  ],
  "Sets in Sets": [
    () => new Set(),
    () => new Set<unknown>([1, "1", new Set([new Set()]), null, undefined, NaN]),
    () => ({ a: new Set([{ b: new Set([[]]) }, {}]) }),
  ],
  "typed arrays of every type": [
    ...typedArrays.flatMap((constructor) => [() => new constructor(elements(constructor)), () => [new constructor(0)]]),
    () => ({ a: new Uint8Array(100_000).fill(7), b: new Float32Array([1, Infinity]) }),
  ],
  ArrayBuffers: [
    () => new ArrayBuffer(0),
    () => [new Uint8Array([1, 2, 3]).buffer],
    () => ({ a: new Uint8Array(70_000).fill(3).buffer, b: new ArrayBuffer(1) }),
  ],
  "resizable ArrayBuffers": [
    () => Reflect.construct(ArrayBuffer, [4, { maxByteLength: 16 }]),
    () => [Reflect.construct(ArrayBuffer, [0, { maxByteLength: 0 }])],
    () => ({ a: Reflect.construct(ArrayBuffer, [8, { maxByteLength: 8 }]) }),
  ],
  DataViews: [
    () => new DataView(new ArrayBuffer(3)),
    () => [new DataView(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2)],
    () => ({ a: new DataView(new ArrayBuffer(0)) }),
  ],
  Buffers: maybe<BufferClass>("Buffer", (Buffer) => [
    () => Buffer.alloc(0),
    () => [Buffer.alloc(5, "text"), new Uint8Array(5)],
    () => ({ a: Buffer.alloc(70_000, 7) }),
  ]),
  "a small part of 1 MB": [
    () => new Uint8Array(1_000_000).fill(7).subarray(500_000, 500_016),
    () => [new Float64Array(125_000).fill(1.5).subarray(1000, 1002)],
    () => ({ a: new DataView(new ArrayBuffer(1_000_000), 999_990) }),
  ],
  "boxed primitives": [
    () => Object(1),
    () => [Object("text"), Object(""), Object(false), Object(-0), Object(NaN)],
    () => ({ a: Object(10n), b: Object(Symbol.for("a")), c: Object(true) }),
  ],
  URLs: maybe<Class>("URL", (URL) => [
    () => new URL("https://user:secret@a.example:8080/b%20c/../d?e=f&e=g#h"),
    () => [new URL("data:text/plain,%41"), new URL("file:///C:/a")],
    () => ({ a: new URL("https://b\u00fccher.example/"), b: "https://a.example/" }),
  ]),
  URLSearchParams: maybe<Class>("URLSearchParams", (URLSearchParams) => [
    () => new URLSearchParams(""),
    () => [new URLSearchParams("b=1&a=2&b=3&c")],
    () => ({ a: new URLSearchParams([["a b", "\u00e9&="]]) }),
  ]),
  Headers: maybe<Class>("Headers", (Headers) => [
    () => new Headers(),
    () => [new Headers({ "Content-Type": "text/plain", b: "1, 2" })],
    () => ({
      a: new Headers([
        ["set-cookie", "a=1"],
        ["set-cookie", "b=2"],
        ["x", ""],
      ]),
    }),
  ]),
  Temporal: maybe("Temporal", temporal),
};
