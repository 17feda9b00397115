import { describe, expect, jest, test } from "@jest/globals";
import { memory, type Reference, ResultStore, type Storage } from "@coatcheck/core";
import { CacheStore } from "../../src/cache/entry.ts";
import { type Computation, Computations, computeOnce } from "../../src/cache/once.ts";
import { TIMING } from "../../src/cache/timing.ts";
import { cacheOn, Deferred, plainJson, wrapped } from "./support.ts";

/** A storage that writes down what is asked of it. */
function counted(): { storage: Storage; calls: string[]; inner: Storage } {
  const calls: string[] = [];
  const inner = memory();
  const storage = wrapped(async (operation, key, call) => {
    calls.push(`${operation} ${key.split("/")[1]}`);
    return await call();
  }, inner);
  return { storage, calls, inner };
}

/** Processes that share a storage: what they have under way in this process is their own. */
function processes(count: number, ttl = 300): Computations[] {
  const timing = { ...TIMING, ttl, firstPause: 2, longestPause: 20 };
  return Array.from({ length: count }, () => new Computations(timing));
}

async function keysOf(storage: Storage): Promise<string[]> {
  return (await storage.list()).objects.map(({ key }) => key);
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    (value) => {
      throw new Error(`It gave ${JSON.stringify(value)}.`);
    },
    (error: unknown) => error,
  );
}

describe("one key", () => {
  test("is computed once, and found again", async () => {
    const { storage, calls } = counted();
    const store = await cacheOn(storage);
    let computed = 0;
    const compute = async (): Promise<number[]> => [++computed];
    const first = await computeOnce({ store, key: "k", compute });
    expect([first.cached, await first.result.get()]).toEqual([false, [1]]);
    expect(calls).toEqual(["get cache", "put lease", "get cache", "put cache", "delete lease"]);
    calls.length = 0;
    const second = await computeOnce({ store, key: "k", compute });
    expect([second.cached, await second.result.get()]).toEqual([true, [1]]);
    expect(calls).toEqual(["get cache"]);
    expect(await keysOf(storage)).toEqual([
      ".coatcheck/cache/8254c329a92850f6d539dd376f4816ee2764517da5e0235514af433164480d7a",
    ]);
    const other = await computeOnce({ store, key: "other", compute });
    expect(await other.result.get()).toEqual([2]);
  });

  test("its reference is read by everybody, and outlives the expiration", async () => {
    const storage = memory();
    const store = await cacheOn(storage);
    const { result } = await computeOnce({ store, key: "k", compute: async () => ["v"], expiration: 1 });
    await new Promise((resolve) => setTimeout(resolve, 5));
    const reference = JSON.parse(JSON.stringify(result)) as Reference;
    expect(await new ResultStore({ storage, serializer: plainJson }).read(reference)).toEqual(["v"]);
    expect(await result.get()).toEqual(["v"]);
  });

  test.each([true, null, undefined, 0, "", { coatcheck: 1, value: 1 }])("keeps %j", async (value) => {
    const store = await CacheStore.open({ storage: memory(), serializer: "msgpack" });
    const compute = jest.fn(async () => value);
    await computeOnce({ store, key: "k", compute });
    const { result, cached } = await computeOnce({ store, key: "k", compute });
    expect([await result.get(), cached, compute.mock.calls.length]).toEqual([value, true, 1]);
  });

  test("1,000 callers in each of 4 processes: one computation, and nobody shares a value", async () => {
    const { storage, calls } = counted();
    const store = await cacheOn(storage);
    let computed = 0;
    const compute = async (): Promise<{ by: number }> => {
      computed++;
      await new Promise((resolve) => setTimeout(resolve, 50));
      return { by: computed };
    };
    // On a busy machine 4,000 calls can keep a holder from renewing its lease for longer than the others' 300 ms.
    const four = processes(4, TIMING.ttl);
    const all = await Promise.all(
      four.flatMap((process) => Array.from({ length: 1000 }, () => process.once({ store, key: "k", compute }))),
    );
    expect(computed).toBe(1);
    expect(all.filter(({ cached }) => !cached)).toHaveLength(1);
    expect(new Set(all.map(({ result }) => JSON.stringify(result))).size).toBe(1);
    const asked = calls.length;
    const values = await Promise.all(all.map(({ result }) => result.get()));
    expect(new Set(values).size).toBe(4000);
    expect(values.every(({ by }) => by === 1)).toBe(true);
    // Looks of three that wait, each with its pauses, and no more than that.
    expect(asked).toBeLessThan(100);
    expect(await keysOf(storage)).toHaveLength(1);
  });
});

