/** Kinds of values, with makers of at least three values of each; together, all that is carried. */
export type Kinds = Readonly<Record<string, readonly (() => unknown)[]>>;

const give = <T extends object>(value: T, own: object): T => Object.assign(value, own);
const tie = <T>(value: T, how: (value: T) => void): T => {
  how(value);
  return value;
};
const list = <T>(length: number, make: (index: number) => T): T[] => Array.from({ length }, (_, index) => make(index));
const dictionary = (length: number, entry: (index: number) => readonly [string, unknown]): object =>
  Object.fromEntries(list(length, entry));
const bare = (own: object = {}): object => give(Object.create(null) as object, own);
const holes = (length: number, own: object = {}): unknown[] => {
  const array: unknown[] = [];
  array.length = length;
  return give(array, own);
};
const nest = (levels: number, wrap: (inner: unknown) => unknown, inner: unknown = "end"): unknown => {
  let value = inner;
  for (let level = 0; level < levels; level++) value = wrap(value);
  return value;
};
const hidden = (value: unknown): PropertyDescriptor => ({ value, writable: true, configurable: true });
const octets = (): ArrayBuffer => new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]).buffer;
const twice = (make: () => object) => (): unknown => {
  const it = make();
  return { it, again: it, list: [it], map: new Map([[it, it]]), set: new Set([it]), other: make() };
};
const boxed = (value: unknown): object => Object(value) as object;
const resizable = (length: number, maxByteLength: number): ArrayBuffer =>
  new (ArrayBuffer as unknown as new (length: number, options: object) => ArrayBuffer)(length, { maxByteLength });
const VIEWS = [
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "Float16Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
].filter((name) => name in globalThis);
const view = (name: string, of: number | ArrayBuffer, ...rest: number[]): object =>
  new (globalThis as unknown as Record<string, new (...given: unknown[]) => object>)[name]!(of, ...rest);

const primitives: Kinds = {
  "undefined at the root": [() => undefined, () => [undefined], () => new Set([undefined])],
  "undefined in objects": [
    () => ({ a: undefined }),
    () => ({ a: undefined, b: 1 }),
    () => [{ a: 1 }, { a: undefined }],
  ],
  "undefined in arrays": [() => [undefined], () => [1, undefined, undefined], () => [[undefined], null]],
  "-0": [() => -0, () => ({ a: -0, b: 0 }), () => [0, -0, new Float64Array([-0])]],
  "NaN and the infinities": [() => NaN, () => [Infinity, -Infinity], () => ({ a: NaN, b: [NaN] })],
  "numbers at the edges": [
    () => [0, 63, 64, 127, 128, 255, 256, 65_535, 65_536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53, 2 ** 64],
    () => [-1, -32, -33, -128, -129, -32_768, -32_769, -(2 ** 31), -(2 ** 31) - 1, -(2 ** 53), -(2 ** 63)],
    () => ({ max: Number.MAX_VALUE, min: Number.MIN_VALUE, third: 1 / 3, tenth: 0.1, big: 1e21 }),
  ],
  "BigInt to 64 bits": [
    () => 0n,
    () => [1n, -1n, 2n ** 63n - 1n, -(2n ** 63n)],
    () => ({ a: 2n ** 64n - 1n, b: 2n ** 63n }),
  ],
  "BigInt above 64 bits": [
    () => 2n ** 64n,
    () => [-(2n ** 63n) - 1n, -(2n ** 64n)],
    () => list(70, (bit) => -(1n << BigInt(bit * 8))),
  ],
  "BigInt of 70,000 bits": [
    () => 2n ** 70_000n,
    () => [-(2n ** 70_000n)],
    () => ({ a: 3n ** 44_000n, b: -(3n ** 44_000n) }),
  ],
  "NUL and other controls": [() => "\0", () => ({ "\0": "a\0b" }), () => "\u0001\u007f\u0080\u2028\u2029"],
  "text that is not ASCII": [
    () => "🎫",
    () => ({ "👩‍👩‍👧": "🏳️‍🌈", größe: "Zoë" }),
    () => ["¢", "€", "𐍈", "\u{10ffff}", "\ufffd", "\ufeff", "\ufeff".padEnd(100, "x"), "日本語".repeat(20), "e\u0301é"],
  ],
  "strings of every length": [
    () => list(300, (length) => "a".repeat(length)),
    () => list(300, (length) => "é".repeat(length)),
    () => [65_535, 65_536, 70_000, 16_383, 16_384].flatMap((length) => ["x".repeat(length), "ß".repeat(length)]),
  ],
  "lone surrogates in short strings": [
    () => "\ud800",
    () => ["a\udc00b", "\udc00\ud800"],
    () => ({ a: "\ud83d", b: "\ud83d\udc4d\ud83d" }),
  ],
  "lone surrogates in long strings": [
    () => `${"x".repeat(100)}\ud800`,
    () => [`\udfff${"y".repeat(20_000)}`],
    () => ({ a: `${"é".repeat(50)}\udc00${"é".repeat(50)}` }),
  ],
  "registered symbols": [
    () => Symbol.for("a"),
    () => [Symbol.for(""), Symbol.for("Symbol.iterator")],
    () => ({ a: Symbol.for("\ud800é") }),
  ],
  "well-known symbols": [
    () => Symbol.iterator,
    () => [Symbol.asyncIterator, Symbol.hasInstance],
    () => new Map([[Symbol.toStringTag, Symbol.species]]),
  ],
  "null, booleans, text": [() => null, () => [true, false, null, ""], () => "text"],
};

