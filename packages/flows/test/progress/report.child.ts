import { setTimeout as sleep } from "node:timers/promises";
import { json } from "@coatcheck/serializer-json";
import { flow, task } from "../../src/index.ts";

// A flow of a few tasks, one of which is retried and one of which fails, with a name that a terminal would obey.
const [, , unit = "100"] = process.argv;
const step = task(
  async (index: number) => {
    await sleep(Number(unit) * (1 + (index % 3)));
    if (index === 2) throw new Error("no such \u001b[31mfile\nand more");
    console.log(`step ${index}`);
    return index;
  },
  { name: "step\u001b[2J" },
);
let tries = 0;
const flaky = task(
  async () => {
    await sleep(Number(unit));
    if (++tries < 3) throw new Error("not yet");
    return tries;
  },
  { name: "flaky", retries: 2, retryDelay: Number(unit) * 2, resultStorage: "memory:report", resultSerializer: json() },
);
const report = flow(
  async () => {
    const steps = step.map([...Array(20).keys()], { concurrency: 4 });
    await flaky();
    const states = await Promise.all(steps.map((future) => future.wait()));
    return states.filter((state) => state.isCompleted()).length;
  },
  { name: "report" },
);
console.log(`result ${await report()}`);
