import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { SerializationError } from "@coatcheck/core";
import { msgpack } from "@coatcheck/serializer-msgpack";
import { kinds } from "./corpus.ts";
import { firstDifference } from "@coatcheck/testing";

const RUNS = Number(process.env["COATCHECK_FUZZ"] ?? 20_000);

class Point {
  declare x: number;
}
class Money {
  #cents = 0;
  static of(cents: unknown): Money {
    const money = new Money();
    money.#cents = Number(cents);
    return money;
  }
  get cents(): number {
    return this.#cents;
  }
}
const serializer = msgpack({
  classes: [
    { class: Point, version: 2, upgrade: (state: object) => ({ ...state }) },
    { class: Money, toState: ({ cents }: Money) => cents, fromState: (cents: unknown) => Money.of(cents) },
  ],
});
const plain = msgpack({ profile: "plain" });
const HEAD = [0xc1, 1, 3];

/** Reads it, or fails as it should. */
function attempt(bytes: Uint8Array | readonly number[]): SerializationError | undefined {
  try {
    serializer.deserialize(Uint8Array.from(bytes));
    return undefined;
  } catch (error) {
    if (!(error instanceof SerializationError) || error.code !== "NotDeserializable") throw error;
    if (error.message.length > 2000) throw new Error("the message is too long", { cause: error });
    return error;
  }
}

const prototypes = [Object, Array, Function, String, Map, Set, Date, RegExp, Error, Uint8Array, Promise, Point, Money];
const surface = (): string =>
  JSON.stringify(prototypes.map(({ prototype }) => Reflect.ownKeys(prototype as object).map(String)));
const before = surface();
const { stackTraceLimit } = Error;

function untouched(): void {
  expect(surface()).toBe(before);
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  expect(Error.stackTraceLimit).toBe(stackTraceLimit);
}

const documents = Object.values(kinds)
  .flat()
  .map((make) => serializer.serialize(make()) as Uint8Array)
  .concat([
    serializer.serialize([Object.assign(new Point(), { x: 1 }), Money.of(5), [Money.of(6)]]) as Uint8Array,
    plain.serialize({ a: [1, "b", new Date(1), new Uint8Array(3), -1.5, 2 ** 40, null, true] }) as Uint8Array,
  ])
  .filter(({ length }) => length < 4000);

test("there is something to damage", () => {
  expect(documents.length).toBeGreaterThan(200);
});

