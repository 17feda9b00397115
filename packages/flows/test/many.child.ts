// 100,000 tasks in one flow, called, submitted and mapped; prints the growth of the heap in bytes per task.
import { currentRun, flow, task } from "@coatcheck/flows";

const TASKS = 100_000;
const one = task(async (x: number) => (currentRun()!.signal.aborted ? -1 : x), { name: "one" });

function heap(): number {
  globalThis.gc!();
  globalThis.gc!();
  return process.memoryUsage().heapUsed;
}

const all = flow(
  async () => {
    const growth: Record<string, number> = {};
    const measure = async (name: string, run: () => Promise<unknown>): Promise<void> => {
      const before = heap();
      const held = await run();
      growth[name] = Math.round((heap() - before) / TASKS);
      void held;
    };
    await measure("calls", async () => {
      for (let x = 0; x < TASKS; x++) await one(x);
    });
    await measure("submitted", async () => {
      for (let x = 0; x < TASKS; x++) await one.submit(x).wait();
    });
    await measure("futures", async () => {
      const futures = one.map(
        Array.from({ length: TASKS }, (_, x) => x),
        { concurrency: 100 },
      );
      await Promise.all(futures.map((future) => future.wait()));
      return futures;
    });
    return growth;
  },
  { name: "all" },
);

console.log(JSON.stringify(await all()));