const objects: Kinds = {
  "key order": [
    () => ({ b: 1, a: 2, c: 3 }),
    () => [
      { a: 1, b: 2 },
      { b: 1, a: 2 },
    ],
    () => ({ z: { y: 1, x: 1 }, a: 1 }),
  ],
  "integer-like keys": [
    () => ({ b: 1, 2: 1, a: 1, 1: 1 }),
    () => ({ "01": 1, "1.5": 1, "-1": 1, 4294967294: 1, 4294967295: 1, 4294967296: 1 }),
    () => list(100, (index) => ({ [index]: index, a: 1 })),
  ],
  "an own __proto__": [
    () => Object.defineProperty({}, "__proto__", { ...hidden(1), enumerable: true }),
    () => JSON.parse('{"a":{"__proto__":{"b":1}},"__proto__":null}') as unknown,
    () => [bare({ ["__proto__"]: 1 }), new Map([["__proto__", 1]])],
  ],
  "awkward keys": [
    () => ({ constructor: 1, toString: 2, hasOwnProperty: 3, valueOf: null }),
    () =>
      Object.fromEntries(["toJSON", "then", "length", "", " ", "prototype", "a.b", "`${0}`"].map((key) => [key, key])),
    () => list(60, (index) => ({ $ref: index, "odd key": 1, "\u2028": 2, '"': 3, "a\\": 4, class: 5 })),
  ],
  "look-alikes": [
    () => ({ type: "Buffer", data: [1, 2] }),
    () => ["\u00c1\u0000", [0xc1, 1, 0], { c1: 1 }],
    () => new Uint8Array([0xc1, 1, 0, 0xc1, 0x14]),
  ],
  "lone-surrogate keys": [
    () => ({ "\ud800": 1, "\udc00": 2 }),
    () => [{ a: 1, "b\ud800": [] }],
    () => new Map([["\ud800", { "\udfff": 1 }]]),
  ],
  "null prototype": [
    () => bare(),
    () => bare({ a: 1, b: bare() }),
    () => list(100, (index) => bare({ index, name: "x" })),
  ],
  "symbol keys": [
    () => ({ [Symbol.for("a")]: 1 }),
    () => ({ a: 1, [Symbol.iterator]: { [Symbol.for("b")]: [] }, 1: 1 }),
    () => list(100, (index) => (index % 2 === 0 ? { index } : { index, [Symbol.for("odd")]: true })),
  ],
  "hidden, readonly and fixed properties": [
    () => Object.defineProperty({ a: 1 }, "b", { value: 2 }),
    () => list(20, (index) => Object.defineProperty({ a: 1 }, "a", { value: index, writable: index % 2 === 0 })),
    () =>
      Object.defineProperties(bare(), { a: hidden([]), [Symbol.for("b")]: { value: new Date(1), enumerable: true } }),
    () => list(200, (index) => (index < 100 ? { index } : Object.defineProperty({ index }, "hidden", hidden(index)))),
  ],
  "frozen, sealed and closed": [
    () => Object.freeze({ a: Object.freeze([1, Object.freeze({ b: 1 })]) }),
    () => [
      Object.seal({ a: 1 }),
      Object.preventExtensions({ a: 1 }),
      Object.freeze([]),
      Object.seal([1]),
      Object.seal([]),
      Object.preventExtensions([{}]),
    ],
    () => [
      Object.freeze(new Map([[1, {}]])),
      Object.freeze(new Date(0)),
      Object.freeze(/x/g),
      Object.freeze(new Error("x")),
    ],
    () => list(200, (index) => (index % 3 === 0 ? Object.freeze({ index }) : { index })),
    () => Object.freeze(holes(5, { 1: 1, extra: Object.seal({}) })),
  ],
  "dictionaries of 100,000 keys": [
    () => dictionary(100_000, (index) => [`key ${index}`, index]),
    () => dictionary(5000, (index) => [`${index}`, null]),
    () => ({ a: dictionary(65, (index) => [`k${index}`, { index }]), b: dictionary(64, (index) => [`k${index}`, 1]) }),
  ],
  "300 shapes": [
    () => list(300, (index) => ({ [`a${index}`]: 1 })),
    () => list(900, (index) => ({ [`a${index % 300}`]: index, b: { [`c${index % 30}`]: 1 } })),
    () => list(5000, (index) => ({ [`only${index}`]: { x: index } })),
  ],
  "10,000 levels of objects": [
    () => nest(10_000, (inner) => ({ inner })),
    () => [nest(254, (inner) => ({ inner })), nest(300, (inner) => ({ inner, b: [inner] }), {})],
    () => nest(10_000, (inner) => bare({ inner })),
  ],
};

