// What a flow and its tasks return can outlive the process: in storage of yours, behind a small reference.
import { ResultStore } from "@coatcheck/core";
import { flow, task } from "@coatcheck/flows";
import { local } from "@coatcheck/storage-local";

const storage = local({ path: "./results" });

const extract = task(
  async (day: string) => ({
    day,
    orders: new Map([
      ["book", 2n],
      ["lamp", 1n],
    ]),
  }), //
  { name: "extract" },
);
const count = task(
  async ({ orders }: { orders: Map<string, bigint> }) => [...orders.values()].reduce((sum, each) => sum + each),
  { name: "count", persistResult: false },
);
const report = flow(
  async (day: string) => {
    const extracted = await extract.returnState(day);
    const counted = await count.returnState(await extracted.result());
    console.log(`extract is ${extracted.data!.kind}, count is ${counted.data!.kind}`);
    return { day, orders: await counted.result() };
  },
  { name: "report", persistResult: true, resultStorage: storage },
);

const state = await report.returnState("2026-11-20");
const reference = JSON.stringify(state.data);
console.log(`reference of ${reference.length < 400 ? "under 400" : "many"} bytes: ${reference.slice(0, 38)}…`);

// Another process, or another machine, needs the reference and a store of its own.
const store = new ResultStore({ storage });
console.log(await store.read(reference));

// Whether a result is kept, and where, is decided by rules; every flow and task tells which.
console.log((await report.explain("2026-11-20")).toString().split("\n")[0]);

// Prints:
// extract is persisted, count is unpersisted
// reference of under 400 bytes: {"coatcheck":1,"storage":"file:///…
// { day: '2026-11-20', orders: 3n }
// Flow "report": the result is persisted.
