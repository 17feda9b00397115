/** A kind of value, and makers of at least three values of it. */
export type Kind = readonly [name: string, ...makers: (() => unknown)[]];

const deepObject = (depth: number): unknown => {
  let value: unknown = { end: true };
  for (let level = 0; level < depth; level++) value = { value };
  return value;
};
const deepArray = (depth: number): unknown => {
  let value: unknown[] = ["end"];
  for (let level = 0; level < depth; level++) value = [value];
  return value;
};
const withOwn = <T extends object>(value: T, own: object): T => Object.assign(value, own);
const proto = (value: unknown): object => Object.defineProperty({}, "__proto__", attributes(value));
const attributes = (value: unknown): PropertyDescriptor => ({
  value,
  enumerable: true,
  writable: true,
  configurable: true,
});
const ofLength = (length: number, elements: Record<number, unknown> = {}): unknown[] => {
  const array: unknown[] = [];
  array.length = length;
  return Object.assign(array, elements);
};
const cyclic = <T extends object>(value: T, tie: (value: T) => void): T => {
  tie(value);
  return value;
};

const primitives: readonly Kind[] = [
  [
    "undefined at the root, in objects, in arrays",
    () => undefined,
    () => ({ a: undefined, b: 1 }),
    () => [undefined, 1],
  ],
  ["-0", () => -0, () => ({ a: -0, b: 0 }), () => [0, -0]],
  ["NaN and the infinities", () => NaN, () => [Infinity, -Infinity], () => ({ a: NaN, b: { c: -Infinity } })],
  [
    "numbers at the edges",
    () => [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 2 ** 53, 2 ** 64],
    () => [Number.MAX_VALUE, Number.MIN_VALUE, 5e-324, 1.7976931348623157e308],
    () => [0.1, 1 / 3, 1e21, 123456789012345680000, -1e-7],
  ],
  ["BigInt to 64 bits", () => 0n, () => [1n, -1n, 2n ** 63n - 1n], () => ({ a: -(2n ** 63n), b: 2n ** 64n - 1n })],
  [
    "BigInt above 64 bits",
    () => 2n ** 64n,
    () => [-(10n ** 30n)],
    () => ({ a: 2n ** 1023n, b: 2n ** 1024n, c: -(2n ** 1024n) }),
  ],
  ["BigInt of 70,000 bits", () => 2n ** 70_000n, () => [-(2n ** 70_000n) - 1n], () => 3n ** 44_000n],
  ["NUL and control characters", () => "\0", () => ({ "\0": "a\0b" }), () => "\u0001\u001f\u007f\u0080\u2028\u2029"],
  ["emoji", () => "🎫", () => ({ "👩‍👩‍👧": "🏳️‍🌈" }), () => ["e\u0301", "é"]],
  [
    "lone surrogates",
    () => "\ud800",
    () => ["a\udc00b", "\udc00\ud800", `${"x".repeat(10_000)}\udfff${"y".repeat(10_000)}`],
    () => ({ a: "\ud83d", b: "\ud83d\udc4d\ud83d" }),
    () => "\\ud800 is only text",
  ],
  [
    "registered symbols",
    () => Symbol.for("a"),
    () => [Symbol.for("")],
    () => ({ a: Symbol.for("Symbol.iterator"), b: Symbol.for("\ud800") }),
  ],
  [
    "well-known symbols",
    () => Symbol.iterator,
    () => [Symbol.asyncIterator, Symbol.hasInstance],
    () => ({ a: Symbol.toStringTag }),
  ],
  ["plain values", () => null, () => true, () => "text", () => ({ a: [1, { b: [] }], c: {} })],
];

