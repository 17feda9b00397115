import { describe, expect, test } from "@jest/globals";
import { codecConformance } from "@coatcheck/testing";
import { type BrokenCodec, codecs } from "./broken/codecs.ts";
import { expectFailures } from "./broken/expect-failures.ts";

const defined = new Set<string>();
const noticed = new Set<string>();

describe("a broken codec fails where it is broken, and nowhere else:", () => {
  test.each<BrokenCodec>(codecs)("$name", async ({ open, fails }) => {
    const cases: { name: string; run: () => Promise<void> }[] = [];
    codecConformance({ open, largeBytes: 1_000_000, test: (name, run) => void cases.push({ name, run }) });
    const failed = new Map<string, unknown>();
    for (const { name, run } of cases) {
      defined.add(name);
      await run().catch((error: unknown) => failed.set(name, error));
    }
    for (const name of failed.keys()) noticed.add(name);
    expectFailures(failed, fails);
  });
});

test("each case of the kit notices one of them at least", () => {
  expect([...defined].filter((name) => !noticed.has(name))).toEqual([]);
});
