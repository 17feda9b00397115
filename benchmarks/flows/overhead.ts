import pMap from "p-map";
import { flow, task } from "@coatcheck/flows";
import { Report } from "../report.ts";
import { takeTurns } from "../rounds.ts";

const CALLS = 20_000;
const ROUNDS = 15;
const MEMORY_CALLS = 100_000;
const concurrency = 16;
const report = new Report("Task calls without persistence, beside p-map over the same functions", { peers: ["p-map"] });
const items = Array.from({ length: CALLS }, (_, index) => index);

const functions = {
  "a function that gives a number": async (x: number) => x + 1,
  "a function that waits for a tick": async (x: number) => {
    await Promise.resolve();
    return { x };
  },
};

async function overhead(name: string, fn: (x: number) => Promise<unknown>): Promise<void> {
  const called = task(fn, { name });
  const rows = await takeTurns(
    [
      { name: "p-map over the function", run: () => pMap(items, fn, { concurrency }) },
      { name: "p-map over the task", run: () => pMap(items, called, { concurrency }) },
      {
        name: "task.map, values of all futures",
        run: () => Promise.all(called.map(items, { concurrency }).map((future) => future.result())),
      },
      {
        name: "task.submit, values of all futures",
        run: () => Promise.all(items.map((item) => called.submit(item)).map((future) => future.result())),
      },
      {
        name: "the function, one after the other",
        run: async () => {
          for (const item of items) await fn(item);
        },
      },
      {
        name: "the task, one after the other",
        run: async () => {
          for (const item of items) await called(item);
        },
      },
    ],
    ROUNDS,
    { calls: CALLS },
  );
  report.timed(`${CALLS} calls, ${concurrency} at once`, name, rows);
}

// Bytes of heap by what is there at the end, each collected twice.
function heap(): number {
  globalThis.gc!();
  globalThis.gc!();
  return process.memoryUsage().heapUsed;
}

async function memory(): Promise<void> {
  const fn = async (x: number): Promise<{ x: number }> => ({ x });
  const called = task(fn, { name: "memory" });
  const inputs = Array.from({ length: MEMORY_CALLS }, (_, index) => index);
  const before = heap();
  const growth = async (values: () => Promise<unknown>): Promise<number> => {
    const held = await values();
    const bytes = heap() - before;
    return held === undefined ? 0 : bytes;
  };
  const plain = await growth(() => pMap(inputs, fn, { concurrency }));
  const withValues = await growth(() => pMap(inputs, called, { concurrency }));
  const withFutures = await growth(async () => {
    const futures = called.map(inputs, { concurrency });
    await Promise.all(futures.map((future) => future.wait()));
    return futures;
  });
  const after = heap() - before;
  const lines = Object.entries({
    "values of the plain function": plain,
    "values of the task": withValues,
    "futures, their states and values": withFutures,
    "nothing held any more": after,
  });
  report.table(
    `heap after ${MEMORY_CALLS} calls in one flow`,
    "",
    lines.map(([name, bytes]) => ({ name, values: { "bytes of a call": Math.round(bytes / MEMORY_CALLS) } })),
  );
}

const all = flow(
  async () => {
    for (const [name, fn] of Object.entries(functions)) await overhead(name, fn);
    await memory();
  },
  { name: "overhead" },
);

await all();
await report.save();
