import { describe, expect, test } from "@jest/globals";
import { codecConformance } from "@coatcheck/testing";
import { type BrokenCodec, codecs } from "./broken/codecs.ts";

const defined = new Set<string>();
const noticed = new Set<string>();

describe("a broken codec fails where it is broken, and nowhere else:", () => {
  test.each<BrokenCodec>(codecs)("$name", async ({ open, fails }) => {
    const cases: { name: string; run: () => Promise<void> }[] = [];
    codecConformance({ open, largeBytes: 1_000_000, test: (name, run) => void cases.push({ name, run }) });
    const failed: string[] = [];
    for (const { name, run } of cases) {
      defined.add(name);
      await run().catch((error: unknown) => {
        failed.push(name);
        expect(String(error).length).toBeGreaterThan(20);
      });
    }
    for (const name of failed) noticed.add(name);
    expect(failed).toEqual(fails);
  });
});

test("each case of the kit notices one of them at least", () => {
  expect([...defined].filter((name) => !noticed.has(name))).toEqual([]);
});
