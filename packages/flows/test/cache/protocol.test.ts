import { expect, jest, test } from "@jest/globals";
import fc from "fast-check";
import { type Call, type Mishap, type Outcome, Simulation, TTL } from "./simulation.ts";

jest.setTimeout(180_000);

const PROCESSES = 3;

const delays = fc.infiniteStream(fc.integer({ min: 0, max: TTL / 20 }));
const callOf = (refreshes: boolean): fc.Arbitrary<Call> =>
  fc.record({
    process: fc.nat({ max: PROCESSES - 1 }),
    at: fc.nat({ max: 3 * TTL }),
    duration: fc.nat({ max: 3 * TTL }),
    refresh: refreshes ? fc.boolean() : fc.constant(false),
    expiration: fc.constant(undefined),
  });
const mishap: fc.Arbitrary<Mishap> = fc.record({
  kind: fc.constantFrom("killed", "killed after", "paused", "paused after", "refused", "answer lost"),
  process: fc.nat({ max: PROCESSES - 1 }),
  step: fc.nat({ max: 12 }),
  pause: fc.nat({ max: 4 * TTL }),
});

async function simulate(
  calls: readonly Call[],
  mishaps: readonly Mishap[],
  delay: Iterator<number>,
): Promise<Simulation> {
  const simulation = new Simulation(() => delay.next().value as number);
  await simulation.run(calls, mishaps);
  checkLeases(simulation);
  return simulation;
}

// A lease is let go of by the one who had it, and by nobody else.
function checkLeases({ writes }: Simulation): void {
  let holder: number | undefined;
  for (const { what, operation, process } of writes) {
    if (what !== "lease") continue;
    if (operation === "delete") expect(process).toBe(holder);
    holder = operation === "delete" ? undefined : process;
  }
}

const valueOf = (outcome: Outcome | undefined): number | undefined =>
  outcome !== undefined && "value" in outcome ? outcome.value : undefined;

test("where nothing goes wrong there is one computation, whose value everybody has, and no lease is left", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(callOf(false), { minLength: 1, maxLength: 8 }), delays, async (calls, delay) => {
      const simulation = await simulate(calls, [], delay);
      expect(simulation.computations).toHaveLength(1);
      expect(calls.map((_, index) => valueOf(simulation.outcomes[index]))).toEqual(calls.map(() => 0));
      expect(await simulation.keys()).toHaveLength(1);
    }),
    { numRuns: 150 },
  );
});

test("whatever goes wrong, nothing is overwritten, everybody who lives has the one value or an error, and it ends", async () => {
  const seen = { mishaps: 0, recomputed: 0, lost: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.array(callOf(false), { minLength: 1, maxLength: 8 }),
      fc.array(mishap, { minLength: 1, maxLength: 5 }),
      delays,
      async (calls, mishaps, delay) => {
        const simulation = await simulate(calls, mishaps, delay);
        const { computations, outcomes, writes } = simulation;
        const kept = writes.filter(({ what }) => what === "cache");
        expect(kept.length).toBeLessThanOrEqual(1);
        expect(computations.length).toBeLessThanOrEqual(1 + mishaps.length + kept.length);
        const values = new Set(
          calls.map((_, index) => valueOf(outcomes[index])).filter((value) => value !== undefined),
        );
        expect(values.size).toBeLessThanOrEqual(1);
        const killed = new Set(mishaps.filter(({ kind }) => kind.startsWith("killed")).map(({ process }) => process));
        for (const [index, { process }] of calls.entries()) {
          const outcome = outcomes[index];
          if (outcome === undefined) expect(killed.has(process)).toBe(true);
          // Only a request that failed is told; nobody learns of what others went through.
          else if ("error" in outcome) expect(mishaps.some((each) => each.process === process)).toBe(true);
        }
        seen.mishaps += mishaps.length;
        seen.recomputed += Number(computations.length > 1);
        seen.lost += Number(
          computations.length > 1 && outcomes.some((each) => each && "value" in each && each.computed.cached),
        );
      },
    ),
    { numRuns: 600 },
  );
  // Were the mishaps to miss the protocol, nothing would be shown.
  expect(seen.recomputed).toBeGreaterThan(20);
  expect(seen.lost).toBeGreaterThan(5);
});

