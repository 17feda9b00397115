import { subscribe } from "node:diagnostics_channel";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import pMap from "p-map";
import type { Result, ResultStore } from "@coatcheck/core";

/** Calls at once, but for what goes one after another. */
export const CONCURRENCY = 16;
/** What a result holds: bytes, so that no serializer has a share in the figures. */
export const body: Buffer = Buffer.alloc(1024, "coatcheck");

let requests = 0;
for (const channel of ["http.client.request.start", "undici:request:create"]) subscribe(channel, () => requests++);

/** Requests that this process has sent until now. */
export const sent = (): number => requests;

/** One way of doing the same with many results; where it lacks something it has nothing to compare there. */
export interface Way {
  readonly name: string;
  readonly note?: string;
  /** Writes new results under these keys. */
  readonly write?: (keys: readonly string[]) => Promise<unknown>;
  /** Whether each is there. */
  readonly exists?: (keys: readonly string[]) => Promise<unknown>;
  /** Reads each whole. */
  readonly read?: (keys: readonly string[]) => Promise<unknown>;
  /** Walks all there are. */
  readonly list?: () => Promise<unknown>;
  /** Walks all there are, with when each was written and whether it has expired. */
  readonly headers?: () => Promise<unknown>;
  /** Deletes all that are old, which are all there are. */
  readonly prune?: () => Promise<unknown>;
}

/** The keys of the results `from` to `to`. */
export function keysOf(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => `many/${String(from + index).padStart(8, "0")}`);
}

/** Each of `items`, sixteen at once. */
export async function each<Item>(items: Iterable<Item>, call: (item: Item) => unknown): Promise<void> {
  await pMap(items, call, { concurrency: CONCURRENCY });
}

/** Takes all, and throws what failed. */
export async function settled(outcomes: AsyncIterable<PromiseSettledResult<unknown>>): Promise<void> {
  for await (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
}

/** Takes all, and gives how many there were. */
export async function taken(items: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _ of items) count++;
  return count;
}

/** Ours, by the methods for many. */
export function many(store: ResultStore): Way {
  return {
    name: "writeMany, readMany",
    write: (keys) => settled(writing(store, keys)),
    exists: (keys) => each(keys, (key) => store.exists(key)),
    read: (keys) => settled(store.readMany(keys, { concurrency: CONCURRENCY })),
    list: () => taken(store.list({ prefix: "many/" })),
    headers: () => taken(store.list({ prefix: "many/", headers: true })),
    prune: () => store.prune({ prefix: "many/", olderThan: 1 }),
  };
}

/** Writes under `keys` and gives the outcomes. */
export function writing(
  store: ResultStore,
  keys: readonly string[],
): AsyncGenerator<PromiseSettledResult<Result<Buffer>>, void, void> {
  const values = {
    *[Symbol.iterator]() {
      for (const _ of keys) yield body;
    },
  };
  return store.writeMany(values, { key: (_value, index) => keys[index]!, concurrency: CONCURRENCY });
}

/** Ours, one call after another. */
export function oneByOne(store: ResultStore): Way {
  return {
    name: "write, one after another",
    write: async (keys) => {
      for (const key of keys) await store.write(body, { key });
    },
    read: async (keys) => {
      for (const key of keys) await store.read(key);
    },
    exists: async (keys) => {
      for (const key of keys) await store.exists(key);
    },
  };
}

/** What `work` with so many results took, once, of this process. */
export async function once(results: number, work: () => Promise<unknown>): Promise<Record<string, number>> {
  const before = requests;
  const cpuStart = process.cpuUsage();
  const start = performance.now();
  await work();
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(cpuStart);
  const costs = { "results/s": (results / ms) * 1000, "CPU ms": (user + system) / 1000 / results };
  return requests === before ? costs : { ...costs, requests: (requests - before) / results };
}

/** Uses a new folder in `base`, of which nothing stays. */
export async function inFolder(base: string, use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(base, "coatcheck-many-"));
  try {
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
