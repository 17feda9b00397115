// Storages and serializers that are made for each call; prints how many bytes of heap stay for each.
import { memory } from "@coatcheck/core";
import { json } from "@coatcheck/serializer-json";
import { flow, inputs, task, withSettings } from "@coatcheck/flows";

const CALLS = 2_000;
const shared = memory();
const one = task(async (x: number) => ({ x }), { name: "one", persistResult: true, resultStorageKey: "one" });
const run = flow(async (x: number) => await one.withOptions({ retries: 1 })(x), { name: "run" });
const cached = task(async () => ({ cached: true }), { name: "cached", cacheKey: inputs(), resultStorage: shared });

async function call(x: number): Promise<void> {
  await withSettings({ defaultStorage: memory(), defaultSerializer: json() }, () => run(x));
  await withSettings({ defaultStorage: shared, defaultSerializer: json() }, () => run(x));
  await withSettings({ defaultSerializer: json() }, () => cached());
}

function heap(): number {
  globalThis.gc!();
  globalThis.gc!();
  return process.memoryUsage().heapUsed;
}

for (let x = 0; x < 200; x++) await call(x);
const before = heap();
for (let x = 0; x < CALLS; x++) await call(x);
// Weak references are let go of in a turn of their own.
await new Promise((resolve) => setImmediate(resolve));
console.log(JSON.stringify({ growth: Math.round((heap() - before) / CALLS) }));
