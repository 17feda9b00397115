import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { local } from "@coatcheck/storage-local";
import { decodeSegment, encodeSegment, filePath, MAX_NAME } from "../src/encoding.ts";
import { filesBelow, foreign, keysOf, read, temporaryFolders, text } from "./support.ts";

interface Vectors {
  readonly objects: readonly { readonly key: string; readonly path: string }[];
  readonly notObjects: readonly string[];
}

const vectors = JSON.parse(
  readFileSync(join(__dirname, "../../../docs/test-vectors/local-keys.json"), "utf8"),
) as Vectors;
const folder = temporaryFolders();

/** Characters that somebody's file system folds, strips, reserves or normalizes, and some plain ones. */
const awkward = fc.constantFrom(
  ...Array.from("aAbzZ09._=@,-+%~ :*?\"<>|#&$'()[]{}!^`éÉﬁ\u0301\u212b\u200b\u{10000}\ue000😀한"),
  "con",
  "nul",
  "com1",
  ".txt",
);
const segment = fc
  .oneof(
    fc.array(awkward, { minLength: 1, maxLength: 12 }).map((parts) => parts.join("")),
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 300 }),
    fc
      .tuple(fc.nat(300), fc.array(awkward, { maxLength: 60 }))
      .map(([plain, rest]) => "a".repeat(plain) + rest.join("")),
  )
  .filter((value) => value !== "" && !/[\\/\p{Cc}\p{Cs}]/u.test(value) && !value.endsWith("."));

const RESERVED = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$|clock\$)(\.|$)/i;

describe("names", () => {
  test("give back the segment they came from", () => {
    fc.assert(fc.property(segment, (value) => expect(decodeSegment(encodeSegment(value))).toBe(value)));
  });

  test("stay apart where case is folded and Unicode is normalized", () => {
    const folded = (value: string): string => encodeSegment(value).normalize("NFKD").toUpperCase();
    fc.assert(
      fc.property(segment, segment, (one, other) => {
        fc.pre(one !== other);
        expect(folded(one)).not.toBe(folded(other));
      }),
    );
    fc.assert(
      fc.property(segment, (value) => {
        const relatives = [value.toUpperCase(), value.toLowerCase(), value.normalize("NFC"), value.normalize("NFD")];
        const different = new Set([value, ...relatives]);
        expect(new Set([...different].map(folded)).size).toBe(different.size);
      }),
    );
  });

  test("are short, plain, and nothing that a system reserves", () => {
    fc.assert(
      fc.property(segment, (value) => {
        for (const path of [encodeSegment(value), `${encodeSegment(value)}+`]) {
          for (const name of path.split("/")) {
            expect(name.length).toBeLessThanOrEqual(MAX_NAME);
            expect(name).toMatch(/^[a-z0-9_=@,%-][a-z0-9._=@,%-]*\+?$/);
            expect(name).not.toMatch(RESERVED);
          }
          expect(path).not.toMatch(/[. ]$/);
        }
      }),
    );
  });

  test("of a segment and of what is below it never meet", () => {
    fc.assert(
      fc.property(segment, segment, (one, other) => expect(`${encodeSegment(one)}+`).not.toBe(encodeSegment(other))),
    );
  });

  test("that were not made by encoding have no segment", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."aA%+.4ce9/~con".split("")), maxLength: 12 }), (path) => {
        const decoded = decodeSegment(path);
        if (decoded !== undefined) expect(encodeSegment(decoded)).toBe(path);
      }),
    );
  });
});

describe("test vectors", () => {
  test.each(vectors.objects)("$key", ({ key, path }) => {
    expect(filePath(key)).toBe(path);
  });

  test("are the files of an actual storage, and are listed", async () => {
    const root = folder();
    const storage = local({ path: root, durability: "none" });
    for (const { key } of vectors.objects) await storage.put(key, text(key));
    expect(filesBelow(root)).toEqual(vectors.objects.map(({ path }) => path).toSorted());
    const order = vectors.objects.map(({ key }) => key).toSorted((a, b) => Buffer.compare(text(a), text(b)));
    expect(await keysOf(storage)).toEqual(order);
    expect(await keysOf(local({ path: root }), "", 7)).toEqual(order);
    for (const { key } of vectors.objects) expect(await read(storage, key)).toBe(key);
    for (const { key } of vectors.objects) await storage.delete(key);
    expect(filesBelow(root)).toEqual([]);
  });

  test.each(vectors.notObjects)("no object: %s", async (path) => {
    const root = folder();
    foreign(root, path);
    expect(await keysOf(local({ path: root }))).toEqual([]);
    expect(filesBelow(root)).toEqual([path]);
  });
});