const objects: readonly Kind[] = [
  ["key order", () => ({ b: 1, a: 2, c: 3 }), () => ({ z: 1, y: { b: 1, a: 1 } }), () => ({ b: 1, 2: 1, a: 1, 1: 1 })],
  [
    "integer-like keys",
    () => ({ 1: "a", 0: "b" }),
    () => ({ "01": 1, "1.5": 1, "-1": 1, 4294967294: 1, 4294967295: 1, 4294967296: 1 }),
    () => ({ 10: undefined, 9: new Date(0) }),
  ],
  [
    "own __proto__",
    () => proto(1),
    () => ({ a: proto({ b: 1 }) }),
    () => proto(new Date(1)),
    () => proto(proto(undefined)),
  ],
  [
    "awkward keys",
    () => ({ constructor: 1, toString: 2, valueOf: 3, hasOwnProperty: 4 }),
    () => Object.fromEntries(["toJSON", "then", "length", "", " "].map((name) => [name, `own ${name}`])),
    () => ({ $ref: "#/a", $id: 1, type: "Buffer", data: [1] }),
    () => ({ length: -1, constructor: { prototype: { polluted: true } } }),
  ],
  [
    "what looks like our tags",
    () => ({ $date: "2026-11-20T00:00:00.000Z" }),
    () => [{ $graph: [1] }, { $node: 0 }, { $: 1 }, { $$: 1 }, { $$date: 1 }, { $$$: { $$$$: 1 } }],
    () => ({ $undefined: null, $number: "NaN" }),
    () => ({ $date: new Date(0) }),
    () => ({ a: { $map: [[{ $set: [undefined] }, 1]] } }),
  ],
  [
    "Buffer look-alikes",
    () => ({ type: "Buffer", data: [1, 2] }),
    () => [{ type: "Buffer", data: "AQI=" }],
    () => ({ buffer: { type: "Buffer", data: [] } }),
  ],
  [
    "lone-surrogate keys",
    () => ({ "\ud800": 1 }),
    () => ({ a: 1, "b\udc00": 2, "\ud801": undefined }),
    () => new Map([["\ud800", { "\udfff": [] }]]),
  ],
  [
    "null prototype",
    () => Object.create(null) as object,
    () => withOwn(Object.create(null) as object, { a: 1, $date: 2 }),
    () => withOwn(Object.create(null) as object, { $date: new Date(0) }),
    () => [withOwn(Object.create(null) as object, { [Symbol.iterator]: 1 })],
  ],
  [
    "symbol keys",
    () => ({ [Symbol.for("a")]: 1, b: 2 }),
    () => ({ [Symbol.iterator]: undefined }),
    () => ({ 1: 1, [Symbol.for("x")]: { [Symbol.for("y")]: new Date(1) }, a: 1 }),
  ],
  [
    "hidden, readonly and fixed properties",
    () => Object.defineProperty({ a: 1 }, "b", { value: 2 }),
    () => Object.defineProperty([1, 2], 1, { value: 3, enumerable: false }),
    () => Object.defineProperty({}, Symbol.for("s"), { value: new Date(0), writable: true }),
  ],
  [
    "closed, sealed and frozen objects",
    () => Object.freeze({ a: 1, b: Object.freeze([1, Object.freeze({})]) }),
    () => [
      Object.seal({ a: 1 }),
      Object.preventExtensions({ a: [] }),
      Object.freeze(ofLength(3, { 0: 1, 2: 3 })),
      Object.seal([1]),
    ],
    () => Object.freeze(new Map([[1, Object.freeze(new Date(0))]])),
    () => Object.freeze(Object.assign(Object.create(null) as object, { $a: 1 })),
    () => cyclic({ self: undefined as unknown }, (each) => Object.freeze(Object.assign(each, { self: each }))),
    () => Object.preventExtensions(Object.defineProperty({ a: 1 }, "b", { value: 1 })),
  ],
  [
    "large dictionaries",
    () => Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`key ${index}`, index])),
    () => Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [index, new Date(index)])),
    () => Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`$${index}`, null])),
  ],
  [
    "many shapes",
    () => Array.from({ length: 300 }, (_, index) => ({ [`a${index}`]: 1, [`b${index % 7}`]: "x" })),
    () => Array.from({ length: 300 }, (_, index) => ({ [`a${index}`]: undefined })),
    () =>
      Array.from({ length: 300 }, (_, index) =>
        Object.fromEntries(Array.from({ length: index % 20 }, (__, key) => [key, key])),
      ),
  ],
  [
    "10,000 levels of objects",
    () => deepObject(10_000),
    () => deepObject(57),
    () => [deepObject(10_000), deepObject(56)],
  ],
];