describe("a computation that fails", () => {
  test("leaves nothing, tells those who waited here, and the next one computes", async () => {
    const storage = memory();
    const store = await cacheOn(storage);
    const error = new Error("no");
    const failing = { store, key: "k", compute: () => Promise.reject(error) };
    const [one, two] = await Promise.all([failure(computeOnce(failing)), failure(computeOnce(failing))]);
    expect([one, two]).toEqual([error, error]);
    expect(await keysOf(storage)).toEqual([]);
    expect((await computeOnce({ store, key: "k", compute: async () => 1 })).cached).toBe(false);
  });

  test("lets one of the other processes compute", async () => {
    const storage = memory();
    const store = await cacheOn(storage);
    const [a, b] = processes(2);
    const started = new Deferred();
    const go = new Deferred<number>();
    const failed = failure(a!.once({ store, key: "k", compute: () => (started.resolve(), go.promise) }));
    await started.promise;
    const other = b!.once({ store, key: "k", compute: async () => 2 });
    go.reject(new Error("no"));
    expect(await failed).toEqual(new Error("no"));
    expect(await (await other).result.get()).toBe(2);
    expect((await other).cached).toBe(false);
  });

  test("and a value that cannot be kept", async () => {
    const storage = memory();
    const store = await CacheStore.open({ storage, serializer: "json" });
    const error = await failure(computeOnce({ store, key: "k", compute: async () => [() => 1] }));
    expect(error).toMatchObject({ code: "NotSerializable", path: "$[0]" });
    expect(await keysOf(storage)).toEqual([]);
  });
});

describe("a computation inside another", () => {
  test("has its own key, and may be waited for by several", async () => {
    const store = await cacheOn(memory());
    let computed = 0;
    const fibonacci = async (n: number): Promise<number> => {
      const compute = async (): Promise<number> => {
        computed++;
        if (n < 2) return n;
        const [a, b] = await Promise.all([fibonacci(n - 1), fibonacci(n - 2)]);
        return a + b;
      };
      return await (await computeOnce({ store, key: `fibonacci ${n}`, compute })).result.get();
    };
    expect([await fibonacci(20), computed]).toEqual([6765, 21]);
  });

  test("is waited for by as many ways as there may be, and none is followed twice", async () => {
    const store = await cacheOn(memory());
    const depth = 40;
    const bottom = new Deferred();
    const reached = new Deferred();
    const visit = async (level: number, side: number): Promise<number> => {
      const compute = async (): Promise<number> => {
        if (level === depth) {
          reached.resolve();
          await bottom.promise;
          return 1;
        }
        const below = await Promise.all([visit(level + 1, 0), visit(level + 1, 1)]);
        return below[0] + below[1];
      };
      const { result } = await computeOnce({ store, key: level === depth ? "bottom" : `${level} ${side}`, compute });
      return await result.get();
    };
    const top = visit(0, 0);
    await reached.promise;
    // Of 2 ** 40 ways to the bottom, all but a few are still to be looked at.
    const late = computeOnce({ store, key: "late", compute: async () => await visit(0, 0) });
    setImmediate(() => bottom.resolve());
    expect([await top, await (await late).result.get()]).toEqual([2 ** depth, 2 ** depth]);
  });

  test("that waits for itself, at once or by way of others, is an error and no standstill", async () => {
    const store = await cacheOn(memory());
    const links: Readonly<Record<string, readonly string[]>> = {
      a: ["b"],
      b: ["c"],
      c: ["a", "d"],
      d: [],
      self: ["self"],
    };
    const visit = async (page: string): Promise<string[]> => {
      const compute = async (): Promise<string[]> => (await Promise.all(links[page]!.map(visit))).flat();
      return await (await computeOnce({ store, key: page, compute })).result.get();
    };
    const errors = await Promise.all([
      failure(visit("self")),
      failure(visit("a")),
      failure(visit("b")),
      failure(visit("c")),
    ]);
    for (const error of errors) expect(error).toMatchObject({ code: "InvalidOption" });
    expect((errors[0] as Error).message).toBe(
      'What is computed for the cache key "self" waits for itself: it is asked for again inside of its own computation. Give the inner call another key, or none.',
    );
    expect(await visit("d")).toEqual([]);
  });
});