const arrays: Kinds = {
  "sparse arrays": [
    () => holes(3, { 1: "x" }),
    () => [holes(3), holes(2000, { 1999: undefined }), holes(1, { x: 1 })],
    () => ({ a: holes(100_000, { 5: {}, 99_999: 1 }) }),
  ],
  "arrays of length 2^32-1": [
    () => holes(2 ** 32 - 1),
    () => [holes(2 ** 32 - 1, { 7: new Date(0), 4294967294: 1 })],
    () => holes(2 ** 31, { a: 1 }),
  ],
  "arrays with more properties": [
    () => give([1, 2], { index: 0, [Symbol.for("s")]: 1 }),
    () => /(?<a>x)(y)?/d.exec("x"),
    () => [give(list(1000, String), { last: true }), Object.defineProperty([1], "hidden", hidden(1))],
    () => Object.defineProperty([1, 2, 3], 1, { value: 2, enumerable: true, configurable: true }),
    () => ((text: TemplateStringsArray) => text)`a\n`,
  ],
  "10,000 levels of arrays": [
    () => nest(10_000, (inner) => [inner]),
    () => nest(257, (inner) => [inner, inner]),
    () => nest(10_000, (inner) => give([inner], { a: 1 })),
  ],
  "plain arrays": [
    () => [[], [[]], [1, "a", null]],
    () => list(70_000, (index) => index * 1.5),
    () => [list(15, String), list(16, String), list(300, (index) => ({ index }))],
  ],
};

