import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { firstDifference } from "@coatcheck/testing";
import { msgpack } from "@coatcheck/serializer-msgpack";
import { recordReader } from "../src/record-readers.ts";
import { Shapes } from "../src/shapes.ts";

const serializer = msgpack();
const write = (value: unknown): Uint8Array => serializer.serialize(value) as Uint8Array;
const roundTrip = (value: unknown): unknown => serializer.deserialize(write(value));

const primitive = fc.oneof(
  fc.string({ unit: "binary", maxLength: 50 }),
  fc.integer(),
  fc.double(),
  fc.bigInt(),
  fc.constantFrom(null, undefined, true, false, -0, Symbol.iterator, Symbol.for("a"), "\ud800"),
);
const { tree } = fc.letrec<{ tree: unknown; record: object }>((tie) => ({
  tree: fc.oneof({ maxDepth: 4 }, primitive, tie("record"), fc.array(tie("tree"), { maxLength: 5 })),
  // Few names, so that many objects are alike.
  record: fc
    .array(fc.tuple(fc.constantFrom("a", "b", "c"), tie("tree")), { maxLength: 3 })
    .map((entries) => Object.fromEntries(entries)),
}));
/** What makes the property of an object more than a name and a value. */
const oddity = fc.constantFrom<PropertyDescriptor>({ writable: false }, { enumerable: false }, { configurable: false });
const list = fc
  .tuple(fc.array(tree, { maxLength: 12 }), fc.array(fc.tuple(fc.nat(11), fc.constantFrom("a", "b", "c"), oddity)))
  .map(([trees, odd]) => {
    for (const [at, name, property] of odd) {
      const value = trees[at];
      if (typeof value === "object" && value !== null && Object.hasOwn(value, name))
        Reflect.defineProperty(value, name, property);
    }
    return trees;
  });

test("records come back whatever they hold, and their bytes do not depend on what was written before", () => {
  fc.assert(
    fc.property(list, (value) => {
      const bytes = write(value);
      expect(firstDifference(serializer.deserialize(bytes), value)).toBeUndefined();
      expect(Buffer.compare(bytes, msgpack().serialize(value) as Uint8Array)).toBe(0);
    }),
    { numRuns: 2000 },
  );
});

test("among thousands of records alike the odd one is refused, or comes back, wherever its property stands", () => {
  const names = ["a", "b", "c", "d"];
  for (const name of names) {
    const records = Array.from({ length: 3000 }, (_, id) => Object.fromEntries(names.map((each) => [each, id])));
    Object.defineProperty(records[2000], name, { writable: false });
    const back = roundTrip(records) as object[];
    expect(Object.getOwnPropertyDescriptor(back[2000], name)?.writable).toBe(false);
    expect(firstDifference(back, records)).toBeUndefined();
    let reads = 0;
    Object.defineProperty(records[2500], name, { get: () => ++reads });
    expect(() => write(records)).toThrow(`$[2500].${name}: `);
    expect(reads).toBe(0);
  }
});

test.each([
  ["small ones first", (index: number) => (index < 900 ? 1 : 20_000)],
  ["large ones first", (index: number) => (index < 100 ? 200_000 : 1)],
  ["alike", () => 1000],
])("a list takes little more memory than its bytes, whatever its elements are: %s", (_, size) => {
  const value = Array.from({ length: 1000 }, (__, index) => ({ index, text: "x".repeat(size(index)) }));
  for (const each of [value, { first: value, rest: [value.map(({ text }) => text)] }]) {
    const bytes = msgpack().serialize(each) as Uint8Array;
    expect(bytes.buffer.byteLength * 0.875).toBeLessThanOrEqual(bytes.byteLength);
    expect(firstDifference(serializer.deserialize(bytes), each)).toBeUndefined();
  }
});

test("names are kept for the next value, but not texts that are used as names", () => {
  const shapes = new Shapes();
  const text = "a".repeat(1_000_000);
  shapes.of(["id"], true);
  shapes.trim();
  expect(shapes.of(["id"], false)).not.toBeNull();
  shapes.of([text], true);
  shapes.trim();
  expect(shapes.of([text], false)).toBeNull();
  expect(recordReader(["id"])).toBe(recordReader(["id"]));
  expect(recordReader([text])).not.toBe(recordReader([text]));
  const value = [{ [text]: 1 }, { [text]: 2 }];
  expect(roundTrip(value)).toEqual(value);
});