describe("an abort", () => {
  test("of one who waits ends its wait alone", async () => {
    const store = await cacheOn(memory());
    const [a, b] = processes(2);
    const go = new Deferred<number>();
    const started = new Deferred();
    const leading = a!.once({ store, key: "k", compute: () => (started.resolve(), go.promise) });
    await started.promise;
    const reason = new Error("enough");
    const compute = jest.fn(async () => 2);
    for (const process of [a!, b!]) {
      const controller = new AbortController();
      const waiting = failure(process.once({ store, key: "k", compute, signal: controller.signal }));
      await new Promise((resolve) => setTimeout(resolve, 20));
      controller.abort(reason);
      expect(await waiting).toBe(reason);
    }
    const patient = b!.once({ store, key: "k", compute });
    go.resolve(1);
    expect(await (await leading).result.get()).toBe(1);
    expect((await patient).cached).toBe(true);
    expect(compute).not.toHaveBeenCalled();
  });

  test("of the one who computes lets the next one compute, and keeps nothing of its own", async () => {
    const storage = memory();
    const store = await cacheOn(storage);
    const [a] = processes(1);
    const controller = new AbortController();
    const go = new Deferred<number>();
    const started = new Deferred();
    const { signal } = controller;
    const leading = failure(a!.once({ store, key: "k", signal, compute: () => (started.resolve(), go.promise) }));
    await started.promise;
    const waiting = a!.once({ store, key: "k", compute: async () => 2 });
    const reason = new Error("enough");
    controller.abort(reason);
    go.resolve(1);
    expect(await leading).toBe(reason);
    expect(await (await waiting).result.get()).toBe(2);
    const already = failure(a!.once({ store, key: "k", signal, compute: async () => 3 }));
    expect(await already).toBe(reason);
    expect(await keysOf(storage)).toHaveLength(1);
  });
});

describe("expiration and refresh", () => {
  test("what is too old is computed anew, and replaces exactly that", async () => {
    const { storage, calls } = counted();
    const store = await cacheOn(storage);
    let computed = 0;
    const compute = async (): Promise<number> => ++computed;
    await computeOnce({ store, key: "k", compute });
    expect(await (await computeOnce({ store, key: "k", compute, expiration: "1h" })).result.get()).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 5));
    calls.length = 0;
    expect(await (await computeOnce({ store, key: "k", compute, expiration: 1 })).result.get()).toBe(2);
    expect(calls).toEqual(["get cache", "put lease", "get cache", "put cache", "delete lease"]);
    // Whoever does not mind its age still has it.
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await (await computeOnce({ store, key: "k", compute })).result.get()).toBe(2);
  });

  test("a refresh computes whatever is there, also what cannot be read here", async () => {
    const storage = memory();
    const store = await cacheOn(storage);
    await computeOnce({ store, key: "k", compute: async () => 1 });
    const refreshed = await computeOnce({ store, key: "k", refresh: true, compute: async () => 2 });
    expect([refreshed.cached, await refreshed.result.get()]).toEqual([false, 2]);
    expect(await (await computeOnce({ store, key: "k", compute: async () => 3 })).result.get()).toBe(2);
    // Written by another serializer, which this reader does not have.
    const other = await CacheStore.open({ storage, serializer: { ...plainJson, type: "other" } });
    await computeOnce({ store: other, key: "k", refresh: true, compute: async () => 4 });
    expect(await failure(computeOnce({ store, key: "k", compute: async () => 4 }))).toMatchObject({
      code: "UnknownSerializer",
    });
    const again = await computeOnce({ store, key: "k", refresh: true, compute: async () => 5 });
    expect(await again.result.get()).toBe(5);
    expect(await (await computeOnce({ store, key: "k", compute: async () => 6 })).result.get()).toBe(5);
  });

  test("what is damaged is computed anew, and told", async () => {
    const storage = memory();
    const store = await cacheOn(storage);
    const damages: string[] = [];
    const onDamage = ({ code }: { readonly code: string }): void => void damages.push(code);
    const compute = async (): Promise<number[]> => [damages.length];
    for (const resultKey of [undefined, "mine"]) {
      damages.length = 0;
      await computeOnce({ store, key: "k", resultKey, compute, onDamage });
      const key = resultKey ?? (await keysOf(storage))[0]!;
      const bytes = await (await storage.get(key))!.bytes();
      bytes[bytes.byteLength - 1]! ^= 1;
      for (const [index, damaged] of [bytes, bytes.subarray(0, 20), new Uint8Array()].entries()) {
        await storage.put(key, damaged);
        const { result, cached } = await computeOnce({ store, key: "k", resultKey, compute, onDamage });
        expect([await result.get(), cached, damages.length]).toEqual([[index + 1], false, index + 1]);
        expect((await computeOnce({ store, key: "k", resultKey, compute, onDamage })).cached).toBe(true);
      }
      expect(new Set(damages).has("Corrupt")).toBe(true);
    }
  });

  test("a refresh never takes what began before it; all that wait for one take the same", async () => {
    const store = await cacheOn(memory());
    const [a] = processes(1);
    const gates = [new Deferred(), new Deferred()];
    const begun = [new Deferred(), new Deferred()];
    let computed = 0;
    const compute = async (): Promise<number> => {
      const number = computed++;
      begun[number]!.resolve();
      await gates[number]!.promise;
      return number;
    };
    const first = a!.once({ store, key: "k", compute });
    await begun[0]!.promise;
    const refreshes = Array.from({ length: 5 }, () => a!.once({ store, key: "k", compute, refresh: true }));
    const joining = a!.once({ store, key: "k", compute });
    gates[0]!.resolve();
    expect(await (await first).result.get()).toBe(0);
    expect(await (await joining).result.get()).toBe(0);
    await begun[1]!.promise;
    gates[1]!.resolve();
    for (const refresh of refreshes) expect(await (await refresh).result.get()).toBe(1);
    expect(computed).toBe(2);
  });
});