const references: Kinds = {
  "cycles in objects": [
    () => tie({} as Record<string, unknown>, (it) => (it["self"] = it)),
    () => tie({ a: { b: {} as Record<string, unknown> } }, (it) => (it.a.b["up"] = it.a)),
    () => tie(bare() as Record<string, unknown>, (it) => give(it, { a: { it } })),
  ],
  "cycles in arrays": [
    () => tie([] as unknown[], (it) => it.push(it)),
    () => tie([[]] as unknown[][], (it) => it[0]!.push(it, it[0])),
    () => tie(holes(3), (it) => (it[1] = { it })),
  ],
  "cycles in Maps": [
    () => tie(new Map<unknown, unknown>(), (it) => it.set(it, it)),
    () => tie(new Map<unknown, unknown>(), (it) => it.set("a", { it })),
    () => tie(new Map<unknown, unknown>([[1, 2]]), (it) => it.set([it], it)),
  ],
  "cycles in Sets": [
    () => tie(new Set<unknown>(), (it) => it.add(it)),
    () => tie(new Set<unknown>([1]), (it) => it.add([it])),
    () => tie([new Set<unknown>()], (it) => it[0]!.add(it)),
  ],
  "shared objects and arrays": [
    twice(() => ({ a: 1 })),
    twice(() => [1]),
    twice(() => bare({ a: 1 })),
    twice(() => holes(3)),
  ],
  "shared Dates": [twice(() => new Date(0)), twice(() => new Date(NaN)), twice(() => give(new Date(1), { a: 1 }))],
  "shared RegExps": [twice(() => /a/g), twice(() => give(/a/y, { lastIndex: 2 })), twice(() => Object.freeze(/a/))],
  "shared Errors": [
    twice(() => new Error("x")),
    twice(() => new TypeError("x", { cause: [] })),
    twice(() => new DOMException("x")),
  ],
  "shared Maps and Sets": [
    twice(() => new Map([[1, {}]])),
    twice(() => new Set([{}])),
    twice(() => new Map([[new Set(), new Map()]])),
  ],
  "shared typed arrays": [
    twice(() => new Uint8Array(3)),
    twice(() => new Float64Array([1.5])),
    twice(() => Buffer.from("abc")),
  ],
  "shared buffers": [twice(octets), twice(() => new DataView(octets(), 2)), twice(() => resizable(4, 8))],
  "shared URLs, boxed values": [
    twice(() => new URL("https://a.example/")),
    twice(() => boxed(1)),
    twice(() => new Headers({ a: "b" })),
  ],
  "shared keys of Maps": [
    () => tie({}, (key) => give(key, { maps: [new Map([[key, 1]]), new Map([[key, 2]])] })),
    () => tie(new Date(5), (key) => give(key, { m: new Map([[key, key]]) })),
    () => [new Map([[octets(), 1]]), new Map([[/a/, /b/]]), new Map([[new Map(), new Map()]])],
  ],
  "views on one buffer": [
    () =>
      tie([octets()] as unknown[], (it) =>
        it.push(new Uint8Array(it[0] as ArrayBuffer, 1, 2), new Int16Array(it[0] as ArrayBuffer)),
      ),
    () =>
      ((it: ArrayBuffer) => ({
        a: new Uint8Array(it, 0, 2),
        b: new Float32Array(it, 4, 1),
        c: new DataView(it, 3, 0),
      }))(octets()),
    () => ((it: Buffer) => [it.subarray(10, 20), it, it.subarray(15, 30)])(Buffer.alloc(20_000, 7)),
    () => ((it: Buffer) => [it, it.subarray(1, 3), Buffer.from("another")])(Buffer.from("pooled")),
    () => ((it: ArrayBuffer) => new Map<unknown, unknown>([[new Uint8Array(it, 3, 2), it]]))(octets()),
  ],
  "a URL and its searchParams": [
    () => tie([new URL("https://a.example/?b=c")] as unknown[], (it) => it.push((it[0] as URL).searchParams)),
    () => tie([new URL("https://a.example/?b=c")] as unknown[], (it) => it.unshift((it[0] as URL).searchParams)),
    () => ({ url: new URL("https://a.example/?b=c"), own: new URLSearchParams("b=c") }),
  ],
  "an Error that is its own cause": [
    () => tie(new Error("x"), (it) => (it.cause = it)),
    () => tie(new TypeError("x", { cause: {} }), (it) => give(it.cause as object, { it })),
    () => tie(new AggregateError([], "x"), (it) => it.errors.push(it)),
  ],
};

const builtins: Kinds = {
  "Dates before 1970 and at the extremes": [
    () => new Date(0),
    () => [new Date(-1), new Date("1905-06-07T08:09:10.111Z")],
    () => ({ a: new Date(8.64e15), b: new Date(-8.64e15) }),
  ],
  "invalid Dates": [() => new Date(NaN), () => [new Date("no")], () => new Map([[new Date(NaN), 1]])],
  "RegExp flags": [
    () => /a+/gi,
    () => [/[/\]]\//u, new RegExp(""), new RegExp("\n"), new RegExp("\\p{L}\ud800", "u")],
    () => ({ a: /(?<n>é)/dgimsy }),
  ],
  "RegExp lastIndex": [
    () => give(/x/y, { lastIndex: 4 }),
    () => [give(/x/g, { lastIndex: -1.5 })],
    () => give(/x/, { lastIndex: NaN }),
  ],
  "Map with mixed keys": [
    () => new Map(),
    () =>
      new Map<unknown, unknown>([
        [1, "1"],
        ["1", 1],
        [NaN, undefined],
        [null, -0],
        [{}, []],
        [1n, true],
        [Symbol.iterator, new Map()],
      ]),
    () => new Map(list(70_000, (index) => [index, String(index)])),
  ],
  "nested Sets": [
    () => new Set(),
    () => new Set([1, "1", NaN, undefined, new Set([new Set([{}])])]),
    () => [new Set(list(1000, String))],
  ],
  ...Object.fromEntries(
    VIEWS.map((name) => [
      name,
      [
        () => view(name, 0),
        () => [view(name, 3), view(name, octets())],
        () => ({ a: view(name, 400), b: view(name, new ArrayBuffer(24), 8, 1) }),
      ],
    ]),
  ),
  ArrayBuffer: [() => new ArrayBuffer(0), () => [octets()], () => ({ a: new ArrayBuffer(100_000) })],
  "resizable ArrayBuffer": [
    () => resizable(0, 0),
    () => [resizable(8, 1024)],
    () => ({ a: give(resizable(3, 3), { extra: 1 }) }),
  ],
  DataView: [
    () => new DataView(octets()),
    () => [new DataView(octets(), 3, 2)],
    () => ({ a: new DataView(new ArrayBuffer(0)) }),
  ],
  Buffer: [
    () => Buffer.from("text"),
    () => [Buffer.alloc(0), Buffer.alloc(10_000, 1)],
    () => ({ a: Buffer.from([0, 255]) }),
  ],
  subarrays: [
    () => new Uint8Array(1_000_000).subarray(10, 20),
    () => [new Float64Array(8).subarray(1, 3)],
    () => ({ a: Buffer.alloc(100_000, 1).subarray(5, 9) }),
  ],
  "boxed primitives": [
    () => boxed(-0),
    () => [boxed("te\ud800xt"), boxed(false), give(boxed("ab"), { c: 1 })],
    () => ({ a: boxed(2n ** 80n), b: boxed(Symbol.iterator) }),
  ],
  URL: [
    () => new URL("https://user:pass@example.com:8080/a?c=d#e"),
    () => [new URL("data:text/plain,hello"), new URL("file:///a%20b")],
    () => ({ a: give(new URL("https://münchen.example/ü?ü=🎫"), { x: 1 }) }),
  ],
  URLSearchParams: [
    () => new URLSearchParams(),
    () => [new URLSearchParams("a=1&a=2&b=")],
    () => ({ a: new URLSearchParams([["ü", "&= +"]]) }),
  ],
  Headers: [
    () => new Headers(),
    () => [new Headers({ "Content-Type": "text/plain", accept: "a, b" })],
    () => tie(new Headers(), (it) => ["a=1", "b=2"].forEach((item) => it.append("set-cookie", item))),
  ],
  "built-ins with properties of their own": [
    () => give(new Map([[1, 2]]), { name: "m", [Symbol.for("s")]: [] }),
    () => [
      give(new Uint8Array(2), { a: 1 }),
      give(new Uint8Array(5000), { a: 1 }),
      Object.defineProperty(new Float32Array(500), "h", hidden(1)),
    ],
    () => list(100, (index) => (index < 70 ? new Date(index) : give(new Date(index), { index }))),
    () => nest(300, (inner) => give(new Date(0), { inner })),
  ],
};

