import { describe, expect, test } from "@jest/globals";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { flow, task } from "@coatcheck/flows";
import { newStorage, recordEvents } from "./helpers.ts";

const boom = new Error("boom");

describe("a flow that is retried takes what its children gave before", () => {
  test("chains in parallel, random delays, one failure: every pair is checked by value", async () => {
    const delay = (): Promise<void> => sleep(Math.random() * 8);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 19 }), async (failing) => {
        const calls = { a: 0, b: 0 };
        let failures = 1;
        const a = task(
          async (x: number) => {
            calls.a++;
            await delay();
            return { from: x, a: x * 10 };
          },
          { name: "a" },
        );
        const b = task(
          async ({ from, a: value }: { from: number; a: number }) => {
            calls.b++;
            await delay();
            if (from === failing && failures-- > 0) throw boom;
            return { from, b: value + 1 };
          },
          { name: "b" },
        );
        const chains = flow(
          async () => {
            const xs = Array.from({ length: 20 }, (_, x) => x);
            const chained = await Promise.allSettled(xs.map(async (x) => [x, await b(await a(x))] as const));
            return chained.map((pair) => {
              if (pair.status === "rejected") throw boom;
              return pair.value;
            });
          },
          { name: "chains", retries: 2, resultStorage: newStorage(), persistResult: false },
        );
        const pairs = await chains();
        expect(pairs).toEqual(Array.from({ length: 20 }, (_, x) => [x, { from: x, b: x * 10 + 1 }]));
        // Nothing but what failed is computed again.
        expect(calls).toEqual({ a: 20, b: 21 });
      }),
      { numRuns: 15 },
    );
  });

  test("equal calls are told apart by their order, and taken in it", async () => {
    let made = 0;
    let attempts = 0;
    const next = task(async () => ({ number: ++made }), { name: "next" });
    const outer = flow(
      async () => {
        const numbers = [await next(), await next(), await next()].map(({ number }) => number);
        if (attempts++ === 0) throw boom;
        return numbers;
      },
      { retries: 1, resultStorage: newStorage(), persistResult: false },
    );
    expect(await outer()).toEqual([1, 2, 3]);
    expect(made).toBe(3);
  });

  test("inputs are what they were at the call, whatever becomes of them", async () => {
    const calls: number[][] = [];
    let attempts = 0;
    const sum = task(
      async (values: number[]) => {
        calls.push([...values]);
        return { sum: values.reduce((a, b) => a + b, 0) };
      },
      { name: "sum" },
    );
    const outer = flow(
      async () => {
        const values = [1, 2];
        const pending = sum(values);
        values.push(attempts);
        const { sum: result } = await pending;
        if (attempts++ === 0) throw boom;
        return result;
      },
      { retries: 1, resultStorage: newStorage(), persistResult: false },
    );
    expect(await outer()).toBe(calls[0]!.reduce((a, b) => a + b, 0));
    expect(calls).toHaveLength(1);
  });

  test("a future stands for its value: what was called with it is found again", async () => {
    const calls: string[] = [];
    let attempts = 0;
    const a = task(
      async (x: number) => {
        calls.push(`a${x}`);
        await sleep(Math.random() * 5);
        return { x };
      },
      { name: "a" },
    );
    const b = task(
      async ({ x }: { x: number }, others: unknown) => {
        calls.push(`b${x}`);
        return { b: x, others };
      },
      { name: "b" },
    );
    const outer = flow(
      async () => {
        const states = await Promise.all(
          [1, 2, 3].map(async (x) => await b.submit(a.submit(x), [await a.returnState(9)]).result()),
        );
        if (attempts++ === 0) throw boom;
        return states;
      },
      { retries: 1, resultStorage: newStorage(), persistResult: false },
    );
    expect(await outer()).toEqual([1, 2, 3].map((x) => ({ b: x, others: [{ x: 9 }] })));
    expect(calls.filter((call) => call.startsWith("b")).sort()).toEqual(["b1", "b2", "b3"]);
    expect(calls.filter((call) => call === "a9")).toHaveLength(3);
  });

  test("what failed runs again, and so does what cannot be told from others", async () => {
    const calls = { fails: 0, callback: 0, fine: 0 };
    const fails = task(
      async () => {
        if (calls.fails++ === 0) throw boom;
        return { ok: true };
      },
      { name: "fails" },
    );
    const callback = task(
      async (fn: () => number) => {
        calls.callback++;
        return { value: fn() };
      },
      { name: "callback" },
    );
    const fine = task(async () => ({ n: ++calls.fine }), { name: "fine" });
    const outer = flow(async () => [await fine(), await callback(() => 1), await fails()], {
      retries: 1,
      resultStorage: newStorage(),
      persistResult: false,
    });
    expect(await outer()).toEqual([{ n: 1 }, { value: 1 }, { ok: true }]);
    expect(calls).toEqual({ fails: 2, callback: 2, fine: 1 });
  });

  test("child flows too; and a new call of the flow is a new run", async () => {
    let calls = 0;
    let failures = 1;
    const child = flow(async (x: number) => ({ x, calls: ++calls }), { name: "child" });
    const outer = flow(
      async () => {
        const value = await child(1);
        if (failures-- > 0) throw boom;
        return value;
      },
      { retries: 1, resultStorage: newStorage(), persistResult: false },
    );
    expect([await outer(), await outer()]).toEqual([
      { x: 1, calls: 1 },
      { x: 1, calls: 2 },
    ]);
  });

  test("the value is read from storage where memory does not hold it", async () => {
    let calls = 0;
    let failures = 1;
    const big = task(async () => new Uint8Array([++calls]), { name: "big", cacheResultInMemory: false });
    const outer = flow(
      async () => {
        const bytes = await big();
        if (failures-- > 0) throw boom;
        return bytes;
      },
      { retries: 1, resultStorage: newStorage(), persistResult: false },
    );
    expect(await outer()).toEqual(new Uint8Array([1]));
    expect(calls).toBe(1);
  });

  test("what an attempt that was out of time still calls does not count for the next", async () => {
    recordEvents();
    const seen: number[] = [];
    let attempts = 0;
    const one = task(
      async (x: number) => {
        seen.push(x);
        return { x };
      },
      { name: "one" },
    );
    const outer = flow(
      async () => {
        const attempt = attempts++;
        await one(attempt);
        if (attempt > 0) return await one(100);
        await sleep(60);
        await one(200).catch(() => {});
        return {};
      },
      { retries: 1, timeout: 30, resultStorage: newStorage(), persistResult: false },
    );
    expect(await outer()).toEqual({ x: 100 });
    await sleep(80);
    expect(seen).toEqual([0, 1, 100]);
  });
});

