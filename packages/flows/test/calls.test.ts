import { describe, expect, test } from "@jest/globals";
import { setTimeout as sleep } from "node:timers/promises";
import { currentRun, flow, type Future, inputs, RunCancelled, type State, task, UnfinishedRun } from "@coatcheck/flows";
import { deferred, newStorage, recordEvents } from "./helpers.ts";

const boom = new TypeError("boom");
const add = task(async (a: number, b: number) => a + b, { name: "add" });
const fails = task(
  async (): Promise<number> => {
    throw boom;
  },
  { name: "fails" },
);

describe("await t(x)", () => {
  test("gives the value, and throws the very error that the function threw", async () => {
    const outer = flow(async () => [await add(1, 2), await fails().catch((error: unknown) => error === boom)]);
    expect(await outer()).toEqual([3, true]);
    expect(await add(1, 2)).toBe(3);
    await expect(fails()).rejects.toBe(boom);
  });

  test("a function that is not async is accepted: the call gives a promise, also where it throws", async () => {
    const plain = task((x: number) => x * 2);
    const throwing = task((): number => {
      throw boom;
    });
    const outer = flow(() => Promise.all([plain(2), throwing().catch(() => "thrown")]));
    expect(await outer()).toEqual([4, "thrown"]);
    expect(plain(2)).toBeInstanceOf(Promise);
    expect(await flow(() => 7)()).toBe(7);
  });

  test("works on its own, outside of any flow", async () => {
    expect([await add(1, 2), (await add.returnState(1, 2)).type, await add.submit(1, 2).result()]).toEqual([
      3,
      "Completed",
      3,
    ]);
  });

  test("in a task, and a flow in a task", async () => {
    const inner = flow(async (x: number) => await add(x, 1), { name: "inner" });
    const outer = task(async (x: number) => await inner(x), { name: "outer" });
    expect(await flow(async () => await outer(1))()).toBe(2);
  });
});

describe("await t.returnState(x)", () => {
  test("a state with all there is to ask", async () => {
    const before = Date.now();
    const state = await add.returnState(1, 2);
    expect(state).toMatchObject({ type: "Completed", name: "Completed", message: undefined });
    expect(state.run).toMatch(/^add-[0-9a-f]{8}$/);
    expect(state.timestamp.getTime()).toBeGreaterThanOrEqual(before);
    expect(state.timestamp.getTime()).toBeLessThanOrEqual(Date.now());
    const asked = [state.isScheduled(), state.isPending(), state.isRunning(), state.isRetrying(), state.isCompleted()];
    const more = [state.isFailed(), state.isCrashed(), state.isCancelled(), state.isTimedOut(), state.isFinal()];
    expect([...asked, ...more]).toEqual([false, false, false, false, true, false, false, false, false, true]);
  });

  test("of a run that failed: result() throws the error, raiseOnFailure: false gives it", async () => {
    const state = await fails.returnState();
    expect([state.type, state.isFailed(), state.message]).toEqual(["Failed", true, "TypeError: boom"]);
    await expect(state.result()).rejects.toBe(boom);
    expect(await state.result({ raiseOnFailure: false })).toBe(boom);
  });

  test("of a hit of the cache its name is Cached", async () => {
    const one = task(async (x: number) => ({ x }), { name: "one", cacheKey: inputs(), resultStorage: newStorage() });
    expect([(await one.returnState(1)).name, (await one.returnState(1)).name]).toEqual(["Completed", "Cached"]);
    expect((await one.returnState(1)).type).toBe("Completed");
  });
});