describe("damaged bytes", () => {
  test("every cut is found", () => {
    for (const document of documents) {
      for (let length = 0; length < Math.min(document.length, 400); length++) {
        expect(attempt(document.subarray(0, length))).toBeInstanceOf(SerializationError);
      }
      expect(attempt(Buffer.concat([document, Buffer.from([0])]))).toBeInstanceOf(SerializationError);
    }
    untouched();
  });

  test(`${RUNS} mutations are read or refused, and nothing else happens`, () => {
    const change = fc.tuple(
      fc.constantFrom("set", "insert", "remove", "double", "splice"),
      fc.nat(),
      fc.oneof(
        fc.nat(255),
        fc.constantFrom(0xc1, 0xc6, 0xc9, 0xdb, 0xdd, 0xdf, 0xd4, 0x40, 0x72, 0x07, 0x06, 0x01, 0x00, 0xff),
      ),
      fc.nat(),
    );
    const results = { read: 0, refused: 0 };
    fc.assert(
      fc.property(fc.nat(documents.length - 1), fc.array(change, { minLength: 1, maxLength: 5 }), (number, changes) => {
        let bytes = [...documents[number]!];
        for (const [how, where, byte, from] of changes) {
          const at = where % (bytes.length + 1);
          const other = documents[from % documents.length]!;
          if (how === "set") bytes[at] = byte;
          else if (how === "insert") bytes.splice(at, 0, byte);
          else if (how === "remove") bytes.splice(at, 1 + (byte % 8));
          else if (how === "double") bytes.splice(at, 0, ...bytes.slice(at, at + byte));
          else bytes = [...bytes.slice(0, at), ...other.subarray(from % other.length)];
        }
        results[attempt(bytes) === undefined ? "read" : "refused"]++;
      }),
      { numRuns: RUNS },
    );
    untouched();
    // Most damage shows, and some makes another value: only a checksum tells, and that is not the serializer's.
    expect(results.refused).toBeGreaterThan(RUNS / 10);
    expect(results.read).toBeGreaterThan(RUNS / 100);
  });

  test(`${RUNS} random streams are read or refused, and nothing else happens`, () => {
    const token = fc.oneof(
      fc.nat(255).map((byte) => [byte]),
      fc.constantFrom(
        [0xc1, 0x00, 0],
        [0xc1, 0x01, 0xc1, 0x10],
        [0xc1, 0x06, 0x1f, 0, 0xa5, ...Buffer.from("Point"), 1, 0x10],
        [0xd4, 0x72, 0x40, 0x91, 0xa1, 0x61],
      ),
      fc.tuple(fc.constant(0xc1), fc.nat(0x33)).map((pair) => [...pair]),
      fc
        .constantFrom("__proto__", "constructor", "prototype", "toString", "then")
        .map((name) => [0xa0 | name.length, ...Buffer.from(name)]),
    );
    fc.assert(
      fc.property(fc.nat(3), fc.array(token, { maxLength: 60 }), (flags, tokens) => {
        attempt([0xc1, 1, flags, ...tokens.flat()]);
        attempt(tokens.flat());
      }),
      { numRuns: RUNS },
    );
    untouched();
  });

  test("text that is no UTF-8 is refused, not changed", () => {
    for (const text of [[0xff], [0xc3], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xc0, 0x80], [0xf5, 0x80, 0x80, 0x80]]) {
      for (const pad of [0, 30, 100]) {
        const bytes = [...new Uint8Array(pad).fill(0x61), ...text];
        expect(attempt([0xc1, 1, 0, 0xda, 0, bytes.length, ...bytes])).toBeInstanceOf(SerializationError);
        expect(attempt([0xda, 0, bytes.length, ...bytes])).toBeInstanceOf(SerializationError);
      }
    }
  });
});

