import { expect, test } from "@jest/globals";
import { ResultStore } from "@coatcheck/core";
import { json } from "@coatcheck/serializer-json";
import { s3Server } from "./support.ts";

const at = s3Server();
/** More than fit on one page of a listing. */
const COUNT = 1_010;
const PAGES = 2;
const SOME = 100;
const keys = Array.from({ length: COUNT }, (_, index) => `many/${String(index).padStart(5, "0")}`);
const open = (): ResultStore => new ResultStore({ storage: at.open(), serializer: json(), cacheBytes: 0 });

async function taken<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** The requests that came since this was last called, by operation, and the ranges that were asked for. */
function requests(): { counts: Record<string, number>; ranges: Record<string, number> } {
  const counts = at.server.counts;
  const ranges: Record<string, number> = {};
  for (const { operation, headers } of at.server.requests) {
    if (operation === "GetObject") ranges[headers.range ?? "all"] = (ranges[headers.range ?? "all"] ?? 0) + 1;
  }
  at.server.requests.length = 0;
  return { counts, ranges };
}

test("many results: one request to write, look at or read each, one for a thousand keys of a listing", async () => {
  const store = open();
  const written = await taken(store.writeMany(keys.keys(), { key: (_value, index) => keys[index]! }));
  expect(written.every(({ status }) => status === "fulfilled")).toBe(true);
  expect(requests().counts).toEqual({ PutObject: COUNT });

  const reader = open();
  const some = keys.slice(0, SOME);
  const read = await taken(reader.readMany<number>(some));
  expect(read.map((outcome) => outcome.status === "fulfilled" && outcome.value)).toEqual([...some.keys()]);
  expect(requests()).toEqual({ counts: { GetObject: SOME }, ranges: { all: SOME } });

  for (const key of some) expect(await reader.exists(key)).toBe(true);
  for (const key of some) expect((await reader.stat(key)).serializer).toBe("json");
  expect(await reader.exists("many/none")).toBe(false);
  expect(requests()).toEqual({ counts: { GetObject: 2 * SOME + 1 }, ranges: { "bytes=0-4095": 2 * SOME + 1 } });

  expect((await taken(reader.list())).map(({ key }) => key)).toEqual(keys);
  expect(requests().counts).toEqual({ ListObjectsV2: PAGES });

  const entries = await taken(reader.list({ prefix: "many/", headers: true }));
  expect(entries.map(({ key, result }) => [key, result?.serializer])).toEqual(keys.map((key) => [key, "json"]));
  const heads = { GetObject: COUNT, ListObjectsV2: PAGES };
  expect(requests()).toEqual({ counts: heads, ranges: { "bytes=0-4095": COUNT } });

  await new Promise((resolve) => setTimeout(resolve, 2));
  expect(await reader.prune({ olderThan: 1 })).toMatchObject({ examined: COUNT, pruned: COUNT, changed: 0 });
  // What was deleted is not listed again, and the pages begin behind the last key. The first conditional delete asks whether
  // the service knows the condition.
  expect(requests().counts).toEqual({ ...heads, DeleteObject: COUNT + 1 });
}, 300_000);
