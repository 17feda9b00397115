import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { memory, ResultError, ResultStore, SerializationError, type Storage, StorageError } from "@coatcheck/core";
import { local } from "@coatcheck/storage-local";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Script } from "@coatcheck/test-support";
import { counted, plainJson, rejection } from "./helpers.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function all<T>(outcomes: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const outcome of outcomes) list.push(outcome);
  return list;
}

/** The values of outcomes that must all be fulfilled. */
function values<T>(outcomes: readonly PromiseSettledResult<T>[]): T[] {
  return outcomes.map((outcome) => {
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value;
  });
}

async function keysOf(storage: Storage): Promise<string[]> {
  const keys: string[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await storage.list({ cursor });
    keys.push(...page.objects.map(({ key }) => key));
    if (page.cursor === undefined) return keys;
    cursor = page.cursor;
  }
}

async function inFolder(use: (path: string) => Promise<void>): Promise<void> {
  const path = mkdtempSync(join(tmpdir(), "coatcheck-many-"));
  try {
    await use(path);
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}

const storages: readonly [string, (use: (storage: Storage) => Promise<void>) => Promise<void>][] = [
  ["memory", async (use) => await use(memory())],
  ["local", async (use) => await inFolder(async (path) => await use(local({ path })))],
];

describe.each(storages)("%s", (_, withStorage) => {
  test("any values are written in their order, and read in that of their references and keys", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.jsonValue(), { maxLength: 40 }),
        fc.integer({ min: 1, max: 20 }),
        fc.boolean(),
        async (given, concurrency, named) => {
          await withStorage(async (storage) => {
            const store = new ResultStore({ storage, serializer: plainJson });
            const key = named ? (_value: unknown, index: number) => `at/${index}` : undefined;
            const results = values(await all(store.writeMany(given, { key, concurrency })));
            expect(results.map((result) => result.value)).toEqual(given);
            if (named)
              expect(results.map(({ location }) => location)).toEqual(given.map((_value, index) => `at/${index}`));
            // Another reader, so that nothing is held.
            const reader = new ResultStore({ storage, serializer: plainJson });
            const exact = given.map((value) => JSON.parse(JSON.stringify(value)) as unknown);
            const texts = results.map((result) => JSON.stringify(result));
            expect(values(await all(reader.readMany(texts, { concurrency })))).toEqual(exact);
            if (named)
              expect(values(await all(reader.readMany(results.map(({ location }) => location!))))).toEqual(exact);
          });
        },
      ),
      { numRuns: 25 },
    );
  });

  test("one that fails does not end the others: each outcome comes at its place", async () => {
    await withStorage(async (storage) => {
      const store = new ResultStore({ storage, serializer: plainJson });
      await store.write("there", { key: "k/3" });
      const given = [0, 1, undefined, 3, 4, 5].map((value) => value as unknown);
      const key = (_value: unknown, index: number): string => (index === 4 ? "../4" : `k/${index}`);
      const outcomes = await all(store.writeMany(given, { key, when: "absent" }));
      expect(outcomes.map(({ status }) => status)).toEqual([
        "fulfilled",
        "fulfilled",
        "rejected",
        "rejected",
        "rejected",
        "fulfilled",
      ]);
      const reasons = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as unknown] : []));
      expect(reasons[0]).toBeInstanceOf(SerializationError);
      expect(reasons[1]).toMatchObject({ code: "AlreadyExists", key: "k/3" });
      expect(reasons[2]).toMatchObject({ code: "InvalidKey" });
      expect(reasons[1]).toBeInstanceOf(StorageError);
      expect(await keysOf(storage)).toEqual(["k/0", "k/1", "k/3", "k/5"]);

      const read = await all(store.readMany(["k/0", "k/2", "k/3", "{}", "k/5"]));
      expect(read).toEqual([
        { status: "fulfilled", value: 0 },
        { status: "rejected", reason: expect.objectContaining({ code: "Missing", key: "k/2" }) },
        { status: "fulfilled", value: "there" },
        { status: "rejected", reason: expect.objectContaining({ code: "NotAResult" }) },
        { status: "fulfilled", value: 5 },
      ]);
    });
  });

  test("an abort loses nothing that was stored: each record that is there has its outcome", async () => {
    for (const after of [1, 5, 23]) {
      await withStorage(async (storage) => {
        const store = new ResultStore({ storage, serializer: plainJson });
        const abort = new AbortController();
        async function* endless(): AsyncGenerator<number> {
          for (let value = 0; ; value++) yield value;
        }
        const stored: string[] = [];
        const failures: unknown[] = [];
        const writing = async (): Promise<void> => {
          const key = (value: number): string => String(value).padStart(5, "0");
          for await (const outcome of store.writeMany(endless(), { key, signal: abort.signal })) {
            if (outcome.status === "fulfilled") stored.push(outcome.value.location!);
            else failures.push(outcome.reason);
            if (stored.length === after) abort.abort(new Error("enough"));
          }
        };
        await expect(writing()).rejects.toThrow("enough");
        expect(await keysOf(storage)).toEqual(stored);
        expect(stored.length).toBeGreaterThanOrEqual(after);
        for (const failure of failures) expect(failure).toBe(abort.signal.reason);
      });
    }
  });
});

