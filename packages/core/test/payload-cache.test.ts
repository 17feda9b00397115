import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { memory, type Reference, ResultStore } from "@coatcheck/core";
import { type LoadedPayload, PayloadCache } from "../src/result/payload-cache.ts";
import { counted, plainJson, rejection } from "./helpers.ts";

const payload = (writeId: string, bytes: number): LoadedPayload => ({
  header: { serializer: { type: "x" }, codecs: [], createdAt: "", writeId, size: bytes, digest: "" },
  payload: new Uint8Array(bytes),
});

describe("the cache", () => {
  test("holds no more bytes than it may, small payloads included, and lets go of what was not used for longest", async () => {
    const step = fc.record({ place: fc.nat(30), bytes: fc.nat(3000), use: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 40_000 }), fc.array(step), async (capacity, steps) => {
        const cache = new PayloadCache(capacity);
        // The same, written as simply as it can be: the last used comes last.
        let expected: { place: string; bytes: number }[] = [];
        for (const { place: number, bytes, use } of steps) {
          const place = `place ${number}\n`;
          const there = expected.find((entry) => entry.place === place);
          if (use) {
            expect(cache.held(place, "w")?.payload.byteLength).toBe(there?.bytes);
            if (there !== undefined) expected = [...expected.filter((entry) => entry !== there), there];
            continue;
          }
          await cache.load(place, "w", async () => payload("w", bytes));
          if (bytes + 1024 > capacity / 4) continue;
          expected = [...expected.filter((entry) => entry !== there), { place, bytes }];
          while (expected.reduce((sum, entry) => sum + entry.bytes + 1024, 0) > capacity) expected.shift();
        }
        for (let number = 0; number <= 30; number++) {
          const place = `place ${number}\n`;
          const there = expected.find((entry) => entry.place === place);
          expect(cache.held(place, "w")?.payload.byteLength).toBe(there?.bytes);
        }
      }),
    );
  });

  test("loads once for all who ask, at whatever moment, and each has memory of its own", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.nat(8), { minLength: 1, maxLength: 20 }),
        async (scheduler, delays) => {
          const cache = new PayloadCache(1e6);
          let loads = 0;
          const load = async (): Promise<LoadedPayload> => {
            loads++;
            await scheduler.schedule(Promise.resolve());
            return payload("w", 3);
          };
          const asking = delays.map(async (delay) => {
            for (let wait = 0; wait < delay; wait++)
              await (wait % 2 === 0 ? Promise.resolve() : scheduler.schedule(Promise.resolve()));
            return cache.held("p\n", "w") ?? (await cache.load("p\n", "w", load));
          });
          await scheduler.waitFor(Promise.all(asking));
          const buffers = await Promise.all(asking.map(async (each) => (await each)!.payload.buffer));
          expect(loads).toBe(1);
          expect(new Set(buffers).size).toBe(delays.length);
        },
      ),
    );
  });

  test("a failed load is not kept", async () => {
    const cache = new PayloadCache(1e6);
    const boom = new Error("boom");
    const failing = (): Promise<never> => Promise.reject(boom);
    const both = [cache.load("p\n", "w", failing), cache.load("p\n", "w", failing)];
    for (const each of both) await expect(each).rejects.toBe(boom);
    expect((await cache.load("p\n", "w", async () => payload("w", 1)))?.payload.byteLength).toBe(1);
  });

  test("what is dropped while it is loaded is not held, and not shared with who asks later", async () => {
    const cache = new PayloadCache(1e6);
    let finish!: (loaded: LoadedPayload) => void;
    const first = cache.load("p\n", "w", () => new Promise((resolve) => (finish = resolve)));
    cache.drop("p\n");
    const second = cache.load("p\n", "w", async () => payload("w", 2));
    finish(payload("w", 1));
    expect((await first)?.payload.byteLength).toBe(1);
    expect((await second)?.payload.byteLength).toBe(2);
    expect(cache.held("p\n", "w")?.payload.byteLength).toBe(2);
    cache.drop("p\n");
    expect(cache.held("p\n", "w")).toBe(undefined);
  });

  test("another write of the same place is not what is meant", async () => {
    const cache = new PayloadCache(1e6);
    await cache.load("p\n", "one", async () => payload("one", 1));
    expect(cache.held("p\n", "two")).toBe(undefined);
    await cache.load("p\n", "two", async () => payload("two", 2));
    expect(cache.held("p\n", "one")).toBe(undefined);
    expect(cache.held("p\n", "two")?.payload.byteLength).toBe(2);
  });
});

describe("a store", () => {
  test("gives the value of one Result again without decoding, of another with one decode and no request", async () => {
    const { storage, calls } = counted();
    let decoded = 0;
    const serializer = {
      ...plainJson,
      deserialize: (bytes: Uint8Array) => {
        decoded++;
        return plainJson.deserialize(bytes);
      },
    };
    const reference = (await new ResultStore({ storage, serializer }).write({ a: 1 })).toJSON();
    const store = new ResultStore({ storage, serializer });
    const one = await store.resolve(reference);
    calls.length = 0;
    const value = await one.get();
    expect([calls, decoded]).toEqual([["get"], 1]);
    for (let again = 0; again < 3; again++) expect(await one.get()).toBe(value);
    expect([calls, decoded]).toEqual([["get"], 1]);
    const two = await store.resolve(reference);
    calls.length = 0;
    expect(await two.get()).toEqual(value);
    expect(await two.get()).not.toBe(value);
    expect([calls, decoded]).toEqual([[], 2]);
  });

  test("that may hold nothing asks again each time", async () => {
    const { storage, calls } = counted();
    const store = new ResultStore({ storage, serializer: plainJson, cacheBytes: 0 });
    const reference = (await store.write([1])).toJSON();
    calls.length = 0;
    await store.read(reference);
    await store.read(reference);
    expect(calls).toEqual(["get", "get"]);
  });

  test("that deletes while somebody reads holds nothing of it", async () => {
    const { storage } = counted();
    const store = new ResultStore({ storage, serializer: plainJson });
    const reference = (await store.write([1], { key: "k" })).toJSON();
    const reading = store.read(reference).catch(() => undefined);
    await store.delete("k");
    await reading;
    await rejection(store.read(reference), "Missing");
  });

  test.each([
    ["deletes", (store: ResultStore) => store.delete("k")],
    ["deletes by reference", (store: ResultStore, reference: Reference) => store.delete(reference)],
    ["prunes", (store: ResultStore) => store.prune({ olderThan: 1 })],
  ])("that %s holds nothing of what was read until the very end", async (_, remove) => {
    const storage = memory();
    let beforehand = async (): Promise<void> => {};
    const slow = new Proxy(storage, {
      get(target, name) {
        const member = Reflect.get(target, name, target) as unknown;
        if (typeof member !== "function") return member;
        return async (...args: unknown[]) => {
          if (name === "delete") await beforehand();
          return await (member as (...all: unknown[]) => Promise<unknown>).apply(target, args);
        };
      },
    });
    const store = new ResultStore({ storage: slow, serializer: plainJson });
    const reference = (await store.write([1], { key: "k" })).toJSON();
    await new Promise((resolve) => setTimeout(resolve, 5));
    let read = 0;
    beforehand = async () => {
      expect(await store.read(reference)).toEqual([1]);
      read++;
    };
    await remove(store, reference);
    expect(read).toBe(1);
    await rejection(store.read(reference), "Missing");
  });
});
