import { describe, expect, jest, test } from "@jest/globals";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import { currentRun, flow, type Future, task, withSettings } from "@coatcheck/flows";
import { keysOf, newStorage, recordEvents } from "./helpers.ts";

const boom = new Error("boom");

function raise(): never {
  throw new Error("of a getter");
}

function deferred<T>(): { readonly promise: Promise<T>; resolve(value: T): void } {
  let resolve!: (value: T) => void;
  return { promise: new Promise<T>((settle) => (resolve = settle)), resolve: (value) => resolve(value) };
}

describe("what is thrown", () => {
  test.each([[undefined], [null], [0], ["text"], [Symbol("s")], [{ code: 1 }]])(
    "%p comes out as it is",
    async (thrown) => {
      const throws = task(async () => {
        throw thrown;
      });
      for (const options of [{}, { persistResult: true, resultStorage: newStorage() }]) {
        const state = await throws.withOptions(options).returnState();
        expect([state.type, await state.result({ raiseOnFailure: false })]).toEqual(["Failed", thrown]);
        await expect(throws.withOptions(options)()).rejects.toBe(thrown);
        const outer = flow(async () => await throws.withOptions(options).submit().result());
        await expect(outer()).rejects.toBe(thrown);
      }
    },
  );

  test.each([
    [Object.defineProperty(new Error("x"), "message", { get: () => raise() })],
    [Object.assign(new Error("x"), { name: Symbol("name") })],
    [{ [inspect.custom]: () => raise() }],
  ])("what cannot be shown comes out as it is, and ends nothing else (%#)", async (thrown) => {
    const throws = task(async () => {
      throw thrown;
    });
    for (const options of [{}, { persistResult: true, resultStorage: newStorage() }]) {
      // Where it is to be kept, a warning says that it cannot be.
      if ("persistResult" in options) recordEvents();
      const outer = flow(async () => {
        const state = await throws.withOptions(options).submit().wait();
        return [state.type, typeof state.message, (await state.result({ raiseOnFailure: false })) === thrown];
      });
      expect(await outer()).toEqual(["Failed", "string", true]);
    }
  });

  test("the error of a promise of another kind, and of a thenable", async () => {
    // oxlint-disable-next-line unicorn/no-thenable
    const thenable = task(() => ({ then: (_: unknown, reject: (error: unknown) => void) => reject(boom) }), {
      name: "t",
    });
    await expect(thenable()).rejects.toBe(boom);
    const outer = flow(async () => [await thenable().catch(() => "caught"), (await thenable.returnState()).type]);
    expect(await outer()).toEqual(["caught", "Failed"]);
  });
});

describe("calls in calls", () => {
  test("a task that calls itself, and one that submits", async () => {
    const down: (n: number) => Promise<number> = task(
      async (n: number): Promise<number> => (n === 0 ? 0 : 1 + (await down(n - 1))),
      {
        name: "down",
      },
    );
    const fork: (n: number) => Promise<number> = task(
      async (n: number): Promise<number> => {
        if (n === 0) return 1;
        const halves: Future<number>[] = forked.map([n - 1, n - 1]);
        return (await Promise.all(halves.map((half) => half.result()))).reduce((a, b) => a + b, 0);
      },
      { name: "fork" },
    );
    const forked = fork as unknown as { map(items: number[]): Future<number>[] };
    const outer = flow(async () => [await down(50), await fork(5)]);
    expect(await outer()).toEqual([50, 32]);
    expect([await down(3), await fork(3)]).toEqual([3, 8]);
  });

  test("a future that was made in a task is waited for, and reported, before that task is over", async () => {
    const events = recordEvents();
    let ended = false;
    const inner = task(
      async () => {
        await sleep(5);
        ended = true;
        throw boom;
      },
      { name: "inner" },
    );
    const middle = task(async () => void inner.submit(), { name: "middle" });
    const outer = flow(async () => {
      await middle();
      return ended;
    });
    expect(await outer()).toBe(true);
    expect(events.find(({ type }) => type === "warning")!.message).toMatch(/^In task run "middle-0" 1 run failed/);
  });

  test("retries in retries: what had finished in the inner flow is not computed again", async () => {
    const calls = { one: 0, inner: 0, outer: 0 };
    const one = task(async () => ({ one: ++calls.one }), { name: "one" });
    const inner = flow(
      async () => {
        const value = await one();
        if (calls.inner++ === 0) throw boom;
        return value;
      },
      { name: "inner", retries: 1 },
    );
    const outer = flow(
      async () => {
        const value = await inner();
        if (calls.outer++ === 0) throw boom;
        return value;
      },
      { name: "outer", retries: 1, resultStorage: newStorage(), persistResult: false },
    );
    expect([await outer(), calls]).toEqual([{ one: 1 }, { one: 1, inner: 2, outer: 2 }]);
  });

  test("flows at the same time know nothing of each other", async () => {
    const name = task(async () => {
      await sleep(Math.random() * 5);
      return currentRun()!.parent!.parameters["0"];
    });
    const storages = [newStorage(), newStorage()];
    const one = flow(async (x: number) => [await name(), await name.submit().result(), x]);
    const all = await Promise.all(
      [0, 1, 2, 3].map((x) =>
        withSettings({ defaultStorage: storages[x % 2]!, persistByDefault: x < 2 }, () => one(x)),
      ),
    );
    expect(all).toEqual([0, 1, 2, 3].map((x) => [x, x, x]));
    expect(await Promise.all(storages.map(async (storage) => (await keysOf(storage)).length))).toEqual([3, 3]);
  });

  test("a future of another flow run stands for no value of this one", async () => {
    let made = 0;
    const a = task(async () => ({ made: ++made }), { name: "a" });
    const b = task(async (value: { made: number }) => ({ b: value.made }), { name: "b" });
    let attempts = 0;
    const options = { retries: 1, resultStorage: newStorage(), persistResult: false } as const;
    const held: Future<{ made: number }>[] = [];
    await flow(async () => void held.push(a.submit()), { ...options, name: "holder" })();
    const outer = flow(
      async () => {
        const first = attempts++ === 0;
        const value = await b(first ? held[0]! : a.submit());
        if (first) throw boom;
        return value;
      },
      { ...options, name: "outer" },
    );
    expect(await outer()).toEqual({ b: 2 });
  });
});