describe("between two attempts of a flow", () => {
  test("what is done to a value in one does not reach the next", async () => {
    let attempts = 0;
    const extract = task(async () => ({ rows: [1, 2] }), { name: "extract" });
    const outer = flow(
      async () => {
        const { rows } = await extract();
        rows.push(3);
        if (attempts++ === 0) throw boom;
        return rows;
      },
      { retries: 1, resultStorage: newStorage(), persistResult: false },
    );
    expect(await outer()).toEqual([1, 2, 3]);
  });

  test("what runs is waited for and kept, and chains of the first begin nothing more", async () => {
    const calls: string[] = [];
    const a = task(
      async (x: number) => {
        calls.push(`a${x}`);
        await sleep(x * 5);
        if (x === 0 && calls.length <= 4) throw boom;
        return { x };
      },
      { name: "a" },
    );
    const b = task(
      async ({ x }: { x: number }) => {
        calls.push(`b${x}`);
        return { b: x };
      },
      { name: "b" },
    );
    const outer = flow(async () => await Promise.all([0, 1, 2, 3].map(async (x) => await b(await a(x)))), {
      retries: 1,
      resultStorage: newStorage(),
      persistResult: false,
    });
    expect(await outer()).toEqual([{ b: 0 }, { b: 1 }, { b: 2 }, { b: 3 }]);
    expect(calls.slice(0, 5)).toEqual(["a0", "a1", "a2", "a3", "a0"]);
    expect(calls.slice(5).toSorted()).toEqual(["b0", "b1", "b2", "b3"]);
  });

  test("a call that nobody waits for is refused without an unhandled rejection", async () => {
    const unhandled: unknown[] = [];
    const listen = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", listen);
    const slow = task(async () => await sleep(10, 1), { name: "slow" });
    const after = task(async (x: number) => x, { name: "after" });
    let late: Promise<unknown> | undefined;
    const outer = flow(async () => {
      void after(slow.submit());
      late = sleep(20).then(() => void after(2));
      throw boom;
    });
    await expect(outer()).rejects.toBe(boom);
    await late;
    await sleep(1);
    process.off("unhandledRejection", listen);
    expect(unhandled).toEqual([]);
  });
});
