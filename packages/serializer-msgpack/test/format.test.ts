import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Unpackr } from "msgpackr";
import { firstDifference } from "@coatcheck/testing";
import { msgpack } from "@coatcheck/serializer-msgpack";
import * as format from "../src/format.ts";

const document = readFileSync(join(__dirname, "../../../docs/msgpack-format.md"), "utf8");
const serializer = msgpack();
const write = (value: unknown): Uint8Array => serializer.serialize(value) as Uint8Array;
const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");

describe("the format's document", () => {
  const rows = [...document.matchAll(/^\| `(.+?)` +\| `([\da-f ?]+)` +\|$/gm)].map(([, value, bytes]) => ({
    value: value!,
    bytes: bytes!,
  }));

  test("has examples", () => {
    expect(rows.length).toBeGreaterThan(25);
  });

  test.each(rows)("$value", ({ value, bytes }) => {
    // oxlint-disable-next-line no-implied-eval, no-new-func, typescript/no-implied-eval
    const make = new Function(`return (${value});`) as () => unknown;
    expect(hex(write(make()))).toBe(bytes);
    const read = serializer.deserialize(Uint8Array.from(bytes.split(" "), (byte) => Number.parseInt(byte, 16)));
    expect(firstDifference(read, make())).toBeUndefined();
  });

  test("names every tag, and the numbers of what there are several of", () => {
    for (const tag of Object.values(format.Tag)) {
      expect(document).toMatch(new RegExp(`\`(c1 )?${tag.toString(16).padStart(2, "0")}\``));
    }
    for (const names of [format.VIEWS, format.ERRORS, format.TEMPORAL]) {
      for (const [number, name] of names.entries()) expect(document).toMatch(new RegExp(`\\b${number}\\s+${name}\\b`));
    }
    expect(document).toContain(`at most ${format.MAX_DEPTH} levels`);
    expect(document).toContain(format.MAX_RECORDS.toLocaleString("en"));
    expect(document).toContain(`at most ${format.MAX_RECORD_NAMES} names`);
  });
});

test("what needs no tags is what msgpackr reads", () => {
  const unpackr = new Unpackr({ structuredClone: false });
  const key = fc.oneof(fc.string(), fc.constantFrom("a", "b", "c"));
  const { tree } = fc.letrec((again) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.oneof(fc.string(), fc.integer(), fc.double(), fc.boolean(), fc.constant(null), fc.bigInt()),
      fc.array(again("tree"), { maxLength: 20 }),
      fc.dictionary(key, again("tree"), { maxKeys: 6, noNullPrototype: true }),
    ),
  }));
  fc.assert(
    fc.property(tree, (value) => {
      const bytes = write(value);
      // An own name __proto__, or more than 64 records, takes a tag.
      fc.pre(!hasTag(bytes));
      expect(bytes[2]! & 1).toBe(0);
      expect(firstDifference(unpackr.unpack(Buffer.from(bytes.subarray(3))), value)).toBeUndefined();
    }),
    { numRuns: 3000 },
  );
});

function hasTag(bytes: Uint8Array): boolean {
  return bytes.includes(0xc1, 1);
}
