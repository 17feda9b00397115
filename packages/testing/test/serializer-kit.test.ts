import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { serializerConformance, type SerializerConformanceOptions } from "@coatcheck/testing";
import { GraphSerializer } from "./broken/graph-serializer.ts";
import { refusedKinds, valuesByKind } from "../src/serializer/kinds/index.ts";
import type { BrokenSerializer } from "./broken/broken-serializer.ts";
import { changing } from "./broken/changing-serializers.ts";
import { expectFailures } from "./broken/expect-failures.ts";
import { clock, harmed } from "./broken/harmed-serializers.ts";
import { misbehaving } from "./broken/misbehaving-serializers.ts";
import { misleading } from "./broken/misleading-serializers.ts";

const defined = new Set<string>();
const noticed = new Set<string>();
const small = { graphs: 100, hostile: 200, longText: 100_000, seed: 7 };

/** What takes longest, and is tried where it matters. */
const heavy = /100,000 keys|10,000 deep|300 shapes|70,000 bits/;

/** Runs the kit: what the cases that failed threw. */
async function runKit(
  options: Omit<SerializerConformanceOptions, "test">,
  isWhole: boolean,
): Promise<Map<string, unknown>> {
  const cases: { name: string; run: () => Promise<void> }[] = [];
  const define = (name: string, run: () => Promise<void>): void => {
    if (isWhole || !heavy.test(name)) cases.push({ name, run });
  };
  serializerConformance({ ...small, ...options, test: define });
  const failed = new Map<string, unknown>();
  for (const { name, run } of cases) {
    defined.add(name.replace(": exact, or refused with the path", ""));
    await run().catch((error: unknown) => failed.set(name.replace(": exact, or refused with the path", ""), error));
  }
  return failed;
}

const { findLastIndex } = Array.prototype;
const now = performance.now.bind(performance);
beforeAll(() => void jest.spyOn(performance, "now").mockImplementation(() => now() + clock.offset));
afterAll(() => void jest.restoreAllMocks());
afterEach(() => {
  Object.defineProperty(Array.prototype, "findLastIndex", { value: findLastIndex, writable: true, configurable: true });
  Reflect.deleteProperty(URLSearchParams.prototype, "added");
  for (const name of ["polluted", "nested", "b"]) Reflect.deleteProperty(Object.prototype, name);
});

describe("a broken serializer fails where it is broken, and nowhere else:", () => {
  const broken = [...changing, ...misleading, ...misbehaving, ...harmed];
  test.each<BrokenSerializer>(broken)("$name", async ({ open, fails, exact }) => {
    const isWhole = fails.some((name) => heavy.test(name));
    const failed = await runKit({ open, exact }, isWhole);
    for (const name of failed.keys()) noticed.add(name);
    expectFailures(failed, fails);
  });
});

test("each case of the kit notices one of them at least", () => {
  const never = [...defined].filter((name) => !noticed.has(name) && !name.endsWith("this runtime has none"));
  expect(never).toEqual(["kind: BigInt up to 64 bits: exact"]);
});

test("a serializer that is right fails nowhere", async () => {
  const exact = ["cycles in Maps", "cycles in Sets", "shared Dates", "Maps with mixed keys"] as const;
  expect(await runKit({ open: () => new GraphSerializer(), exact }, true)).toEqual(new Map());
});

test("what is promised is checked when the tests are defined", () => {
  const names: string[] = [];
  const define = (name: string): void => void names.push(name);
  serializerConformance({ test: define, open: () => new GraphSerializer(), exact: ["-0"], seed: 5, graphs: 9 });
  expect(names).toContain("kind: -0: exact");
  expect(names).toContain("kind: sparse arrays: exact, or refused with the path");
  expect(names).toContain("graphs: 9 at random, of all that comes back alone, come back exactly (seed 5)");
  const wrong = { test: define, open: () => new GraphSerializer(), exact: ["functions" as "-0"] };
  expect(() => serializerConformance(wrong)).toThrow('exact names "functions", which is none of valueKinds');
});

test("every kind has three values at least, but for what this runtime lacks", () => {
  const kinds = Object.entries({ ...valuesByKind({ longText: 10 }), ...refusedKinds });
  expect(kinds.length).toBe(91);
  expect(kinds.filter(([, values]) => values.length < 3).map(([kind]) => kind)).toEqual(
    "Temporal" in globalThis ? [] : ["Temporal"],
  );
});