test("no more calls are under way than concurrency says, and 16 where it says nothing", async () => {
  for (const [concurrency, most] of [
    [undefined, 16],
    [1, 1],
    [3, 3],
    [40, 40],
  ] as const) {
    const storage = memory();
    let running = 0;
    const seen: number[] = [];
    const store = new ResultStore({
      storage,
      serializer: {
        ...plainJson,
        async serialize(value) {
          seen.push(++running);
          await turn();
          running--;
          return await plainJson.serialize(value);
        },
        async deserialize(bytes) {
          seen.push(++running);
          await turn();
          running--;
          return await plainJson.deserialize(bytes);
        },
      },
    });
    const results = values(await all(store.writeMany(Array.from({ length: 200 }).keys(), { concurrency })));
    expect(Math.max(...seen)).toBe(most);
    seen.length = 0;
    await all(
      store.readMany(
        results.map((result) => result.toJSON()),
        { concurrency },
      ),
    );
    expect(Math.max(...seen)).toBe(most);
  }
});

test("the options hold for each value; results are as those of write", async () => {
  const store = new ResultStore({ storage: memory(), serializer: plainJson });
  const [first, second, literal] = values(await all(store.writeMany([[1], [2], null], { expiresIn: "1h" })));
  expect(first!.kind).toBe("persisted");
  expect(first!.location).not.toBe(second!.location);
  expect(literal!.kind).toBe("literal");
  for (const result of [first!, second!, literal!]) expect(result.expiresAt!.getTime()).toBeGreaterThan(Date.now());
});

test("nothing is written before the outcomes are iterated, and the source is taken as fast as they are", async () => {
  const { storage, calls } = counted();
  const store = new ResultStore({ storage, serializer: plainJson });
  let taken = 0;
  let closed = false;
  function* source(): Generator<number> {
    try {
      for (let value = 0; value < 1000; value++) {
        taken++;
        yield value;
      }
    } finally {
      closed = true;
    }
  }
  const outcomes = store.writeMany(source(), { concurrency: 2 });
  await turn();
  expect([taken, calls]).toEqual([0, []]);
  await outcomes.next();
  for (let left = 50; left > 0; left--) await turn();
  expect(taken).toBeLessThanOrEqual(1 + 4 * 2 + 1);
  expect(closed).toBe(false);
  await outcomes.return();
  expect(closed).toBe(true);
  const puts = calls.length;
  await turn();
  expect(calls.length).toBe(puts);
});

test("the source's own failure comes after the outcomes of what it gave", async () => {
  const store = new ResultStore({ storage: memory(), serializer: plainJson });
  const boom = new Error("boom");
  async function* failing(): AsyncGenerator<number> {
    yield 1;
    yield 2;
    throw boom;
  }
  const given: unknown[] = [];
  const writing = async (): Promise<void> => {
    for await (const outcome of store.writeMany(failing())) given.push(outcome.status);
  };
  await expect(writing()).rejects.toBe(boom);
  expect(given).toEqual(["fulfilled", "fulfilled"]);
});

test("reading the same reference many times at once sends one request", async () => {
  const { storage, calls } = counted();
  const store = new ResultStore({ storage, serializer: plainJson });
  const reference = (await store.write([1])).toJSON();
  calls.length = 0;
  const read = values(await all(store.readMany(Array.from({ length: 100 }, () => reference))));
  expect(read).toEqual(Array.from({ length: 100 }, () => [1]));
  expect(calls).toEqual(["get"]);
});

