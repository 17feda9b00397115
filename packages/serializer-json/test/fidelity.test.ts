import { describe, expect, test } from "@jest/globals";
import { json } from "@coatcheck/serializer-json";
import { kinds } from "./corpus.ts";
import { firstDifference } from "@coatcheck/testing";

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
    expect(firstDifference(serializer.deserialize(bytes), value)).toBeUndefined();
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

test("of a block that Node cuts Buffers from, only what overlaps is stored, and still overlaps", () => {
  const secret = Buffer.from("a secret that stands in the same block");
  const pooled = Buffer.from("pooled text");
  expect(pooled.buffer).toBe(secret.buffer);
  const bytes = write([pooled.subarray(2, 8), Buffer.from("apart"), pooled.subarray(4), pooled.subarray(0, 3)]);
  expect(bytes.byteLength).toBeLessThan(300);
  expect(Buffer.from(bytes).toString()).not.toContain(secret.toString("base64").slice(4, 20));
  const [middle, apart, end, start] = serializer.deserialize(bytes) as [Buffer, Buffer, Buffer, Buffer];
  expect([middle, apart, end, start].map(String)).toEqual(["oled t", "apart", "ed text", "poo"]);
  middle.fill("-");
  expect([apart, end, start].map(String)).toEqual(["apart", "----ext", "po-"]);
  expect(apart.buffer).not.toBe(middle.buffer);
});

test("Buffers beside another view of their buffer share all of it", () => {
  const buffer = new ArrayBuffer(100);
  const value = [Buffer.from(buffer, 0, 4), Buffer.from(buffer, 50, 4), new DataView(buffer)];
  const back = serializer.deserialize(write(value)) as [Buffer, Buffer, DataView];
  expect(back.map(({ buffer: { byteLength } }) => byteLength)).toEqual([100, 100, 100]);
  expect(new Set(back.map((view) => view.buffer)).size).toBe(1);
});
