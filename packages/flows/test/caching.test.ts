import { describe, expect, test } from "@jest/globals";
import { setTimeout as sleep } from "node:timers/promises";
import { type PersistedResult, ResultStore } from "@coatcheck/core";
import { type CacheKey, flow, inputs, runId, task, taskSource } from "@coatcheck/flows";
import { keysOf, newStorage, recordEvents } from "./helpers.ts";

function counted(options: { cacheKey: CacheKey; resultStorage?: ReturnType<typeof newStorage> }): {
  calls: number[];
  square: (x: number, y?: unknown) => Promise<{ square: number }>;
  state: (x: number) => Promise<string>;
} {
  const calls: number[] = [];
  const one = task(
    async (x: number, y?: unknown) => {
      calls.push(x);
      await sleep(2);
      return { square: x * x, y };
    },
    { name: "square", resultStorage: newStorage(), ...options },
  );
  return { calls, square: one, state: async (x) => (await one.returnState(x)).name };
}

describe("a task that caches", () => {
  test("called on its own it is a memoized function", async () => {
    const { calls, square, state } = counted({ cacheKey: inputs() });
    expect([await square(2), await square(3), await square(2), await state(2)]).toEqual([
      { square: 4, y: undefined },
      { square: 9, y: undefined },
      { square: 4, y: undefined },
      "Cached",
    ]);
    expect(calls).toEqual([2, 3]);
  });

  test("many calls at once of one key compute once, and each has a value of its own", async () => {
    const { calls, square } = counted({ cacheKey: inputs() });
    const values = await Promise.all(Array.from({ length: 50 }, () => square(2)));
    expect(calls).toEqual([2]);
    values[0]!.square = 0;
    expect(values[1]).toEqual({ square: 4, y: undefined });
  });

  test("the record is at .coatcheck/cache; what it holds is for references to read", async () => {
    const storage = newStorage();
    const { square } = counted({ cacheKey: inputs(), resultStorage: storage });
    await square(2);
    expect(await keysOf(storage)).toEqual([expect.stringMatching(/^\.coatcheck\/cache\/[0-9a-f]{64}$/)]);
    const one = task(async () => ({ x: 1 }), { name: "one", cacheKey: inputs(), resultStorage: storage });
    const { data } = await one.returnState();
    expect(await new ResultStore({ storage }).read(JSON.stringify(data))).toEqual({ x: 1 });
  });

  test("what is pruned is computed anew, also where it goes while it is replaced", async () => {
    const storage = newStorage();
    const store = new ResultStore({ storage });
    const prune = () => store.prune({ olderThan: 1, cached: true });
    const { calls, square } = counted({ cacheKey: inputs(), resultStorage: storage });
    await square(2);
    await sleep(5);
    expect(await prune()).toMatchObject({ examined: 1, pruned: 1 });
    await square(2);
    await square(2);
    expect(calls).toEqual([2, 2]);
    let runs = 0;
    const often = task(
      async () => {
        if (++runs === 2) expect(await prune()).toMatchObject({ pruned: 2 });
        return { runs };
      },
      { name: "often", cacheKey: inputs(), cacheExpiration: 1, resultStorage: storage },
    );
    await often();
    await sleep(5);
    const { runs: last } = await often();
    expect(last).toBe(runs);
    expect(await keysOf(storage)).toEqual([expect.stringMatching(/^\.coatcheck\/cache\//)]);
  });

  test("the policies: exclusion, the source, the run, a function, none for this call", async () => {
    const excluded = counted({ cacheKey: inputs({ exclude: [1] }) });
    await excluded.square(2, "a");
    await excluded.square(2, "b");
    expect(excluded.calls).toEqual([2]);

    const storage = newStorage();
    const options = { name: "one", cacheKey: [inputs(), taskSource()], resultStorage: storage };
    const first = task(async (x: number) => ({ first: x }), options);
    const second = task(async (x: number) => ({ second: x }), options);
    expect([await first(1), await second(1)]).toEqual([{ first: 1 }, { second: 1 }]);

    const perRun = counted({ cacheKey: [runId(), inputs()] });
    const run = flow(async () => [await perRun.square(2), await perRun.square(2)], { name: "run" });
    await run();
    await run();
    expect(perRun.calls).toEqual([2, 2]);

    const byFunction = counted({ cacheKey: ({ parameters }) => (parameters["0"] === 0 ? undefined : "all") });
    await byFunction.square(1);
    await byFunction.square(2);
    await byFunction.square(0);
    await byFunction.square(0);
    expect(byFunction.calls).toEqual([1, 0, 0]);
  });

  test("cacheExpiration and refreshCache", async () => {
    const storage = newStorage();
    let made = 0;
    const make = task(async () => ({ made: ++made }), { name: "make", cacheKey: inputs(), resultStorage: storage });
    const short = make.withOptions({ cacheExpiration: 20 });
    await short();
    await sleep(40);
    expect(await short()).toEqual({ made: 2 });
    expect(await make.withOptions({ refreshCache: true })()).toEqual({ made: 3 });
    expect(await make()).toEqual({ made: 3 });
  });

  test("in a flow: hits are told by events; inputs may be futures; retries are inside of one computation", async () => {
    const events = recordEvents();
    let calls = 0;
    const flaky = task(
      async (x: number) => {
        if (++calls === 1) throw new Error("again");
        return { x };
      },
      { name: "flaky", cacheKey: inputs(), retries: 1, resultStorage: newStorage() },
    );
    const one = task(async () => 1, { name: "one" });
    await flow(async () => [await flaky(one.submit()), await flaky(1)], { name: "outer" })();
    const told = events.filter(({ definition }) => definition === "flaky").map(({ type }) => type);
    expect(told).toEqual(["created", "running", "retrying", "running", "completed", "created", "cached"]);
    expect(calls).toBe(2);
  });

  test("without memory the value is read again", async () => {
    const one = task(async () => new Uint8Array([1, 2]), {
      cacheKey: inputs(),
      cacheResultInMemory: false,
      resultStorage: newStorage(),
    });
    const { data } = await one.returnState();
    expect(typeof (data as PersistedResult).value).toBe("symbol");
    expect(await one()).toEqual(new Uint8Array([1, 2]));
  });

  test.each([[new Error("boom")], ["boom"], [undefined]])(
    "calls that wait for one that throws %p fail as it does",
    async (boom) => {
      let calls = 0;
      const fails = task(
        async () => {
          calls++;
          await sleep(20);
          throw boom;
        },
        { name: "fails", cacheKey: inputs(), resultStorage: newStorage() },
      );
      const states = await Promise.all([fails.returnState(), fails.returnState()]);
      const failed = ["Failed", boom === undefined ? "literal" : "persisted"];
      expect([states.map(({ type, data }) => [type, data!.kind]), calls]).toEqual([[failed, failed], 1]);
      for (const state of states) await expect(state.result()).rejects.toBe(boom);
    },
  );

  test("a call that is cancelled while it waits for another's computation ends", async () => {
    let finish!: () => void;
    const gate = new Promise<void>((resolve) => (finish = resolve));
    const slow = task(
      async () => {
        await gate;
        return { done: true };
      },
      { name: "slow", cacheKey: inputs(), resultStorage: newStorage() },
    );
    const [first, second] = [slow.submit(), slow.submit()];
    await sleep(20);
    second.cancel();
    expect((await second.wait()).type).toBe("Cancelled");
    finish();
    expect(await first.result()).toEqual({ done: true });
  });
});
