import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memory, ResultStore, type Storage } from "@coatcheck/core";
import { inputs, task } from "@coatcheck/flows";
import { json } from "@coatcheck/serializer-json";
import { local } from "@coatcheck/storage-local";
import { hashInputs } from "../../packages/flows/src/hash/hash.ts";
import { Report } from "../report.ts";
import { takeTurns } from "../rounds.ts";

const ROUNDS = 20;
const report = new Report("Cached tasks, beside reading and writing a result, and hashes of inputs");

async function hashes(title: string, value: unknown, times: number): Promise<void> {
  const repeat = (fn: () => unknown) => (): void => {
    for (let time = 0; time < times; time++) fn();
  };
  const contenders = [
    {
      name: "sha256 of JSON.stringify",
      note: "order of keys counts; Map, Date, NaN, … are lost",
      run: repeat(() => createHash("sha256").update(JSON.stringify(value)).digest("hex")),
    },
    { name: "hash of inputs", run: repeat(() => hashInputs(value)) },
  ];
  report.timed("hash of", title, await takeTurns(contenders, ROUNDS, { calls: times }));
}

const record = (id: number): object => ({
  id,
  name: `user ${id}`,
  email: `user${id}@example.com`,
  active: id % 2 === 0,
  score: id * 1.5,
  tags: ["a", "b"],
  address: { street: `${id} Main Street`, zip: String(10_000 + id) },
});
await hashes("a URL as the only argument", ["https://example.com/a/b?c=1"], 5000);
await hashes("one record", [record(1)], 2000);
await hashes("1,000 records", [Array.from({ length: 1000 }, (_, id) => record(id))], 5);

async function calls(title: string, storage: Storage, times: number): Promise<void> {
  const serializer = json();
  const store = new ResultStore({ storage, serializer });
  const cached = task(async (id: number) => record(id), {
    name: "cached",
    cacheKey: inputs(),
    resultStorage: storage,
    resultSerializer: serializer,
  });
  const kept = task(async (id: number) => record(id), {
    name: "kept",
    persistResult: true,
    resultStorage: storage,
    resultSerializer: serializer,
  });
  let next = 0;
  for (let id = 0; id < times; id++) {
    await store.write(record(id), { key: `records/${id}` });
    await cached(id);
  }
  const each = (fn: (id: number) => Promise<unknown>) => async (): Promise<void> => {
    for (let id = 0; id < times; id++) await fn(id);
  };
  const hits = [
    { name: "read of a result by key", run: each((id) => store.read(`records/${id}`)) },
    { name: "call of a cached task that is there", run: each((id) => cached(id)) },
  ];
  report.timed("hits", title, await takeTurns(hits, ROUNDS, { calls: times }));
  const misses = [
    { name: "write of a result", run: each((id) => store.write(record(id))) },
    { name: "call of a task that is kept", run: each((id) => kept(id)) },
    { name: "call of a cached task that is not there", run: each(() => cached(1e6 + next++)) },
  ];
  report.timed("computations", title, await takeTurns(misses, ROUNDS, { calls: times }));
}

await calls("in memory", memory(), 200);
const folder = mkdtempSync(join(tmpdir(), "coatcheck-benchmark-"));
try {
  await calls("on local files, without waiting for the disk", local({ path: folder, durability: "none" }), 50);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
await report.save();