describe("bombs", () => {
  const big = [0xff, 0xff, 0xff, 0xff];
  const times = (count: number, bytes: readonly number[]): number[] =>
    Array.from({ length: count }, () => bytes).flat();

  test.each<[string, readonly number[]]>([
    ["a string", [0xdb, ...big]],
    ["bytes", [0xc1, 0x30, 0xc6, ...big]],
    ["an array", [0xdd, ...big]],
    ["an object", [0xdf, ...big]],
    ["a BigInt", [0xc9, ...big, 0x42]],
    ["a tagged array", [0xc1, 0x12, 0xce, ...big]],
    ["a Map", [0xc1, 0x14, 0xce, ...big]],
    ["a Set", [0xc1, 0x15, 0xce, ...big]],
    ["properties", [0xc1, 0x10, 0xce, ...big]],
    ["Headers", [0xc1, 0x26, 0xce, ...big]],
    ["a deferred array", [0xc1, 0x01, 0xc1, 0x12, 0xce, ...big]],
    ["a typed array", [0xc1, 0x32, 1, 0xc6, ...big]],
    ["a resizable buffer", [0xc1, 0x31, 0xcb, 0x43, 0x30, 0, 0, 0, 0, 0, 0, 0xc4, 0]],
    ["the names of a record", [0xd4, 0x72, 0x40, 0xdd, ...big]],
    ["nested arrays", times(200, [0xdc, 0xff, 0xff])],
  ])("a length that is not there: %s", (_, bytes) => {
    expect(attempt([...HEAD, ...bytes])).toBeInstanceOf(SerializationError);
    expect(attempt([...HEAD, ...bytes, ...new Uint8Array(1000)])).toBeInstanceOf(SerializationError);
  });

  test("many long arrays without elements take no memory for them", () => {
    const sparse = [0xc1, 0x13, 0xce, 0x01, 0xff, 0xff, 0xff, 0];
    const memory = process.memoryUsage().rss;
    expect(attempt([...HEAD, 0xdc, 0x27, 0x10, ...times(10_000, sparse)])).toBeUndefined();
    expect(process.memoryUsage().rss - memory).toBeLessThan(300_000_000);
  });

  const lengthOf = (value: readonly number[]): number[] => [0xc0, 1, 0xa6, ...Buffer.from("length"), ...value];
  test.each<[string, readonly number[]]>([
    ["of an array", [0xc1, 0x06, 2, 0x12, 0, 1, ...lengthOf([0xce, 0x01, 0xc0, 0, 0])]],
    ["of an array with holes", [0xc1, 0x13, 1, 2, ...lengthOf([0xce, 0x01, 0xc0, 0, 0]), ...lengthOf([1])]],
    ["of an array, as an element", [0xc1, 0x06, 2, 0x12, 0, 1, 0xa3, ...Buffer.from("900"), 1]],
  ])("a length that is set as a property would take hundreds of megabytes: %s", (_, bytes) => {
    expect(attempt([...HEAD, ...bytes])?.reason).toMatch(/^an array holds (its length as a property|an element past)/);
  });

  const thousand = [0xa4, ...Buffer.from("1000"), 1];
  test.each<[string, readonly number[]]>([
    ["in an array with holes", [0xc1, 0x13, 0xcd, 0x04, 0x00, 0]],
    ["in a map", [0x81, ...thousand]],
    ["in a record", [0xd4, 0x72, 0x40, 0x91, ...thousand]],
    ["in an object with a tag", [0xc1, 0x10, 1, ...thousand]],
    ["in the record of an object with a tag", [0xc1, 0x10, 0xd4, 0x72, 0x40, 0x91, ...thousand]],
    ["in an error", [0xc1, 0x16, 0, 1, ...thousand]],
  ])("elements far out take no memory for those before them: %s", (_, bytes) => {
    const count = 30_000;
    const document = Uint8Array.from([...HEAD, 0xdc, count >> 8, count & 0xff, ...times(count, bytes)]);
    const memory = process.memoryUsage().rss;
    const value = serializer.deserialize(document) as unknown[];
    expect(process.memoryUsage().rss - memory).toBeLessThan(120_000_000);
    expect(value).toHaveLength(count);
  });

  const han = Array.from({ length: 333_333 }, (_, at) => String.fromCodePoint(0x4e00 + ((at * 7919) % 20_000))).join(
    "",
  );
  test.each<[string, string]>([
    ["as it is", `http://${han}/`],
    ["encoded", `https://${encodeURIComponent(han)}/`],
    ["behind a name", `ws://a:b@${encodeURIComponent(han)}`],
    ["behind too many slashes", `http:////${encodeURIComponent(han)}/`],
    ["behind backslashes", `http:\\\\${encodeURIComponent(han)}/`],
    ["without slashes", `http:${encodeURIComponent(han)}/`],
    ["behind a space and a tab", ` ht\ttp://${encodeURIComponent(han)}/`],
    ["in upper case", `HTTP://${encodeURIComponent(han)}/`],
    ["in punycode", `http://xn--${"a".repeat(100)}-${"9a".repeat(500_000)}/`],
  ])("a host of a megabyte beyond ASCII, which would take minutes to read: %s", (_, href) => {
    const text = Buffer.from(href);
    const length = [
      0xdb,
      text.length >>> 24,
      (text.length >>> 16) & 0xff,
      (text.length >>> 8) & 0xff,
      text.length & 0xff,
    ];
    const bytes = Buffer.concat([Uint8Array.from([0xc1, 1, 0, 0xc1, 0x23, ...length]), text]);
    expect(attempt(bytes)?.reason).toBe("a URL does not read back as itself");
  });

  test("nested arrays that each claim what is left take no memory for it", () => {
    const memory = process.memoryUsage().rss;
    const claims = Array.from({ length: 250 }, () => [0xdd, 0, 0x0f, 0, 0]).flat();
    expect(attempt([...HEAD, ...claims, ...new Uint8Array(1_000_000)])).toBeInstanceOf(SerializationError);
    expect(process.memoryUsage().rss - memory).toBeLessThan(300_000_000);
  });

  test.each<[string, readonly number[]]>([
    ["arrays", [0x91]],
    ["objects", [0x81, 0xa1, 0x61]],
    ["tagged arrays", [0xc1, 0x12, 1]],
    ["Maps", [0xc1, 0x14, 1]],
    ["Sets", [0xc1, 0x15, 1]],
    ["errors", [0xc1, 0x16, 0, 1, 0xa1, 0x61]],
    ["boxed values", [0xc1, 0x22]],
    ["views", [0xc1, 0x33, 1]],
    ["search parameters", [0xc1, 0x25]],
    ["references to references", [0xc1, 0x00]],
    ["counts", [0xc1, 0x12, 0xc1, 0x12]],
    ["deferrals", [0xc1, 0x01]],
    ["states", [0xc1, 0x07, 0, 0xa5, ...Buffer.from("Money"), 1]],
    ["records", [0xd4, 0x72, 0x40, 0x91, 0xa1, 0x61]],
  ])("nesting without end: %s", (_, bytes) => {
    expect(attempt([...HEAD, ...times(50_000, bytes)])).toBeInstanceOf(SerializationError);
    expect(attempt(times(50_000, bytes))).toBeInstanceOf(SerializationError);
  });

  test("deferred objects in a row are read without recursion", () => {
    const count = 50_000;
    const bytes = [...HEAD, ...times(count, [0xc1, 0x01, 0x12, 1]), 0];
    let depth = 0;
    for (let at = serializer.deserialize(Uint8Array.from(bytes)); Array.isArray(at); at = at[0]) depth++;
    expect(depth).toBe(count);
  });

  test("one object that is referred to often is read once", () => {
    const count = 0xffff;
    const bytes = [...HEAD, 0xdc, 0xff, 0xff, 0x91, 1, ...times(count - 1, [0xc1, 0x00, 1])];
    const value = serializer.deserialize(Uint8Array.from(bytes)) as unknown[];
    expect(new Set(value).size).toBe(1);
  });

  test("many records that are each used a little are refused or read, and not compiled without end", () => {
    const records = Array.from({ length: 64 }, (_, id) => [
      0xd4,
      0x72,
      0x40 | id,
      0x91,
      0xa2,
      97 + (id % 26),
      97 + (id >> 4),
      0xc0,
      ...times(30, [0x40 | id, 0xc0]),
    ]);
    expect(attempt([...HEAD, 0xdc, 0x07, 0xc0, ...records.flat()])).toBeUndefined();
    expect(
      attempt([...HEAD, 0xdc, 0xff, 0xff, ...times(1000, [0xd4, 0x72, 0x40, 0x91, 0xa1, 0x61, 0xc0])]),
    ).toBeInstanceOf(SerializationError);
  });
});

