// Ends by itself where nothing keeps it alive: timeouts, retries, waits for the cache and cancelled runs are over.
import { memory } from "@coatcheck/core";
import { currentRun, flow, inputs, task } from "@coatcheck/flows";

const storage = memory();
const quick = task(async (x: number) => ({ x }), {
  name: "quick",
  timeout: "30d",
  resultStorage: storage,
  cacheKey: inputs(),
});
let calls = 0;
const flaky = task(
  async () => {
    if (calls++ === 0) throw new Error("again");
    return {};
  },
  { name: "flaky", retries: 1, retryDelay: 1, resultStorage: storage },
);
const waits = task(
  async () => {
    const { signal } = currentRun()!;
    await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
  },
  { name: "waits", timeout: "20d" },
);
const never = task(async () => await new Promise(() => {}), { name: "never", timeout: 5 });
const delayed = task(async () => Promise.reject(new Error("no")), {
  name: "delayed",
  retries: 1,
  retryDelay: "1h",
  resultStorage: storage,
});

const all = flow(
  async () => {
    await Promise.all(quick.map([1, 1, 2], { concurrency: 2 }).map((future) => future.result()));
    await flaky();
    const futures = [waits.submit(), delayed.submit()];
    await never.returnState();
    for (const future of futures) future.cancel();
    return (await Promise.all(futures.map((future) => future.wait()))).map(({ type }) => type);
  },
  { name: "all", timeout: "20d" },
);
console.log((await all()).join());
console.log(
  `handles: ${process.getActiveResourcesInfo().filter((name) => name === "Timeout" || name === "Immediate").length}`,
);