test("a flow that is cancelled between two attempts is not tried again", async () => {
  let attempts = 0;
  const events = recordEvents();
  const outer = flow(
    async () => {
      attempts++;
      throw boom;
    },
    { retries: 5, retryDelay: "1h" },
  );
  const future = outer.submit();
  while (!events.some(({ type }) => type === "retrying")) await sleep(1);
  future.cancel();
  expect([(await future.wait()).type, attempts]).toEqual(["Cancelled", 1]);
});

test.each([[0], ["90s"]])(
  "a run that is cancelled while retryIf thinks is not tried again (delay %p)",
  async (retryDelay) => {
    let attempts = 0;
    const thinking = deferred<void>();
    const decision = deferred<boolean>();
    const outer = flow(
      async () => {
        attempts++;
        throw boom;
      },
      {
        retries: 5,
        retryDelay: retryDelay as 0 | "90s",
        retryIf: () => {
          thinking.resolve();
          return decision.promise;
        },
      },
    );
    const future = outer.submit();
    await thinking.promise;
    future.cancel();
    decision.resolve(true);
    expect([(await future.wait()).type, attempts]).toEqual(["Cancelled", 1]);
  },
);

test.each([["key"], [undefined]])("a task that is cancelled while its key is made is not called (%p)", async (key) => {
  let calls = 0;
  const asked = deferred<void>();
  const answer = deferred<string | undefined>();
  const cached = task(() => calls++, {
    name: "cached",
    resultStorage: newStorage(),
    cacheKey: () => {
      asked.resolve();
      return answer.promise;
    },
  });
  const future = cached.submit();
  await asked.promise;
  future.cancel();
  answer.resolve(key);
  expect([(await future.wait()).type, calls]).toEqual(["Cancelled", 0]);
});

test("an argument that throws when it is looked at fails the submission, and the flow ends", async () => {
  const one = task(async (x: object) => x, { name: "one" });
  const outer = flow(async () => {
    expect(() => one.submit(Object.defineProperty({}, "x", { get: raise, enumerable: true }))).toThrow("of a getter");
    return await one.submit({ x: 1 }).result();
  });
  expect(await outer()).toEqual({ x: 1 });
});

test.each([[{}], [{ persistResult: true }]])(
  "what is mapped in a flow that has failed meanwhile waits for no turn (%p)",
  async (options) => {
    const begun = deferred<void>();
    const failed = deferred<void>();
    let calls = 0;
    const slow = task(async () => await failed.promise, { name: "slow" });
    const one = task(async () => calls++, { name: "one", resultStorage: newStorage(), persistResult: false });
    let futures: readonly Future[] = [];
    const outer = flow(async () => {
      slow.submit();
      void begun.promise.then(() => {
        futures = one.withOptions(options).map([1, 2, 3] as never, { concurrency: 1 });
        failed.resolve();
      });
      setImmediate(begun.resolve);
      throw boom;
    });
    await expect(outer()).rejects.toBe(boom);
    const states = await Promise.all(futures.map((future) => future.wait()));
    expect([states.map(({ type }) => type), calls]).toEqual([["Cancelled", "Cancelled", "Cancelled"], 0]);
  },
);

/** The package once more, as another version of it would be. */
async function loadCopy(): Promise<typeof import("@coatcheck/flows")> {
  let copy!: typeof import("@coatcheck/flows");
  await jest.isolateModulesAsync(async () => {
    copy = await import("@coatcheck/flows");
  });
  return copy;
}

test("two copies of the package in one process do not know each other, and say so once", async () => {
  const events = recordEvents();
  const warnings = (): readonly (string | undefined)[] =>
    events.filter(({ type }) => type === "warning").map(({ message }) => message);
  const other = await loadCopy();
  const one = task(async () => currentRun()?.parent?.definition, { name: "one" });
  const outer = other.flow(async () => [await one(), await one()], { name: "outer" });
  await one();
  await other.flow(async () => 1)();
  expect(warnings()).toEqual([]);
  expect(await outer()).toEqual([undefined, undefined]);
  expect(warnings()).toEqual([
    expect.stringMatching(/^Task "one" is called in a run.* another copy of @coatcheck\/flows/),
  ]);
});