const arrays: readonly Kind[] = [
  [
    "sparse",
    () => ofLength(3, { 0: 1, 2: 3 }),
    () => ofLength(3),
    () => ofLength(5, { 4: undefined }),
    () => ({ a: ofLength(100_000, { 99_999: {} }) }),
  ],
  [
    "of length 2^32-1",
    () => ofLength(2 ** 32 - 1),
    () => ofLength(2 ** 32 - 1, { 7: new Date(0) }),
    () => [ofLength(2 ** 32 - 2, { 4294967293: 1 })],
  ],
  [
    "with extra properties",
    () => withOwn([1, 2], { index: 0, input: "x" }),
    () => /(?<a>x)(y)?/.exec("x"),
    () => withOwn([], { 4294967295: "no element", "-1": 1, [Symbol.for("s")]: 1 }),
    () =>
      withOwn(
        Array.from({ length: 1000 }, (_, index) => index),
        { last: true },
      ),
  ],
  ["10,000 levels of arrays", () => deepArray(10_000), () => deepArray(57), () => [deepArray(56), deepArray(10_000)]],
  ["plain", () => [], () => [[], [[]]], () => [null, false, "", 0]],
];

const shared = (make: () => object) => () => {
  const one = make();
  return { one, again: one, nested: [[one]], map: new Map([[one, one]]), other: make() };
};
const buffer8 = (): ArrayBuffer => new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]).buffer;

const references: readonly Kind[] = [
  [
    "cycles in objects",
    () => cyclic({} as Record<string, unknown>, (each) => (each["self"] = each)),
    () => cyclic({ a: { b: {} as Record<string, unknown> } }, (each) => (each.a.b["up"] = each.a)),
    () => cyclic({ $a: undefined as unknown }, (each) => (each.$a = each)),
    () => cyclic(Object.create(null) as Record<string, unknown>, (each) => (each["__proto__"] = each)),
  ],
  [
    "cycles in arrays",
    () => cyclic([] as unknown[], (each) => each.push(each)),
    () => cyclic([[]] as unknown[][], (each) => each[0]!.push(each, each[0])),
    () => cyclic(ofLength(3), (each) => (each[1] = each)),
  ],
  [
    "cycles in Maps",
    () => cyclic(new Map<unknown, unknown>(), (each) => each.set(each, each)),
    () => cyclic(new Map<unknown, unknown>(), (each) => each.set("self", { each })),
    () => cyclic(new Map<unknown, unknown>([[1, 2]]), (each) => each.set([each], 1)),
  ],
  [
    "cycles in Sets",
    () => cyclic(new Set<unknown>(), (each) => each.add(each)),
    () => cyclic(new Set<unknown>([1]), (each) => each.add([each])),
    () => cyclic([new Set<unknown>()], (each) => each[0]!.add(each)),
  ],
  [
    "shared objects",
    shared(() => ({ a: 1 })),
    shared(() => []),
    shared(() => Object.create(null) as object),
    shared(() => ({ $a: 1 })),
  ],
  [
    "shared Dates, RegExps, Errors",
    shared(() => new Date(0)),
    shared(() => /a/g),
    shared(() => new Error("x")),
    shared(() => Object(1) as object),
  ],
  [
    "shared Maps, Sets, URLs",
    shared(() => new Map([[1, 2]])),
    shared(() => new Set([1])),
    shared(() => new URL("https://a.example/?b=c")),
    shared(() => new Headers({ a: "b" })),
  ],
  [
    "shared typed arrays and buffers",
    shared(() => new Uint8Array(3)),
    shared(() => buffer8()),
    shared(() => Buffer.from("abc")),
    shared(() => new DataView(buffer8(), 2)),
  ],
  [
    "two views on one buffer",
    () =>
      cyclic([buffer8()] as unknown[], (each) =>
        each.push(new Uint8Array(each[0] as ArrayBuffer, 1, 2), new Int16Array(each[0] as ArrayBuffer)),
      ),
    () => {
      const buffer = buffer8();
      return { a: new Uint8Array(buffer, 0, 4), b: new Float32Array(buffer, 4, 1), c: new DataView(buffer, 3) };
    },
    () => {
      const bytes = Buffer.alloc(20_000, 7);
      return [bytes, bytes.subarray(10, 20), new Uint8Array(bytes.buffer)];
    },
    () => {
      const pooled = Buffer.from("pooled text");
      return [pooled, pooled.subarray(2, 4), Buffer.from("another one")];
    },
  ],
  [
    "a URL and its search parameters",
    () => cyclic([new URL("https://a.example/?b=c")] as unknown[], (each) => each.push((each[0] as URL).searchParams)),
    () =>
      cyclic([new URL("https://a.example/?b=c")] as unknown[], (each) => each.unshift((each[0] as URL).searchParams)),
    () => ({ url: new URL("https://a.example/?b=c"), own: new URLSearchParams("b=c") }),
  ],
  [
    "an Error that is its own cause",
    () => cyclic(new Error("x"), (each) => (each.cause = each)),
    () => cyclic(new TypeError("x", { cause: {} }), (each) => ((each.cause as Record<string, unknown>)["of"] = each)),
    () => cyclic(new AggregateError([], "x"), (each) => each.errors.push(each)),
  ],
];