describe("with a key for the value", () => {
  const once = <T>(store: CacheStore, key: string, resultKey: string, compute: () => Promise<T>): Computation<T> => ({
    store,
    key,
    resultKey,
    compute,
  });

  test("the value is there, the cache refers to it, and a hit takes two requests", async () => {
    const { storage, calls } = counted();
    const store = await cacheOn(storage);
    const { result } = await computeOnce(once(store, "k", "mine/1.json", async () => ["v"]));
    expect(result.location).toBe("mine/1.json");
    calls.length = 0;
    const again = await computeOnce(once(store, "k", "mine/2.json", async () => ["w"]));
    expect([again.cached, again.result.location]).toEqual([true, "mine/1.json"]);
    expect(calls).toEqual(["get cache", "get 1.json"]);
    expect(await again.result.get()).toEqual(["v"]);
    // Without a key it is another entry: a reference is never taken for a value.
    expect(await (await computeOnce({ store, key: "k", compute: async () => 5 })).result.get()).toBe(5);
  });

  test("it is computed anew once somebody else has written there", async () => {
    const store = await cacheOn(memory());
    await computeOnce(once(store, "one", "latest", async () => 1));
    await computeOnce(once(store, "two", "latest", async () => 2));
    const again = await computeOnce(once(store, "one", "latest", async () => 3));
    expect([again.cached, await again.result.get()]).toEqual([false, 3]);
    await store.results.delete("latest");
    expect((await computeOnce(once(store, "one", "latest", async () => 4))).cached).toBe(false);
  });

  test("one who was faster is not overwritten", async () => {
    const store = await cacheOn(memory());
    const [slow, fast] = processes(2);
    const begun = new Deferred();
    const go = new Deferred<string>();
    // As if it had been silent: somebody else has removed its lease.
    const late = slow!.once(once(store, "k", "place", () => (begun.resolve(), go.promise)));
    await begun.promise;
    const lease = (await keysOf(store.storage)).find((key) => key.includes("/lease/"))!;
    await store.storage.delete(lease);
    await fast!.once(once(store, "k", "place", async () => "fast"));
    go.resolve("late");
    expect(await (await late).result.get()).toBe("fast");
    expect((await late).cached).toBe(true);
    expect(await store.results.read("place")).toBe("fast");
  });
});

test("a storage that cannot write on a condition is refused", async () => {
  const storage = wrapped(async (_, __, call) => await call(), memory({ name: "plain" }), { replace: false });
  const error = await failure(CacheStore.open({ storage, serializer: plainJson }));
  expect(error).toMatchObject({
    code: "InvalidOption",
    message:
      "A task caches its result (cacheKey), which needs conditional writes, and storage memory:plain has none. Use another storage, or remove cacheKey.",
  });
});