describe("prototypes and code", () => {
  const name = (text: string): number[] => [0xa0 | text.length, ...Buffer.from(text)];

  test("__proto__ as a name sets no prototype", () => {
    expect(attempt([...HEAD, 0x81, ...name("__proto__"), 0x80])).toBeInstanceOf(SerializationError);
    expect(attempt([...HEAD, 0xd4, 0x72, 0x40, 0x91, ...name("__proto__"), 0x80])).toBeInstanceOf(SerializationError);
    const value = serializer.deserialize(
      Uint8Array.from([...HEAD, 0xc1, 0x10, 1, ...name("__proto__"), 0x81, ...name("polluted"), 1]),
    ) as object;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.getOwnPropertyNames(value)).toEqual(["__proto__"]);
    const read = plain.deserialize(
      Uint8Array.from([0x81, ...name("__proto__"), 0x81, ...name("polluted"), 1]),
    ) as object;
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
    untouched();
  });

  test("constructor.prototype leads nowhere", () => {
    serializer.deserialize(
      Uint8Array.from([
        ...HEAD,
        0x81,
        ...name("constructor"),
        0x81,
        ...name("prototype"),
        0x81,
        ...name("polluted"),
        1,
      ]),
    );
    untouched();
  });

  test("names that are code are names", () => {
    const names = [
      "a:1}),globalThis.polluted=1,({b",
      "constructor",
      "d",
      "`${globalThis.polluted=1}`",
      "a\nb",
      "\u2028",
      "get x",
      "*a",
      "async",
      "...x",
      "[x]",
      "0",
      "__proto_",
    ];
    const rows = Array.from({ length: 100 }, () => Object.fromEntries(names.map((key, index) => [key, index])));
    expect(firstDifference(serializer.deserialize(serializer.serialize(rows) as Uint8Array), rows)).toBeUndefined();
    expect("polluted" in globalThis).toBe(false);
  });

  test("names with commas are told from several names", () => {
    const many = (make: (index: number) => object): object[] => Array.from({ length: 100 }, (_, index) => make(index));
    for (const rows of [
      many((a) => ({ a, b: 1 })),
      many((a) => ({ "a,b": a })),
      many((a) => ({ a, "b,c": 1, d: 2 })),
    ]) {
      expect(firstDifference(serializer.deserialize(serializer.serialize(rows) as Uint8Array), rows)).toBeUndefined();
    }
  });

  test("only a registered class is made, and of a class that is not nothing is made either", () => {
    expect(attempt([...HEAD, 0xc1, 0x06, 1, 0, ...name("Error"), 1, 0x10, 0])?.message).toMatch(
      /"Error", which is not registered here/,
    );
    expect(attempt([...HEAD, 0xc1, 0x07, 0, ...name("Function"), 1, ...name("return 1")])?.message).toMatch(
      /"Function"/,
    );
    expect(attempt([...HEAD, 0xc1, 0x06, 1, 0, ...name("__proto__"), 1, 0x10, 0])).toBeInstanceOf(SerializationError);
  });

  test("where code cannot be made from text, records are read as well", () => {
    const rows = Array.from({ length: 200 }, (_, id) => ({ id, only: { here: id } }));
    const { Function: original } = globalThis;
    globalThis.Function = function () {
      throw new EvalError("not allowed");
    } as unknown as FunctionConstructor;
    try {
      expect(serializer.deserialize(serializer.serialize(rows) as Uint8Array)).toEqual(rows);
    } finally {
      globalThis.Function = original;
    }
  });
});

test.each([
  ["a record number below 64 in another byte than 40 to 7f", [0xd4, 0x72, 0x80, 0x90]],
  ["the same as properties", [0xc1, 0x10, 0xd4, 0x72, 0, 0x90]],
  ["a record number below 64 by the tag of higher ones", [0x92, 0xd4, 0x72, 0x40, 0x90, 0xc1, 5, 0]],
])("%s is refused", (_, bytes) => {
  expect(attempt([...HEAD, ...bytes])?.message).toContain("record");
});

test("what is no bytes, or of another version, says so", () => {
  expect(attempt([])?.message).toMatch(/there are no bytes/);
  expect(attempt([0xc1, 2, 0, 0])?.message).toMatch(
    /format version 2, and this reads version 1\. Read them with a newer version/,
  );
  expect(attempt([0xc1, 1, 4, 0])?.message).toMatch(/unknown flags/);
  expect(() => serializer.deserialize("text" as never)).toThrow(/no Uint8Array/);
});