const globals = globalThis as unknown as Record<string, new (list: ArrayBuffer | number) => object>;
const typedArrays = [
  "Int8",
  "Uint8",
  "Uint8Clamped",
  "Int16",
  "Uint16",
  "Int32",
  "Uint32",
  "Float16",
  "Float32",
  "Float64",
]
  .map((name) => `${name}Array`)
  .concat("BigInt64Array", "BigUint64Array")
  .filter((name) => name in globals);

const builtins: readonly Kind[] = [
  [
    "Dates",
    () => new Date(0),
    () => [new Date(-1), new Date("1905-06-07T08:09:10.111Z")],
    () => ({ a: new Date(8.64e15), b: new Date(-8.64e15) }),
    () => [new Date(NaN)],
  ],
  [
    "RegExps",
    () => /a+/gi,
    () => [/[/\]\\]\//u, new RegExp(""), new RegExp("\n")],
    () => withOwn(/x/y, { lastIndex: 4 }),
    () => [withOwn(/\ud83d/, { lastIndex: -1.5 }), withOwn(/a/dgimsy, { lastIndex: NaN })],
  ],
  [
    "Maps",
    () => new Map(),
    () =>
      new Map<unknown, unknown>([
        [1, "1"],
        ["1", 1],
        [NaN, undefined],
        [null, -0],
        [undefined, {}],
      ]),
    () => new Map([[{ a: 1 }, new Map([[[], new Date(0)]])]]),
  ],
  [
    "Sets",
    () => new Set(),
    () => new Set([1, "1", NaN, undefined, null, 1n, Symbol.iterator]),
    () => new Set([new Set([new Set([{}])])]),
  ],
  ...typedArrays.map((name): Kind => [
    name,
    () => new globals[name]!(0),
    () => [new globals[name]!(3)],
    () => ({ a: new globals[name]!(buffer8()) }),
  ]),
  ["ArrayBuffer", () => new ArrayBuffer(0), () => [buffer8()], () => ({ a: new ArrayBuffer(100_000) })],
  [
    "resizable ArrayBuffer",
    ...[0, 8, 1000].map(
      (size) => () =>
        new (ArrayBuffer as unknown as new (n: number, o: object) => ArrayBuffer)(size, { maxByteLength: size * 2 }),
    ),
  ],
  [
    "DataView",
    () => new DataView(buffer8()),
    () => [new DataView(buffer8(), 3, 2)],
    () => ({ a: new DataView(new ArrayBuffer(0)) }),
  ],
  [
    "Buffer",
    () => Buffer.from("text"),
    () => [Buffer.alloc(0), Buffer.alloc(10_000, 1)],
    () => ({ a: Buffer.from([0, 255]) }),
  ],
  [
    "subarrays",
    () => new Uint8Array(1_000_000).subarray(10, 20),
    () => [new Float64Array(8).subarray(1, 3)],
    () => ({ a: Buffer.alloc(100_000).subarray(5, 9) }),
  ],
  [
    "boxed primitives",
    () => Object(1) as object,
    () => [Object("text"), Object(false), Object(-0), Object("\ud800")],
    () => ({ a: Object(1n) as object, b: Object(Symbol.iterator) as object }),
  ],
  [
    "URL",
    () => new URL("https://user:pass@example.com:8080/a/b?c=d#e"),
    () => [new URL("data:text/plain,hello"), new URL("file:///a%20b")],
    () => ({ a: new URL("https://münchen.example/ü?ü=🎫") }),
  ],
  [
    "URLSearchParams",
    () => new URLSearchParams(),
    () => [new URLSearchParams("a=1&a=2&b=")],
    () => ({ a: new URLSearchParams([["ü", "&="]]) }),
  ],
  [
    "Headers",
    () => new Headers(),
    () => [new Headers({ "Content-Type": "text/plain", accept: "a, b" })],
    () => cyclic(new Headers(), (each) => ["a=1", "b=2"].forEach((value) => each.append("set-cookie", value))),
  ],
  [
    "built-ins with properties of their own",
    () => withOwn(new Date(0), { a: 1 }),
    () => [
      withOwn(new Map([[1, 2]]), { name: "m" }),
      withOwn(new Uint8Array(2), { a: 1 }),
      withOwn(new Uint8Array(5000), { a: 1 }),
    ],
    () => withOwn(/x/, { [Symbol.for("s")]: 1, $a: undefined }),
    () => [
      withOwn(Object("ab") as object, { c: 1 }),
      withOwn(new DataView(new ArrayBuffer(2)), { 0: 1 }),
      withOwn(new URL("a:b"), { x: 1 }),
    ],
  ],
];

