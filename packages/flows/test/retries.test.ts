import { describe, expect, test } from "@jest/globals";
import { setTimeout as sleep } from "node:timers/promises";
import { currentRun, flow, RunTimedOut, task } from "@coatcheck/flows";
import { newStorage, recordEvents } from "./helpers.ts";

const boom = new Error("boom");
const storage = newStorage();

function failing(times: number): { calls: number; fn: () => Promise<string> } {
  const counter = {
    calls: 0,
    fn: async (): Promise<string> => {
      if (counter.calls++ < times) throw new Error(`failure ${counter.calls}`);
      return "fine";
    },
  };
  return counter;
}

describe("retries", () => {
  test("as often as it says, then the last error", async () => {
    for (const [times, retries, expected] of [
      [2, 2, "fine"],
      [3, 2, "failure 3"],
      [1, 0, "failure 1"],
    ] as const) {
      const counter = failing(times);
      const state = await task(counter.fn, { retries, resultStorage: storage }).returnState();
      const result = await state.result({ raiseOnFailure: false });
      expect(result instanceof Error ? result.message : result).toBe(expected);
      expect(counter.calls).toBe(Math.min(times, retries) + 1);
    }
  });

  test("a flow's own, without its own result being persisted for it", async () => {
    const counter = failing(1);
    const state = await flow(async () => ({ was: await counter.fn() }), {
      retries: 1,
      resultStorage: null,
    }).returnState();
    expect([state.type, state.data!.kind]).toEqual(["Completed", "unpersisted"]);
  });

  test("retryIf is asked, with the error", async () => {
    const asked: unknown[] = [];
    const counter = failing(5);
    const retryIf = async (error: unknown): Promise<boolean> => {
      asked.push((error as Error).message);
      return asked.length < 2;
    };
    await expect(task(counter.fn, { retries: 4, retryIf, resultStorage: storage })()).rejects.toThrow("failure 2");
    expect(asked).toEqual(["failure 1", "failure 2"]);
  });

  // Each wait is in the message of its event: nothing here looks at a clock.
  const waits = async (options: object): Promise<readonly number[]> => {
    const events = recordEvents();
    const counter = failing(3);
    await task(counter.fn, { retries: 3, resultStorage: storage, ...options })();
    const messages = events.filter(({ type }) => type === "retrying").map(({ message }) => message!);
    return messages.map((message) => Number(/the next in (\d+) ms/.exec(message)?.[1] ?? 0));
  };

  test.each<[string, object, readonly number[]]>([
    ["none by default", {}, [0, 0, 0]],
    ["a number of milliseconds", { retryDelay: 3 }, [3, 3, 3]],
    ["a text", { retryDelay: "0.002s" }, [2, 2, 2]],
    ["a list, whose last counts for all that follow", { retry_delay: [1, "0.004s"] }, [1, 4, 4]],
    ["a function of the attempt", { retryDelay: (attempt: number) => attempt * 2 }, [2, 4, 6]],
  ])("retryDelay: %s", async (_, options, expected) => {
    expect(await waits(options)).toEqual(expected);
  });

  test("a wait that is none ends the run, and says what the function failed with", async () => {
    for (const wait of [NaN, "soon", async () => 5]) {
      const one = task(failing(1).fn, { name: "one", retries: 1, retryDelay: () => wait as never });
      await expect(one()).rejects.toMatchObject({
        code: "InvalidOption",
        message: expect.stringMatching(/^Task "one": what the function retryDelay gave: ".*" is not a duration/s),
        cause: new Error("failure 1"),
      });
    }
  });

  test("turned off, with what says how still there", async () => {
    const counter = failing(1);
    const one = task(counter.fn, { retries: 1, retryDelay: 1, resultStorage: storage });
    await expect(one.withOptions({ retries: 0 })()).rejects.toThrow("failure 1");
    expect(() => one.withOptions({ retries: null })).toThrow("has retryDelay, but no retries");
    expect(() => one.withOptions({ retries: null, retryDelay: null })).not.toThrow();
  });

  test("retryJitter makes each wait longer by up to its share", async () => {
    const all = await waits({ retryDelay: 20, retryJitter: 0.5 });
    expect(all.every((wait) => wait >= 20 && wait <= 30)).toBe(true);
  });

  test("the state while it waits is Retrying", async () => {
    const counter = failing(1);
    const one = task(counter.fn, { retries: 1, retryDelay: 50, resultStorage: storage });
    const future = one.submit();
    const events = recordEvents();
    while (!events.some(({ type }) => type === "retrying")) await sleep(1);
    expect(future.state.type).toBe("Retrying");
    expect(await future.result()).toBe("fine");
  });
});

