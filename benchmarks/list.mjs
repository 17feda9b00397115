/**
 * Every benchmark by name, in the order in which they run: its module, and Node's `flags` for it. Those with `build` measure
 * the built packages; those that are `named` take long, and run only where they are asked for.
 */
export const benchmarks = {
  local: { path: "storages/local.ts" },
  s3: { path: "storages/s3.ts" },
  gcs: { path: "storages/gcs.ts" },
  azure: { path: "storages/azure.ts" },
  serializers: { path: "serializers/peers.ts", flags: ["--single-threaded-gc"] },
  calls: { path: "flows/overhead.ts", flags: ["--expose-gc"] },
  caching: { path: "flows/cache.ts" },
  prefect: { path: "flows/prefect.ts" },
  start: { path: "start.ts", build: true },
  large: { path: "large/main.ts", args: ["--gib", "1"] },
  many: { path: "many/main.ts" },
  "many-100000": { path: "many/main.ts", args: ["--results", "100000"], named: true },
  "many-slope": { path: "many/main.ts", args: ["--slope"], named: true },
  "large-10": { path: "large/main.ts", args: ["--gib", "10"], named: true },
};