test("with refreshes among the calls too, everybody who lives has a value that was kept or an error, and it ends", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(callOf(true), { minLength: 1, maxLength: 8 }),
      fc.array(mishap, { minLength: 1, maxLength: 5 }),
      delays,
      async (calls, mishaps, delay) => {
        const { computations, outcomes, writes } = await simulate(calls, mishaps, delay);
        const kept = writes.filter(({ what }) => what === "cache").length;
        const values = new Set(
          calls.map((_, index) => valueOf(outcomes[index])).filter((value) => value !== undefined),
        );
        expect(values.size).toBeLessThanOrEqual(kept);
        expect(kept).toBeLessThanOrEqual(computations.length);
        for (const [index, { process }] of calls.entries()) {
          const outcome = outcomes[index];
          const own = mishaps.filter((each) => each.process === process);
          if (outcome === undefined) expect(own.some(({ kind }) => kind.startsWith("killed"))).toBe(true);
          else if ("error" in outcome) expect(own).not.toEqual([]);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test.each(["killed", "killed after"] as const)(
  "%s at any step, the holder costs one more computation at most",
  async (kind) => {
    const call = { duration: 2 * TTL, refresh: false, expiration: undefined };
    let steps = 0;
    let recomputed = 0;
    for (; ; steps++) {
      const simulation = new Simulation(() => 5);
      const calls = [
        { ...call, process: 0, at: 0 },
        { ...call, process: 1, at: 20 },
        { ...call, process: 2, at: 20 },
      ];
      await simulation.run(calls, [{ kind, process: 0, step: steps, pause: 0 }]);
      checkLeases(simulation);
      const { computations, outcomes } = simulation;
      const values = [1, 2].map((index) => valueOf(outcomes[index]));
      expect(values[0]).toBe(values[1]);
      expect(values[0]).toBe(computations.length - 1);
      expect(computations.length).toBeLessThanOrEqual(2);
      recomputed += computations.length - 1;
      // It is over when the holder has ended before the step at which it would have been killed.
      if (valueOf(outcomes[0]) !== undefined) break;
    }
    // look, lease, look, renewals, record, release
    expect(steps).toBeGreaterThanOrEqual(9);
    expect(recomputed).toBeGreaterThanOrEqual(5);
  },
);

test("a holder that stands still longer than its lease adopts what it finds, and overwrites nothing", async () => {
  const call = { refresh: false, expiration: undefined };
  for (const kind of ["paused", "paused after"] as const) {
    let adopted = 0;
    for (let step = 0; step < 12; step++) {
      const simulation = new Simulation(() => 5);
      const calls = [
        { ...call, process: 0, at: 0, duration: 2 * TTL },
        { ...call, process: 1, at: 20, duration: 10 },
      ];
      await simulation.run(calls, [{ kind, process: 0, step, pause: 5 * TTL }]);
      checkLeases(simulation);
      const { computations, outcomes, writes } = simulation;
      expect(writes.filter(({ what }) => what === "cache")).toHaveLength(1);
      expect(valueOf(outcomes[0])).toBe(valueOf(outcomes[1]));
      if (computations.length === 2 && valueOf(outcomes[0]) === 1) adopted++;
    }
    expect(adopted).toBeGreaterThanOrEqual(3);
  }
});

test("a refresh gives what was computed after it was asked for", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(callOf(true), { minLength: 1, maxLength: 8 }), delays, async (calls, delay) => {
      const simulation = await simulate(calls, [], delay);
      const { computations, outcomes } = simulation;
      for (const [index, { at, refresh }] of calls.entries()) {
        const value = valueOf(outcomes[index]);
        expect(value).toBeDefined();
        if (refresh) expect(computations[value!]!.at).toBeGreaterThanOrEqual(at);
      }
      const refreshes = calls.filter(({ refresh }) => refresh).length;
      expect(computations.length).toBeLessThanOrEqual(1 + refreshes);
      expect(await simulation.keys()).toHaveLength(1);
    }),
    { numRuns: 200 },
  );
});
