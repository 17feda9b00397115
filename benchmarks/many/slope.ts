import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memory, ResultStore, type Storage } from "@coatcheck/core";
import { local } from "@coatcheck/storage-local";
import { argument, type Line, type Report } from "../report.ts";
import { openS3, s3TestServer } from "../storages/servers.ts";
import { bytesOnly } from "./local.ts";
import { inFolder, keysOf, many, once, settled, writing } from "./way.ts";

/** Results that are looked at and read, spread over all there are. */
const SAMPLE = 10_000;

/** Measures the same with ten times as many results again and again. */
export async function slope(report: Report, largest: number): Promise<void> {
  report.note("CPU of this process, all its threads, for each result; the ratio is to the smallest number of results.");
  await measure(report, "in memory", largest, async () => memory());
  const base = argument("at") ?? (existsSync("/dev/shm") ? "/dev/shm" : tmpdir());
  await inFolder(base, async (folder) => {
    await measure(report, `files in ${base}`, largest, async (number) => local({ path: join(folder, String(number)) }));
  });
  const server = await s3TestServer();
  try {
    const limit = Math.min(largest, 100_000);
    await measure(report, `S3, ${server.name}`, limit, async () => openS3(server));
  } finally {
    await server.close();
  }
}

async function measure(
  report: Report,
  place: string,
  largest: number,
  open: (number: number) => Promise<Storage>,
): Promise<void> {
  const sizes: number[] = [];
  for (let size = 1000; size <= largest; size *= 10) sizes.push(size);
  const lines = new Map<string, Line[]>();
  // The first does not count: what it takes to be compiled would be in it.
  for (const [index, size] of [Math.min(10_000, Math.max(3_000, largest / 10)), ...sizes].entries()) {
    const costs = await costsOf(await open(index === 0 ? 0 : size), size);
    if (index === 0) continue;
    for (const [operation, values] of Object.entries(costs)) {
      const before = lines.get(operation) ?? [];
      const base = before[0]?.values["CPU ms"] ?? values["CPU ms"]!;
      const ratio = values["CPU ms"]! / base;
      lines.set(operation, [...before, { name: `${size} results`, values: { ratio, ...values } }]);
    }
    console.log(`${place}: ${size} done`);
  }
  for (const [operation, each] of lines) report.table(operation, place, each);
}

async function costsOf(storage: Storage, size: number): Promise<Record<string, Record<string, number>>> {
  const store = new ResultStore({ storage, serializer: bytesOnly, cacheBytes: 0 });
  const keys = keysOf(0, size);
  const step = Math.max(1, size / SAMPLE);
  const sample = keys.filter((_, index) => index % step === 0);
  const ours = many(store);
  const page = { prefix: "many/", limit: 1000 };
  return {
    write: await once(size, () => settled(writing(store, keys))),
    exists: await once(sample.length, () => ours.exists!(sample)),
    read: await once(sample.length, () => ours.read!(sample)),
    "write again": await once(sample.length, () => settled(writing(store, sample))),
    "first page of a listing": await once(1000, () => storage.list(page)),
    list: await once(size, ours.list!),
    "list with headers": await once(size, ours.headers!),
    prune: await once(size, ours.prune!),
  };
}