const errors: readonly Kind[] = [
  [
    "name, message, stack",
    () => new Error("x"),
    () => [new Error(), new Error("")],
    () => withOwn(new Error("x"), { name: "Own", message: "shown" }),
    () => Object.defineProperty(new Error("x"), "name", { value: "Hidden", writable: true, configurable: true }),
    () => cyclic(new Error("x"), (each) => delete each.stack),
    () => cyclic(new Error("\ud800"), (each) => (each.stack = "own\ud800")),
  ],
  [
    "causes",
    () => new Error("x", { cause: new TypeError("y", { cause: "z" }) }),
    () => new Error("x", { cause: undefined }),
    () => [new RangeError("x", { cause: { code: 1n } })],
  ],
  [
    "classes",
    () => [EvalError, RangeError, ReferenceError].map((each) => new each("x")),
    () => [SyntaxError, TypeError, URIError].map((each) => new each("x")),
    () => new TypeError("x"),
  ],
  [
    "own properties",
    () => withOwn(new Error("x"), { code: "E_X", at: new Date(0) }),
    () => withOwn(new TypeError("x"), { [Symbol.for("s")]: 1 }),
    () => Object.freeze(withOwn(new Error("x"), { $only: 1 })),
  ],
  [
    "AggregateError",
    () => new AggregateError([new Error("a"), 1], "x"),
    () => new AggregateError([]),
    () => new AggregateError([new AggregateError([1], "y")], "x", { cause: 1 }),
  ],
  [
    "DOMException",
    () => new DOMException("x", "AbortError"),
    () => [new DOMException()],
    () => AbortSignal.abort().reason as unknown,
    () => withOwn(new DOMException("x", "Own"), { a: 1 }),
  ],
];

/** All kinds that come back exactly. */
export const kinds: readonly Kind[] = [...primitives, ...objects, ...arrays, ...references, ...builtins, ...errors];
