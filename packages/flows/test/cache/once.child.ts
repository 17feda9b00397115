import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Storage } from "@coatcheck/core";
import { local } from "@coatcheck/storage-local";
import { s3 } from "@coatcheck/storage-s3";
import { Computations } from "../../src/cache/once.ts";
import { TIMING } from "../../src/cache/timing.ts";
import { cacheOn } from "./support.ts";

// Calls for `key` as often as told, once the file `start` is there; the computation ends when the file `go` is.
const [place, key, callers, ttl, start, go] = process.argv.slice(2) as [string, string, string, string, string, string];
const credentials = { accessKeyId: "test-access-key", secretAccessKey: "test-secret-key" };
const storage: Storage = place.startsWith("http")
  ? s3({ bucket: "test-bucket", endpoint: place, credentials })
  : local({ path: place });
const store = await cacheOn(storage);
const computations = new Computations({ ...TIMING, ttl: Number(ttl) });

async function file(path: string): Promise<void> {
  while (!existsSync(path)) await sleep(5);
}

async function compute(): Promise<{ readonly by: number }> {
  process.stdout.write("computing\n");
  await file(go);
  return { by: process.pid };
}

process.stdout.write("ready\n");
await file(start);
const calls = Array.from({ length: Number(callers) }, () => computations.once({ store, key, compute }));
const outcomes = await Promise.all(
  calls.map(async (call) => {
    const { result, cached } = await call;
    return { by: (await result.get()).by, cached };
  }),
);
process.stdout.write(`${JSON.stringify(outcomes)}\n`);
await storage.close();
