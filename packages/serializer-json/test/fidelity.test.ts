import { describe, expect, test } from "@jest/globals";
import { json } from "@coatcheck/serializer-json";
import { kinds } from "./corpus.ts";
import { difference } from "./same.ts";

const serializer = json();
const write = (value: unknown): Uint8Array => serializer.serialize(value) as Uint8Array;

/** How deep arrays and objects are nested in JSON text. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [token] of text.matchAll(/"(?:\\.|[^"\\])*"|[[{]|[\]}]/g)) {
    if (token === "[" || token === "{") deepest = Math.max(deepest, ++depth);
    else if (token === "]" || token === "}") depth--;
  }
  return deepest;
}

describe.each(kinds.map(([name, ...makers]) => ({ name, makers })))("$name", ({ makers }) => {
  test("there are at least three values", () => {
    expect(makers.length).toBeGreaterThanOrEqual(3);
  });

  test.each(makers.map((make, index) => ({ index, make })))("value $index comes back exactly", ({ make }) => {
    const value = make();
    const bytes = write(value);
    expect(difference(serializer.deserialize(bytes), value)).toBeUndefined();
    // Nothing of the value was touched, and what was read writes the same again.
    expect(Buffer.from(write(serializer.deserialize(bytes))).equals(Buffer.from(bytes))).toBe(true);
  });

  test("the text is JSON that every reader takes: well-formed, and nested at most 64 levels deep", () => {
    for (const make of makers) {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(write(make()));
      const parts: unknown[] = [];
      JSON.parse(text, (key, each: unknown) => void parts.push(key, each));
      expect(parts.filter((part) => typeof part === "string" && /\p{Surrogate}/u.test(part))).toEqual([]);
      expect(depthOf(text)).toBeLessThanOrEqual(64);
    }
  });
});

test("a string of 100 MB comes back exactly", () => {
  const text = "ab\n".repeat(33_333_334);
  expect(serializer.deserialize(write({ text }))).toEqual({ text });
});

test("a part of a large buffer is stored as its own bytes only", () => {
  expect(write(new Uint8Array(1_000_000).subarray(10, 20)).byteLength).toBeLessThan(100);
  expect(write(Buffer.from("pooled")).byteLength).toBeLessThan(100);
});

test("of the block that Node cuts small Buffers from, only what overlaps is stored", () => {
  const secret = Buffer.from("a secret that stands in the pool");
  const pooled = Buffer.from("pooled text");
  const text = Buffer.from(write([pooled, pooled.subarray(2, 4)])).toString();
  expect(text.length).toBeLessThan(200);
  expect(text).not.toContain(secret.toString("base64").slice(4, 20));
});