describe("t.submit(x)", () => {
  test("a future at once, not thenable, whose state follows the run", async () => {
    const gate = deferred();
    const waits = task(
      async () => {
        await gate.promise;
        return "done";
      },
      { name: "waits" },
    );
    const outer = flow(async () => {
      const future = waits.submit();
      // An async function gives it back as it is.
      const same = await (async () => future)();
      const before = same.state;
      await expect(before.result()).rejects.toThrow(UnfinishedRun);
      await expect(before.result({ raiseOnFailure: false })).rejects.toThrow('its state is "Running"');
      gate.resolve();
      const after = await same.wait();
      return [before.type, after.type, same.state === after, await same.result(), same.name, "then" in future];
    });
    expect(await outer()).toEqual(["Running", "Completed", true, "done", "waits-0", false]);
  });

  test("result() throws the error, or gives it", async () => {
    const future = fails.submit();
    await expect(future.result()).rejects.toBe(boom);
    expect(await future.result({ raiseOnFailure: false })).toBe(boom);
  });

  test("of an outermost run", async () => {
    const future = flow(async (x: number) => await add(x, 1), { name: "f" }).submit(1);
    expect([future.state.type, await future.result(), future.id]).toEqual([
      "Pending",
      2,
      expect.stringMatching(/^[0-9a-f-]{36}$/),
    ]);
  });
});

describe("t.map(xs)", () => {
  test("a list of futures in order, at most so many at once", async () => {
    let now = 0;
    let most = 0;
    const one = task(async (x: number) => {
      most = Math.max(most, ++now);
      await sleep(x % 3);
      now--;
      return x * x;
    });
    for (const options of [{}, { resultStorage: newStorage() }]) {
      most = 0;
      const outer = flow(async () => {
        const futures = one.withOptions(options).map(
          Array.from({ length: 20 }, (_, x) => x),
          { concurrency: 3 },
        );
        const first = futures.map(({ state }) => state.type);
        return { first, values: await Promise.all(futures.map((future) => future.result())) };
      });
      const { first, values } = await outer();
      expect(values).toEqual(Array.from({ length: 20 }, (_, x) => x * x));
      expect(first.slice(3)).toEqual(Array.from({ length: 17 }, () => "Scheduled"));
      expect(most).toBe(3);
    }
  });

  test("over any iterable, on its own, and over futures", async () => {
    const twice = task(async (x: number) => 2 * x, { name: "twice" });
    expect(await Promise.all(twice.map(new Set([1, 2])).map((future) => future.result()))).toEqual([2, 4]);
    const outer = flow(async () => twice.withOptions({ name: "again" }).map(twice.map([1, 2, 3])));
    expect(await outer()).toEqual([4, 8, 12]);
  });

  test("a failure of one leaves the others", async () => {
    const odd = task(async (x: number) => {
      if (x % 2 === 0) throw boom;
      return x;
    });
    const states = await Promise.all(odd.map([1, 2, 3]).map((future) => future.wait()));
    expect(states.map(({ type }) => type)).toEqual(["Completed", "Failed", "Completed"]);
  });

  test.each([0, -1, 1.5, NaN])("concurrency: %s is refused", (concurrency) => {
    expect(() => add.withOptions({}).map([] as never, { concurrency })).toThrow("give a whole number above zero");
  });

  test("what is no list is refused, and what is no option", () => {
    const one = task(async (x: number) => x, { name: "one" });
    expect(() => one.map(one.submit(1) as never)).toThrow('Task "one": map needs a list of items.');
    expect(() => one.map([], { limit: 3 } as never)).toThrow('map has no option "limit". Known: concurrency.');
    for (const none of [null, 5, "5", true]) {
      expect(() => one.map([1, 2], none as never)).toThrow(`map: options are an object, not ${none}.`);
    }
  });
});

