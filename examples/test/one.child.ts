// One bundle of all examples; the environment says which one runs.
const examples: Readonly<Record<string, () => Promise<unknown>>> = {
  "caching.ts": () => import("../caching.ts"),
  "failures.ts": () => import("../failures.ts"),
  "inheritance.ts": () => import("../inheritance.ts"),
  "keys.ts": () => import("../keys.ts"),
  "locations.ts": () => import("../locations.ts"),
  "memory.ts": () => import("../memory.ts"),
  "persistence.ts": () => import("../persistence.ts"),
  "queue.ts": () => import("../queue.ts"),
  "retries.ts": () => import("../retries.ts"),
  "serializer.ts": () => import("../serializer.ts"),
};
const example = examples[process.env["EXAMPLE"]!];
if (example === undefined) throw new Error(`${process.env["EXAMPLE"]} is not among them.`);
await example();

export {};