describe("timeout", () => {
  test("the run is TimedOut, its signal aborted with the same error", async () => {
    let signal: AbortSignal | undefined;
    const slow = task(
      async () => {
        signal = currentRun()!.signal;
        await sleep(60_000, undefined, { signal });
      },
      { name: "slow", timeout: 5 },
    );
    const state = await slow.returnState();
    const error = await state.result({ raiseOnFailure: false });
    expect([state.type, state.isTimedOut()]).toEqual(["TimedOut", true]);
    expect(error).toBeInstanceOf(RunTimedOut);
    expect(error).toMatchObject({ timeout: 5 });
    expect(signal!.reason).toBe(error);
    await expect(slow()).rejects.toThrow(/Run "slow-\w+" took longer than its timeout of 5 ms/);
  });

  test("a function that does not listen outlives it; its late result is discarded, and the log names it", async () => {
    const events = recordEvents();
    const late = task(
      async (fail: boolean) => {
        await sleep(30);
        if (fail) throw boom;
        return "late";
      },
      { name: "late", timeout: 5 },
    );
    const [value, error] = [late.submit(false), late.submit(true)];
    expect([(await value.wait()).type, (await error.wait()).type]).toEqual(["TimedOut", "TimedOut"]);
    await sleep(60);
    const warnings = events.filter(({ type }) => type === "warning").map(({ message }) => message);
    expect(warnings).toEqual([
      expect.stringMatching(
        /^Run "late-\w+" \(attempt 1\) ended after its timeout with a value, which was discarded\./,
      ),
      expect.stringMatching(
        /^Run "late-\w+" \(attempt 1\) ended after its timeout with an error, which was discarded: boom/,
      ),
    ]);
    expect([value.state.type, error.state.type]).toEqual(["TimedOut", "TimedOut"]);
  });

  test("of each attempt: one that is out of time is retried", async () => {
    let attempts = 0;
    const slowOnce = task(
      async () => {
        if (attempts++ === 0) await sleep(60_000, undefined, { signal: currentRun()!.signal });
        return "fine";
      },
      { timeout: 10, retries: 1, resultStorage: storage },
    );
    expect(await slowOnce()).toBe("fine");
  });

  test("of a flow: what runs in it is told, what has not begun never does", async () => {
    recordEvents();
    const seen: string[] = [];
    const one = task(
      async (x: number) => {
        seen.push(`begun ${x}`);
        await sleep(60_000, undefined, { signal: currentRun()!.signal });
      },
      { name: "one" },
    );
    const outer = flow(
      async () => {
        const futures = one.map([1, 2, 3], { concurrency: 2 });
        const states = await Promise.all(futures.map((future) => future.wait()));
        seen.push(...states.map(({ type }) => type));
        await one(4).catch((error: unknown) => seen.push((error as Error).name));
      },
      { timeout: 10 },
    );
    expect((await outer.returnState()).type).toBe("TimedOut");
    await sleep(5);
    expect(seen).toEqual(["begun 1", "begun 2", "Cancelled", "Cancelled", "Cancelled", "RunCancelled"]);
  });

  test("of a flow: the futures that it waits for before it is over count", async () => {
    recordEvents();
    const endless = task(async () => await sleep(60_000, undefined, { signal: currentRun()!.signal }));
    expect((await flow(async () => void endless.submit(), { timeout: 10 }).returnState()).type).toBe("TimedOut");
  });

  test("a parent whose child is out of time has failed, and is not itself out of time", async () => {
    const slow = task(async () => await sleep(60_000, undefined, { signal: currentRun()!.signal }), { timeout: 5 });
    expect((await flow(async () => await slow()).returnState()).type).toBe("Failed");
  });

  test("more than a timer can hold is no shorter for it", async () => {
    expect(await task(async () => await sleep(5, "in time"), { timeout: "40d" })()).toBe("in time");
  });
});

describe("cancelling a flow", () => {
  test("cancels what has not begun, and signals what has", async () => {
    const seen: string[] = [];
    const one = task(
      async (x: number) => {
        seen.push(`begun ${x}`);
        await sleep(60_000, undefined, { signal: currentRun()!.signal });
      },
      { name: "one" },
    );
    const waiting = task(async (value: unknown) => void seen.push(`never ${String(value)}`), { name: "waiting" });
    const retried = task(
      async () => {
        seen.push("tried");
        throw boom;
      },
      { name: "retried", retries: 1, retryDelay: "1h", resultStorage: storage },
    );
    const child = flow(
      async () => {
        await one.withOptions({ name: "deep" })(9);
      },
      { name: "child" },
    );
    const types: string[] = [];
    const outer = flow(
      async () => {
        const mapped = one.map([1, 2, 3], { concurrency: 2 });
        const all = [...mapped, waiting.submit(mapped[0]!), retried.submit(), child.submit()];
        const states = await Promise.all(all.map((future) => future.wait()));
        types.push(...states.map(({ type }) => type));
        await waiting(1);
      },
      { name: "outer" },
    );
    const future = outer.submit();
    while (seen.length < 4) await sleep(1);
    future.cancel(new Error("enough"));
    const state = await future.wait();
    expect(types).toEqual(Array.from({ length: 6 }, () => "Cancelled"));
    expect(seen.sort()).toEqual(["begun 1", "begun 2", "begun 9", "tried"]);
    expect([state.type, state.isCancelled()]).toEqual(["Cancelled", true]);
    expect(await state.result({ raiseOnFailure: false })).toMatchObject({
      code: "RunCancelled",
      cause: new Error("enough"),
    });
  });

  test("one that has not begun never does; one that gives a value all the same keeps it", async () => {
    let called = 0;
    const one = flow(
      async () => {
        called++;
        await sleep(5);
        return "value";
      },
      { name: "one" },
    );
    const early = one.submit();
    early.cancel();
    expect([(await early.wait()).type, called]).toEqual(["Cancelled", 0]);
    const running = one.submit();
    while (called === 0) await sleep(1);
    running.cancel();
    expect((await running.wait()).type).toBe("Completed");
  });

  test("a flow that fails begins nothing more, and waits for what runs", async () => {
    const ended: number[] = [];
    const one = task(
      async (x: number) => {
        if (x === 0) throw boom;
        await sleep(10);
        ended.push(x);
      },
      { name: "one" },
    );
    const outer = flow(async () => {
      const futures = one.map([1, 0, 2, 3, 4, 5], { concurrency: 2 });
      await Promise.all(futures.map((future) => future.result()));
    });
    await expect(outer()).rejects.toBe(boom);
    expect(ended).toEqual([1, 2]);
  });
});