const errors: Kinds = {
  "name, message and stack": [
    () => new Error("x"),
    () => [new Error(), give(new Error("é"), { name: "Custom" })],
    () => tie(new Error("x"), (it) => delete it.stack),
  ],
  "cause chains": [
    () => new Error("a", { cause: new TypeError("b", { cause: "c" }) }),
    () => [new Error("x", { cause: undefined }), new Error("x", { cause: null })],
    () => nest(3000, (cause) => new Error("e", { cause })),
  ],
  "classes of errors": [
    () => [new TypeError("a"), new RangeError("b"), new SyntaxError("c"), new ReferenceError("d")],
    () => new EvalError("x"),
    () => ({ a: new URIError("x") }),
  ],
  "own properties": [
    () => give(new Error("x"), { code: "ENOENT", errno: -2, at: new Date(0) }),
    () => Object.defineProperty(new Error("x"), "hidden", hidden({ a: 1 })),
    () => [
      Object.defineProperty(new Error("x"), "message", { value: "y", enumerable: true }),
      Object.freeze(new Error("z")),
    ],
  ],
  AggregateError: [
    () => new AggregateError([new Error("a"), 1], "x"),
    () => [new AggregateError([])],
    () => new AggregateError([new AggregateError([{}])], "x", { cause: 1 }),
  ],
  DOMException: [
    () => new DOMException("x", "AbortError"),
    () => [new DOMException()],
    () => give(new DOMException("é", "DataCloneError"), { more: [] }),
  ],
};

type TemporalNamespace = Record<string, { from(text: string): object }>;
const temporal = (globalThis as { Temporal?: TemporalNamespace }).Temporal;
const temporals: Kinds =
  temporal === undefined
    ? {}
    : {
        Temporal: [
          () => temporal["Instant"]!.from("2026-11-20T00:00:00.123456789Z"),
          () => [
            temporal["ZonedDateTime"]!.from("2026-11-20T01:02:03+01:00[Europe/Berlin][u-ca=hebrew]"),
            temporal["Duration"]!.from("P1Y2M3DT4H"),
          ],
          () =>
            ["PlainDate", "PlainDateTime", "PlainYearMonth", "PlainMonthDay"]
              .map((name) => temporal[name]!.from("2026-11-20T01:02:03"))
              .concat(temporal["PlainTime"]!.from("01:02:03.5")),
        ],
      };

export const kinds: Kinds = {
  ...primitives,
  ...objects,
  ...arrays,
  ...references,
  ...builtins,
  ...errors,
  ...temporals,
};
