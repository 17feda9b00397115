import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { SerializationError } from "@coatcheck/core";
import { json } from "@coatcheck/serializer-json";
import { kinds } from "./corpus.ts";

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
const serializer = json({
  classes: [
    Point,
    { class: Money, toState: ({ cents }: Money) => cents, fromState: (cents: unknown) => Money.of(cents) },
  ],
});

/** Reads it, or fails as it should; whichever it was, nothing else was touched. */
function attempt(bytes: Uint8Array): "read" | "refused" {
  try {
    serializer.deserialize(bytes);
    return "read";
  } catch (error) {
    if (!(error instanceof SerializationError) || error.code !== "NotDeserializable") throw error;
    expect(error.message.length).toBeLessThan(2000);
    return "refused";
  }
}
const attemptText = (text: string): "read" | "refused" => attempt(Buffer.from(text));

const builtinPrototypes = [Object, Array, Function, String, Map, Set, Date, RegExp, Error, Promise, Point, Money].map(
  ({ prototype }) => prototype as object,
);
const shapes = (): string => JSON.stringify(builtinPrototypes.map((each) => Reflect.ownKeys(each).map(String)));
const before = shapes();

function untouched(): void {
  expect(shapes()).toBe(before);
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
}

const documents = kinds
  .flatMap(([, ...makers]) => makers.map((make) => Buffer.from(serializer.serialize(make()) as Uint8Array)))
  .filter((bytes) => bytes.byteLength < 3000);

/** Texts that make sense somewhere in a document of ours, put where they make none. */
const scraps = [
  [
    "$date",
    "$map",
    "$set",
    "$node",
    "$graph",
    "$array",
    "$class",
    "$state",
    "$error",
    "$with",
    "$frozen",
    "$bytes",
    "$entries",
    "$nullPrototype",
    "$regexp",
    "$bigint",
    "$arrayBuffer",
    "__proto__",
    "constructor",
    "prototype",
    "$$",
  ].map((tag) => `"${tag}":`),
  [
    "null",
    "0",
    "-1",
    "1e999",
    "4294967295",
    '""',
    '"0x"',
    "[]",
    "{}",
    '{"$node":0}',
    '{"$node":1}',
    "[[]]",
    '{"__proto__":{"polluted":true}}',
    "{",
    "}",
    "[",
    "]",
    ",",
    '"',
    "\\u0024",
    "\0",
  ],
]
  .flat()
  .map((scrap) => Buffer.from(scrap));

test(`${RUNS} damaged documents are read or refused, and nothing else happens`, () => {
  const count = { read: 0, refused: 0 };
  const edit = fc.record({
    at: fc.nat(),
    drop: fc.nat(6),
    scrap: fc.option(fc.nat(scraps.length - 1)),
    byte: fc.nat(255),
  });
  fc.assert(
    fc.property(
      fc.nat(documents.length - 1),
      fc.array(edit, { minLength: 1, maxLength: 3 }),
      fc.option(fc.nat(), { freq: 6 }),
      (which, edits, cut) => {
        let bytes = documents[which]!;
        for (const { at, drop, scrap, byte } of edits) {
          const position = at % (bytes.byteLength + 1);
          const middle = scrap === null ? Buffer.from([byte]) : scraps[scrap]!;
          bytes = Buffer.concat([bytes.subarray(0, position), middle, bytes.subarray(position + drop)]);
        }
        if (cut !== null) bytes = bytes.subarray(0, cut % (bytes.byteLength + 1));
        count[attempt(bytes)]++;
      },
    ),
    { numRuns: RUNS },
  );
  untouched();
  expect(count.refused).toBeGreaterThan(RUNS / 4);
});

test(`${RUNS} documents in which values and names were swapped are read or refused, and nothing else happens`, () => {
  const count = { read: 0, refused: 0 };
  const TOKEN = /"(?:\\.|[^"\\])*"|-?\d[\d.eE+-]*|true|false|null/g;
  const swap = fc.record({ at: fc.nat(), from: fc.nat(), document: fc.nat(documents.length - 1) });
  fc.assert(
    fc.property(fc.nat(documents.length - 1), fc.array(swap, { minLength: 1, maxLength: 3 }), (which, swaps) => {
      const pieces = documents[which]!.toString().split(TOKEN);
      const tokens = documents[which]!.toString().match(TOKEN) ?? [];
      for (const { at, from, document } of swaps) {
        const others = documents[document]!.toString().match(TOKEN) ?? ["null"];
        if (tokens.length > 0) tokens[at % tokens.length] = others[from % others.length]!;
      }
      count[attemptText(pieces.map((piece, index) => piece + (tokens[index] ?? "")).join(""))]++;
    }),
    { numRuns: RUNS },
  );
  untouched();
  expect(count.read).toBeGreaterThan(RUNS / 10);
  expect(count.refused).toBeGreaterThan(RUNS / 10);
});