describe("futures and states as arguments", () => {
  const list = task(async (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0), {
    name: "list",
  });
  const named = task(async ({ a, b }: { a: number; b: number }) => a * 10 + b, { name: "named" });

  test("are waited for and resolved: as arguments, in arrays and in plain objects", async () => {
    const outer = flow(async () => {
      const one = add.submit(0, 1);
      const two = await add.returnState(1, 1);
      return [
        await add(one, two),
        await list([one, two, 3]),
        await named({ a: one, b: two }),
        await add.submit(one, 1).result(),
      ];
    });
    expect(await outer()).toEqual([3, 6, 12, 2]);
  });

  test("a chain of futures runs as its values come", async () => {
    const outer = flow(async () => add.submit(add.submit(add.submit(1, 1), 1), 1));
    expect(await outer()).toBe(4);
  });

  test("a failed upstream makes the downstream Pending, NotReady, and its function is not called", async () => {
    let called = false;
    const after = task(async (value: number) => void (called = value > 0), { name: "after" });
    const outer = flow(async () => {
      const future = after.submit(fails.submit());
      const state = await future.wait();
      const further = await after.withOptions({ name: "further" }).returnState(future as unknown as Future<number>);
      const thrown = await after(await fails.returnState()).catch((error: unknown) => error);
      return { states: [state, further].map(({ type, name, message }) => [type, name, message]), state, thrown };
    });
    let seen: Awaited<ReturnType<typeof outer>> | undefined;
    await flow(async () => void (seen = await outer()))();
    expect(seen!.states[0]).toEqual([
      "Pending",
      "NotReady",
      "A run that it needs the value of has none: TypeError: boom",
    ]);
    expect(seen!.states[1]!.slice(0, 2)).toEqual(["Pending", "NotReady"]);
    await expect(seen!.state.result({ raiseOnFailure: false })).rejects.toMatchObject({
      code: "UnfinishedRun",
      cause: boom,
    });
    expect(seen!.thrown).toBeInstanceOf(UnfinishedRun);
    expect(called).toBe(false);
  });
});

describe("what a flow gives back", () => {
  test("a value", async () => {
    expect((await flow(async () => ({ a: 1 })).returnState()).type).toBe("Completed");
  });

  test("a state or a future: its value, or its failure", async () => {
    expect(await flow(async () => await add.returnState(1, 2))()).toBe(3);
    expect(await flow(async () => add.submit(1, 2))()).toBe(3);
    const state = await flow(async () => await fails.returnState()).returnState();
    expect([state.type, await state.result({ raiseOnFailure: false })]).toEqual(["Failed", boom]);
  });

  test("a list of states and futures: failed if one failed", async () => {
    const all = flow(async () => [add.submit(1, 1), await add.returnState(2, 2), 7] as const);
    expect(await all()).toEqual([2, 4, 7]);
    const some = flow(async () => [add.submit(1, 1), fails.submit(), await fails.returnState()]);
    const state = await some.returnState();
    expect([state.type, state.message]).toEqual(["Failed", "2/3 states failed."]);
    await expect(state.result()).rejects.toMatchObject({ errors: [boom, boom] });
  });

  test("it may handle a failure and complete", async () => {
    const handles = flow(async () => ((await fails.returnState()).isFailed() ? "handled" : "not"));
    expect(await handles()).toBe("handled");
  });

  test("it throws what it does not handle", async () => {
    const state = await flow(async () => await fails()).returnState();
    expect([state.type, state.message]).toEqual(["Failed", "TypeError: boom"]);
  });
});

describe("futures that nobody looks at", () => {
  test("are waited for before the flow is over, and reported if they fail; never an unhandled rejection", async () => {
    const unhandled: unknown[] = [];
    const listen = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", listen);
    const events = recordEvents();
    let ended = 0;
    const slow = task(
      async (fail: boolean) => {
        await sleep(5);
        ended++;
        if (fail) throw boom;
      },
      { name: "slow" },
    );
    const outer = flow(
      async () => {
        slow.map([true, false, true]);
        await slow.submit(true).wait();
        return "done";
      },
      { name: "outer" },
    );
    expect(await outer()).toBe("done");
    await sleep(1);
    process.off("unhandledRejection", listen);
    expect([ended, unhandled]).toEqual([4, []]);
    const warnings = events.filter(({ type }) => type === "warning").map(({ message }) => message);
    expect(warnings).toEqual([
      expect.stringMatching(
        /^In flow run "outer-\w+" 2 runs failed whose futures nobody looked at: slow-0 \(Failed: TypeError: boom\); slow-2 \(Failed: TypeError: boom\)\.$/,
      ),
    ]);
  });
});

