import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { mapOrdered } from "../src/concurrency.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A source of the numbers below `count` that says what was taken of it, and whether it was closed. */
function source(count: number, failsAt = Infinity): AsyncIterable<number> & { taken: number; closed: boolean } {
  const watched = {
    taken: 0,
    closed: false,
    async *[Symbol.asyncIterator]() {
      try {
        for (let index = 0; index < count; index++) {
          if (index % 3 === 0) await turn();
          if (index === failsAt) throw new Error(`the source fails at ${index}`);
          watched.taken++;
          yield index;
        }
      } finally {
        watched.closed = true;
      }
    },
  };
  return watched;
}

/** Work that takes as many turns as `turns` says for its item, and counts how much of it is under way. */
function work(turns: (item: number) => number, failsAt = Infinity) {
  const state = { begun: 0, running: 0, most: 0 };
  const run = async (item: number): Promise<number> => {
    state.begun++;
    state.most = Math.max(state.most, ++state.running);
    for (let left = turns(item); left > 0; left--) await turn();
    state.running--;
    if (item === failsAt) throw new Error(`the call fails at ${item}`);
    return item * 10;
  };
  return { state, run };
}

const cases = {
  count: fc.integer({ min: 0, max: 60 }),
  limit: fc.integer({ min: 1, max: 7 }),
  times: fc.array(fc.nat(6), { minLength: 1, maxLength: 20 }),
};

test("gives all results in order, with no more calls at once, and no more held, than it says", async () => {
  const { count, limit, times } = cases;
  await fc.assert(
    fc.asyncProperty(count, limit, times, fc.nat(3), async (items, atOnce, turns, pause) => {
      const from = source(items);
      const { state, run } = work((item) => turns[item % turns.length]!);
      let given = 0;
      for await (const result of mapOrdered(from, atOnce, run)) {
        expect(result).toBe(given * 10);
        // Behind the one that is taken, four for each place; one more may be on its way.
        expect(from.taken - ++given).toBeLessThanOrEqual(4 * atOnce + 1);
        for (let left = pause; left > 0; left--) await turn();
      }
      expect(given).toBe(items);
      expect(state.most).toBeLessThanOrEqual(atOnce);
      expect(state.running).toBe(0);
      expect(from.closed).toBe(true);
    }),
    { numRuns: 200 },
  );
});

test("uses every place: one slow call does not leave the others idle", async () => {
  const limit = 4;
  let release!: () => void;
  const slow = new Promise<void>((resolve) => (release = resolve));
  let begun = 0;
  const results = mapOrdered(source(100), limit, async (item) => {
    begun++;
    await (item === 0 ? slow : turn());
    return item;
  });
  const first = results.next();
  for (let left = 100; left > 0; left--) await turn();
  expect(begun).toBe(4 * limit + 1);
  release();
  expect(await first).toEqual({ done: false, value: 0 });
  const rest: number[] = [];
  for await (const result of results) rest.push(result);
  expect(rest).toEqual(Array.from({ length: 99 }, (_, index) => index + 1));
});

test("16 places do the work of 13 and more where the times of calls are exponentially distributed", async () => {
  let now = 0;
  let work = 0;
  let seed = 1;
  const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  const underWay: { readonly at: number; readonly end: () => void }[] = [];
  const call = (): Promise<void> => {
    const time = -Math.log(random());
    work += time;
    return new Promise((end) => underWay.push({ at: now + time, end }));
  };
  let over = false;
  const all = async (): Promise<void> => {
    for await (const _ of mapOrdered(Array.from({ length: 3000 }), 16, call));
    over = true;
  };
  const done = all();
  while (!over) {
    await turn();
    underWay.sort((a, b) => a.at - b.at);
    const next = underWay.shift();
    if (next !== undefined) now = next.at;
    next?.end();
  }
  await done;
  expect(work / now).toBeGreaterThan(13);
});

test("gives what has come while the source has nothing more yet", async () => {
  const never = new Promise<never>(() => {});
  async function* stalling(): AsyncGenerator<number> {
    yield 1;
    yield await never;
  }
  const results = mapOrdered(stalling(), 5, async (item) => item * 10);
  expect(await results.next()).toEqual({ done: false, value: 10 });
  // Leaving does not wait for such a source.
  expect(await Promise.race([results.return(), turn().then(turn)])).toEqual({ done: true, value: undefined });
});

test("a failure comes at its place, of the source too; nothing begins after it, and nothing goes on behind it", async () => {
  const { limit, times } = cases;
  await fc.assert(
    fc.asyncProperty(fc.nat(30), fc.boolean(), limit, times, async (at, inSource, atOnce, turns) => {
      const from = source(60, inSource ? at : Infinity);
      const { state, run } = work((item) => turns[item % turns.length]!, inSource ? Infinity : at);
      const given: number[] = [];
      const all = async (): Promise<void> => {
        for await (const result of mapOrdered(from, atOnce, run)) given.push(result);
      };
      await expect(all()).rejects.toThrow(`the ${inSource ? "source" : "call"} fails at ${at}`);
      expect(given).toEqual(Array.from({ length: at }, (_, index) => index * 10));
      expect(state.running).toBe(0);
      const { begun } = state;
      await turn();
      await turn();
      expect(from.closed).toBe(true);
      expect(state.begun).toBe(begun);
    }),
    { numRuns: 200 },
  );
});

test("who leaves early closes the source and waits for what is under way", async () => {
  const { limit, times } = cases;
  await fc.assert(
    fc.asyncProperty(fc.nat(30), limit, times, async (at, atOnce, turns) => {
      const from = source(60);
      const { state, run } = work((item) => turns[item % turns.length]!);
      for await (const result of mapOrdered(from, atOnce, run)) if (result === at * 10) break;
      expect(state.running).toBe(0);
      const { begun } = state;
      expect(begun).toBeLessThanOrEqual(at + 1 + 4 * atOnce + 1);
      await turn();
      await turn();
      expect(from.closed).toBe(true);
      expect(state.begun).toBe(begun);
    }),
    { numRuns: 200 },
  );
});

test("an abort gives what had begun, then its reason", async () => {
  const { limit, times } = cases;
  await fc.assert(
    fc.asyncProperty(fc.nat(40), limit, times, async (after, atOnce, turns) => {
      const abort = new AbortController();
      const from = source(1000);
      const { state, run } = work((item) => turns[item % turns.length]!);
      const aborting = (async () => {
        for (let left = after; left > 0; left--) await turn();
        const { begun } = state;
        abort.abort(new Error("enough"));
        return begun;
      })();
      const given: number[] = [];
      const all = async (): Promise<void> => {
        for await (const result of mapOrdered(from, atOnce, run, abort.signal)) given.push(result);
      };
      await expect(all()).rejects.toThrow("enough");
      expect(given).toEqual(Array.from({ length: await aborting }, (_, index) => index * 10));
      expect(state.begun).toBe(given.length);
      expect(state.running).toBe(0);
      await turn();
      await turn();
      if (given.length > 0) expect(from.closed).toBe(true);
    }),
    { numRuns: 100 },
  );
});

test("what was aborted before takes nothing", async () => {
  const from = source(10);
  const results = mapOrdered(from, 2, async (item) => item, AbortSignal.abort(new Error("before")));
  await expect(results.next()).rejects.toThrow("before");
  expect(from.taken).toBe(0);
});