test(`${RUNS / 2} documents of forged tags are read or refused, and nothing else happens`, () => {
  const names = [
    "undefined",
    "number",
    "bigint",
    "string",
    "symbol",
    "wellKnownSymbol",
    "entries",
    "nullPrototype",
    "with",
    "frozen",
    "sealed",
    "closed",
    "class",
    "state",
    "array",
    "date",
    "map",
    "set",
    "regexp",
    "boxed",
    "url",
    "urlSearchParams",
    "headers",
    "temporal",
    "error",
    "arrayBuffer",
    "buffer",
    "bytes",
    "int16Array",
    "float64Array",
    "dataView",
    "node",
    "graph",
    "$",
    "__proto__",
  ];
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 6, withCrossShrink: true },
      fc.constantFrom<unknown>(
        null,
        0,
        1,
        -1,
        3,
        4294967295,
        1e300,
        "",
        "a",
        "AAAA",
        "TypeError",
        "Point",
        "Money",
        "Duration",
        true,
        "2026-11-20T00:00:00.000Z",
        "0x0",
        "gi",
      ),
      fc.array(tie("tree"), { maxLength: 4 }),
      fc.tuple(fc.constantFrom(...names), tie("tree")).map(([name, argument]) => ({ [`$${name}`]: argument })),
      fc
        .tuple(fc.constantFrom("$class", "$state"), fc.constantFrom("Point", "Money", "Other"), fc.nat(2), tie("tree"))
        .map(([tag, name, version, content]) => ({ [tag]: [name, version, content] })),
      fc
        .record({
          type: fc.constantFrom("Error", "DOMException", "AggregateError", "constructor"),
          cause: tie("tree"),
          properties: tie("tree"),
          stack: tie("tree"),
        })
        .map((argument) => ({ $error: argument })),
      fc.nat(3).map((node) => ({ $node: node })),
      fc.dictionary(fc.constantFrom("a", "$date", "__proto__", "constructor"), tie("tree"), { maxKeys: 3 }),
    ),
  }));
  const count = { read: 0, refused: 0 };
  fc.assert(
    fc.property(tree, fc.array(tree, { maxLength: 4 }), fc.boolean(), (root, others, isGraph) => {
      count[attemptText(JSON.stringify(isGraph ? { $graph: [root, ...others] } : root))]++;
    }),
    { numRuns: RUNS / 2 },
  );
  untouched();
  expect(count.read).toBeGreaterThan(RUNS / 100);
  expect(count.refused).toBeGreaterThan(RUNS / 100);
});

/** Turning it into the domain it stands for would take minutes. */
const HAN = Array.from({ length: 333_333 }, (_, at) => String.fromCodePoint(0x4e00 + ((at * 7919) % 20_000))).join("");

describe("refused:", () => {
  test.each<[string, string]>([
    ["empty", ""],
    ["a byte order mark", "\ufeff{}"],
    ["two documents", "{}{}"],
    ["an unknown tag", '{"$later":1}'],
    ["a tag named like a method of Object", '{"$constructor":1}'],
    ["a tag in upper case", '{"$Date":null}'],
    ["an escaped tag name with a wrong argument", '{"\\u0024date":1}'],
    ["an invalid date", '{"$date":"2026-13-01T00:00:00.000Z"}'],
    ["a date that is not as toISOString writes it", '{"$date":"2026-11-20"}'],
    ["a BigInt of code", '{"$bigint":"1n"}'],
    ["a long decimal BigInt", `{"$bigint":"${"9".repeat(5000)}"}`],
    ["a RegExp that is none", '{"$regexp":["(","g"]}'],
    ["unknown flags", '{"$regexp":["a","x"]}'],
    ["base64 with a wrong length", '{"$bytes":"AAA"}'],
    ["base64 with bits that belong to no byte", '{"$bytes":"AB=="}'],
    ["base64 of another alphabet", '{"$bytes":"-_-_"}'],
    ["bytes that are no whole elements", '{"$float64Array":"AAAA"}'],
    ["a view beyond its buffer", '{"$graph":[{"$bytes":[{"$node":1},0,9]},{"$arrayBuffer":"AAAA"}]}'],
    ["a view on what is no buffer", '{"$graph":[{"$bytes":[{"$node":1},0,1]},{"a":1}]}'],
    ["a view on itself", '{"$graph":[{"$bytes":[{"$node":0},0,1]}]}'],
    ["a length beyond the largest", '{"$array":[4294967296,{}]}'],
    ["a negative length", '{"$array":[-1,{}]}'],
    ["an element beyond the length", '{"$array":[1,{"5":1}]}'],
    ["a Map with an entry of three", '{"$map":[[1,2,3]]}'],
    ["a Map with a key twice", '{"$map":[[1,2],[1,3]]}'],
    ["a Set with an item twice", '{"$set":[1,1]}'],
    ["a reference without a table", '{"$node":0}'],
    ["a reference to no entry", '{"$graph":[{"$node":1}]}'],
    ["a reference to itself", '{"$graph":[{"$node":0}]}'],
    ["references in a circle", '{"$graph":[{"$node":1},{"$node":0}]}'],
    ["an empty table", '{"$graph":[]}'],
    ["a table inside", '{"a":{"$graph":[1]}}'],
    ["a reference by text", '{"$graph":[[{"$node":"0"}]]}'],
    ["a header that is none", '{"$headers":[["a b","c"]]}'],
    ["a header that would add another", '{"$headers":[["a","b\\r\\nset-cookie: c"]]}'],
    ["a URL that is none", '{"$url":"not a url"}'],
    ["a host of a megabyte beyond ASCII", `{"$url":"http://${HAN}/"}`],
    ["a class of errors that is none", '{"$error":{"type":"Function"}}'],
    ["a class of errors from the prototype", '{"$error":{"type":"constructor"}}'],
    ["a hidden property that errors lack", '{"$error":{"type":"Error","toString":1}}'],
    ["a boxed object", '{"$boxed":{}}'],
    ["a symbol that is none", '{"$wellKnownSymbol":"prototype"}'],
    ["a frozen number", '{"$frozen":1}'],
    ["an unknown attribute", '{"$entries":[["a",1,["getter"]]]}'],
    ["a key that is no key", '{"$entries":[[{},1]]}'],
    [
      "buffers that may grow to much",
      JSON.stringify(Array.from({ length: 5000 }, () => ({ $arrayBuffer: ["", 2 ** 30] }))),
    ],
  ])("%s", (_, text) => {
    expect(attemptText(text)).toBe("refused");
    untouched();
  });

  test.each([[[0xff]], [[0xc3, 0x28]], [[0x22, 0xed, 0xa0, 0x80, 0x22]], [[0xfe, 0xff, 0x00, 0x7b]]])(
    "bytes that are not UTF-8: %j",
    (bytes) => {
      expect(attempt(new Uint8Array(bytes))).toBe("refused");
    },
  );
});