test("events: what happens to a run, with ids, names, parents and times", async () => {
  const events = recordEvents();
  let calls = 0;
  const flaky = task(
    async () => {
      if (++calls === 1) throw boom;
      return { calls };
    },
    { name: "flaky", retries: 1, resultStorage: newStorage() },
  );
  await flow(async () => await flaky(), { name: "outer" })();
  const outerId = events[0]!.id;
  expect(
    events.map(({ type, definition, state, attempt, parentId }) => [type, definition, state, attempt, parentId]),
  ).toEqual([
    ["created", "outer", "Pending", 0, undefined],
    ["running", "outer", "Running", 1, undefined],
    ["created", "flaky", "Pending", 0, outerId],
    ["running", "flaky", "Running", 1, outerId],
    ["retrying", "flaky", "Retrying", 1, outerId],
    ["running", "flaky", "Running", 2, outerId],
    ["completed", "flaky", "Completed", 2, outerId],
    ["completed", "outer", "Completed", 1, undefined],
  ]);
  expect(events.every(({ timestamp }, index) => index === 0 || timestamp >= events[index - 1]!.timestamp)).toBe(true);
});

test("currentRun(): the run whose code asks", async () => {
  expect(currentRun()).toBeUndefined();
  const one = task(
    async ({ user }: { user: string }) => {
      await sleep(1);
      const { kind, name, definition, runCount, parameters, parent } = currentRun()!;
      expect(parameters).toEqual({ 0: { user }, user });
      return { kind, name, definition, runCount, user, parent: parent!.definition };
    },
    { name: "one" },
  );
  const outer = flow(async () => [await one({ user: "ada" }), await one.submit({ user: "bob" }).result()], {
    name: "outer",
  });
  const shared = { kind: "task", definition: "one", runCount: 1, parent: "outer" };
  expect(await outer()).toEqual([
    { ...shared, name: "one-0", user: "ada" },
    { ...shared, name: "one-1", user: "bob" },
  ]);
});

test("two different tasks of one name in one flow run are an error that asks for a name", async () => {
  const make = (by: number): ((x: number) => Promise<number>) => task(async (x: number) => x * by, { name: "times" });
  const outer = flow(async () => [await make(2)(1), await make(3)(1)], { name: "outer" });
  await expect(outer()).rejects.toThrow('Flow "outer" calls two different tasks of the name "times"');
  // The same function under other options is the same task; and each attempt may define its own.
  const twice = task(async (x: number) => x * 2, { name: "twice" });
  expect(
    await flow(async () => [await twice(1), await twice.withOptions({ retries: 1, persistResult: true })(2)], {
      resultStorage: newStorage(),
    })(),
  ).toEqual([2, 4]);
  let attempts = 0;
  const retried = flow(
    async () => {
      const value = await make(2)(1);
      if (attempts++ === 0) throw boom;
      return value;
    },
    { retries: 1, resultStorage: newStorage() },
  );
  expect(await retried()).toBe(2);
});

test("a run that was cancelled by its future", async () => {
  const states: State[] = [];
  const never = task(
    async () => {
      await new Promise((_, reject) =>
        currentRun()!.signal.addEventListener("abort", () => reject(currentRun()!.signal.reason as Error)),
      );
    },
    { name: "never" },
  );
  await flow(async () => {
    const future = never.submit();
    future.cancel("enough");
    future.cancel("twice");
    states.push(await future.wait());
    future.cancel("it is over");
  })();
  expect(states[0]).toMatchObject({
    type: "Cancelled",
    message: 'RunCancelled: Run "never-0" was cancelled: by its future.',
  });
  const error = await states[0]!.result({ raiseOnFailure: false });
  expect(error).toBeInstanceOf(RunCancelled);
  expect(error).toMatchObject({ cause: "enough" });
});