test("a listing with headers, and pruning, read each head once and no more than 4 KiB of it", async () => {
  const COUNT = 2_500;
  const { storage, calls, bytesRead } = counted();
  const store = new ResultStore({ storage, serializer: plainJson });
  const large = new Uint8Array(10_000);
  values(await all(store.writeMany(Array.from({ length: COUNT }, () => large))));
  calls.length = 0;
  expect(await all(store.list({ headers: true }))).toHaveLength(COUNT);
  const count = (name: string): number => calls.filter((call) => call === name).length;
  expect([count("list"), count("get"), calls.length]).toEqual([3, COUNT, 3 + COUNT]);
  expect(bytesRead()).toBe(COUNT * 4096);
  calls.length = 0;
  expect(await store.prune({ olderThan: "1h" })).toMatchObject({ examined: COUNT, pruned: 0 });
  expect([count("list"), count("get"), calls.length]).toEqual([3, COUNT, 3 + COUNT]);
  expect(bytesRead()).toBe(2 * COUNT * 4096);
  await all(store.list());
  expect(count("list")).toBe(6);
  expect(calls.length).toBe(6 + COUNT);
});

test("pruning that fails leaves nothing under way behind it", async () => {
  const storage = memory();
  const store = new ResultStore({ storage, serializer: plainJson });
  values(await all(store.writeMany(Array.from({ length: 200 }).keys())));
  const boom = new Error("boom");
  let reading = 0;
  let read = 0;
  const slowGet: Storage["get"] = async (key, options) => {
    reading++;
    const slowness = 5 + (read++ % 16);
    for (let left = slowness; left > 0; left--) await turn();
    reading--;
    return await storage.get(key, options);
  };
  const failing = new Proxy(storage, {
    get(target, name) {
      if (name === "delete") return () => Promise.reject(boom);
      if (name === "get") return slowGet;
      const member = Reflect.get(target, name) as unknown;
      return typeof member === "function" ? (member as () => unknown).bind(target) : member;
    },
  });
  await new Promise((resolve) => setTimeout(resolve, 2));
  await expect(new ResultStore({ storage: failing, serializer: plainJson }).prune({ olderThan: 1 })).rejects.toBe(boom);
  expect(reading).toBe(0);
  const before = read;
  for (let left = 50; left > 0; left--) await turn();
  expect(read).toBe(before);
});

describe("bad input is refused before anything is written", () => {
  test.each([["a text"], [new Uint8Array(3)], [5], [null], [undefined], [{}]] as const)(
    "%p is no list",
    async (list) => {
      const { storage, calls } = counted();
      const store = new ResultStore({ storage, serializer: plainJson });
      await rejection(store.writeMany(list as never).next(), "InvalidOption");
      const error = await rejection(store.readMany(list as never).next(), "InvalidOption");
      expect(error.message).toContain("readMany: give a list");
      expect(calls).toEqual([]);
    },
  );

  test.each([0, -1, 1.5, NaN, Infinity, "4", null])("concurrency %p", async (concurrency) => {
    const store = new ResultStore({ storage: memory(), serializer: plainJson });
    const error = await rejection(store.writeMany([1], { concurrency: concurrency as never }).next(), "InvalidOption");
    expect(error.message).toMatch(/concurrency"? is/);
  });

  test("one key for all", async () => {
    const { storage, calls } = counted();
    const store = new ResultStore({ storage, serializer: plainJson });
    await rejection(store.writeMany([1, 2], { key: "k" as never }).next(), "InvalidOption");
    expect(calls).toEqual([]);
  });

  test("what was aborted before", async () => {
    const { storage, calls } = counted();
    const store = new ResultStore({ storage, serializer: plainJson });
    const signal = AbortSignal.abort(new Error("before"));
    await expect(store.writeMany([1], { signal }).next()).rejects.toThrow("before");
    expect(calls).toEqual([]);
  });

  test("is the error that read gives, in its outcome", async () => {
    const store = new ResultStore({ storage: memory(), serializer: plainJson });
    const [outcome] = await all(store.readMany([5 as never]));
    expect(outcome).toMatchObject({ status: "rejected" });
    const same = await store.read(5 as never).catch((error: unknown) => error);
    expect((outcome as PromiseRejectedResult).reason).toEqual(same);
    expect(same).toBeInstanceOf(ResultError);
  });
});

test("many calls with one signal are no leak to Node", async () => {
  const script = await Script.build(join(__dirname, "listeners.child.ts"), { byName: false });
  try {
    expect(await script.run()).toBe("done: 50\n");
  } finally {
    script.remove();
  }
});