test("__proto__ in every place is an own property, and pollutes nothing", () => {
  for (const text of [
    '{"__proto__":{"polluted":true}}',
    '{"a":{"__proto__":{"$date":null}}}',
    '{"__proto__":{"$map":[]},"b":1}',
    '{"$nullPrototype":{"__proto__":{"polluted":true}}}',
    '{"$entries":[["__proto__",{"polluted":true}]]}',
    '{"$array":[0,{"__proto__":{"polluted":true}}]}',
    '{"$error":{"type":"Error","properties":{"__proto__":{"polluted":true}}}}',
    '{"$with":[{"$date":null},{"__proto__":{"polluted":true}}]}',
    '{"$class":["Point",1,{"__proto__":{"polluted":true}}]}',
    '{"constructor":{"prototype":{"polluted":true}},"a":{"$undefined":null}}',
  ]) {
    const value = serializer.deserialize(Buffer.from(text)) as Record<string, unknown>;
    expect(value["polluted"]).toBeUndefined();
    untouched();
  }
});

test("a document of a thousand sparse arrays reserves no memory for their lengths", () => {
  const text = JSON.stringify(Array.from({ length: 1000 }, () => ({ $array: [32_000_000, {}] })));
  const value = serializer.deserialize(Buffer.from(text)) as unknown[][];
  expect(value[999]!.length).toBe(32_000_000);
});

test("nesting of a million levels is read or refused", () => {
  const levels = 1_000_000;
  for (const [open, inside, close] of [
    ["[", "", "]"],
    ["[", '{"$date":null}', "]"],
    ['{"$frozen":', "{}", "}"],
    ['{"$map":[[1,', "1", "]]}"],
    ['{"$state":["Money",1,', "1", "]}"],
    ['{"$boxed":', "1", "}"],
    ['{"$$a":', "1", "}"],
  ] as const) {
    const count = Math.floor(levels / open.length);
    attemptText(`${open.repeat(count)}${inside}${close.repeat(count)}`);
  }
});

test("references that would expand to billions of objects are objects that are shared", () => {
  const table = Array.from({ length: 64 }, (_, node) =>
    Array.from({ length: 10 }, () => (node < 63 ? { $node: node + 1 } : 1)),
  );
  let at = serializer.deserialize(Buffer.from(JSON.stringify({ $graph: table }))) as unknown[];
  for (let level = 0; level < 63; level++) {
    expect(new Set(at).size).toBe(1);
    at = at[0] as unknown[];
  }
});

test("a long chain of references does not overflow the stack", () => {
  const length = 100_000;
  const table = Array.from({ length }, (_, node) => ({ next: node + 1 < length ? { $node: node + 1 } : null }));
  expect(attemptText(JSON.stringify({ $graph: table }))).toBe("read");
  expect(attemptText(JSON.stringify({ $graph: table.reverse() }))).toBe("read");
  const states = Array.from({ length }, (_, node) => ({
    $state: ["Money", 1, node + 1 < length ? { $node: node + 1 } : 1],
  }));
  expect(attemptText(JSON.stringify({ $graph: states }))).toBe("read");
});
