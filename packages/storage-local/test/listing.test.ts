import fs, { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import fsPromises from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import fc from "fast-check";
import { compareKeys } from "@coatcheck/core";
import { local } from "@coatcheck/storage-local";
import { filePath } from "../src/encoding.ts";
import { Listing } from "../src/listing.ts";
import { failure, filesBelow, foreign, keysOf, temporaryFolders, text } from "./support.ts";

const folder = temporaryFolders();
afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
});

/** Counts the calls that read a folder and those that look at a file or folder. */
function counted(): { readdir(): number; stat(): number } {
  const readdir = [
    jest.spyOn(fsPromises, "readdir"),
    jest.spyOn(fsPromises, "opendir"),
    jest.spyOn(fs, "readdirSync"),
    jest.spyOn(fs, "opendirSync"),
  ];
  const stat = [
    jest.spyOn(fsPromises, "lstat"),
    jest.spyOn(fsPromises, "stat"),
    jest.spyOn(fs, "lstatSync"),
    jest.spyOn(fs, "statSync"),
  ];
  const sum = (spies: readonly { mock: { calls: unknown[] } }[]): number =>
    spies.reduce((total, spy) => total + spy.mock.calls.length, 0);
  return { readdir: () => sum(readdir), stat: () => sum(stat) };
}

describe("100,000 keys in one folder", () => {
  const MANY = 100_000;
  const root = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "coatcheck-many-"));
  const key = (index: number): string => `many/${String(index).padStart(6, "0")}`;

  // Written past the storage, as it is the listing that counts here.
  beforeAll(() => {
    mkdirSync(join(root, "many+"));
    for (let index = 0; index < MANY; index++) writeFileSync(join(root, filePath(key(index))), "");
    utimesSync(join(root, "many+"), 1e9, 1e9);
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  test("are walked with one reading of the folder and one look at each file", async () => {
    const calls = counted();
    const keys = await keysOf(local({ path: root }), "many/");
    expect(keys.length).toBe(MANY);
    expect(keys.every((each, index) => each === key(index))).toBe(true);
    expect(calls.readdir()).toBe(1);
    // Each page checks the root and the folder for links; the folder is looked at before and after it is read.
    expect(calls.stat()).toBeLessThanOrEqual(MANY + 2 * (MANY / 1000) + 2);
  });

  test("one page looks at its own files only", async () => {
    const calls = counted();
    const page = await local({ path: root }).list({ limit: 10 });
    expect(page.objects.map((info) => info.key)).toEqual(Array.from({ length: 10 }, (_, index) => key(index)));
    expect(calls.stat()).toBeLessThan(20);
  });

  test("a prefix looks at nothing else", async () => {
    const calls = counted();
    expect((await keysOf(local({ path: root }), "many/05000")).length).toBe(10);
    expect(calls.stat()).toBeLessThan(20);
    expect(await keysOf(local({ path: root }), "many/05000x")).toEqual([]);
  });

  test("a cursor is enough where no walk is kept: in another process", async () => {
    const { cursor } = await local({ path: root }).list({ prefix: "many/", limit: 1000 });
    const page = await new Listing(root).page({ prefix: "many/", cursor, limit: 3 });
    expect(page.objects.map((info) => info.key)).toEqual([key(1000), key(1001), key(1002)]);
  });
});

test("a walk goes down only where the prefix leads", async () => {
  const root = folder();
  const storage = local({ path: root, durability: "none" });
  for (const key of ["a/b/c/1", "a/b/c/2", "a/b/d", "a/x/1", "b/1"]) await storage.put(key, text(""));
  const calls = counted();
  expect(await keysOf(storage, "a/b/c/")).toEqual(["a/b/c/1", "a/b/c/2"]);
  expect(calls.readdir()).toBe(1);
  expect(await keysOf(storage, "a/b")).toEqual(["a/b/c/1", "a/b/c/2", "a/b/d"]);
  expect(calls.readdir()).toBe(1 + 3);
});

test("any keys come in the order of their UTF-8 bytes, whatever the page", async () => {
  const part = fc.constantFrom("a", "A", "b", ".", "-", "+", "é", "\ue000", "😀", "z".repeat(130), "😀".repeat(20));
  const segment = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => `${parts.join("")}_`);
  const key = fc.array(segment, { minLength: 1, maxLength: 3 }).map((segments) => segments.join("/"));
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(key, { maxLength: 30 }), fc.integer({ min: 1, max: 7 }), async (keys, limit) => {
      const root = mkdtempSync(join(tmpdir(), "coatcheck-order-"));
      try {
        for (const each of keys) foreign(root, filePath(each));
        const order = keys.toSorted((a, b) => Buffer.compare(text(a), text(b)));
        expect(await keysOf(local({ path: root }), "", limit)).toEqual(order);
        // The same from every key on, without a kept walk.
        for (const [index, cursor] of order.entries()) {
          const rest = await new Listing(root).page({ cursor, limit: 1000 });
          expect(rest.objects.map((info) => info.key)).toEqual(order.slice(index + 1));
        }
        for (const prefix of new Set(order.map((each) => each.slice(0, 2)))) {
          if (/[\ud800-\udbff]$/.test(prefix)) continue;
          expect(await keysOf(local({ path: root }), prefix, limit)).toEqual(
            order.filter((each) => each.startsWith(prefix)),
          );
        }
      } finally {
        rmSync(root, { recursive: true, force: true });
      }
    }),
    { numRuns: 60 },
  );
  expect(["\ue000", "😀"].toSorted(compareKeys)).toEqual(["\ue000", "😀"]);
});

test("keys that this process puts and deletes between pages are on the pages to come, as if each began anew", async () => {
  const segment = fc
    .constantFrom("a", "b", "b.", "b-c", "c", "é", "\ue000", "😀", "z".repeat(130))
    .map((part) => `${part}_`);
  const key = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
  const step = fc.record({ key, remove: fc.boolean() });
  const steps = fc.array(fc.array(step, { maxLength: 3 }), { maxLength: 12 });
  const prefix = fc.constantFrom("", "b", "b_/", "c_/a", "z");
  const initial = fc.uniqueArray(key, { maxLength: 15 });
  await fc.assert(
    fc.asyncProperty(initial, steps, fc.integer({ min: 1, max: 4 }), prefix, async (keys, changes, limit, begin) => {
      const root = mkdtempSync(join(tmpdir(), "coatcheck-order-"));
      try {
        const storage = local({ path: root, durability: "none" });
        const there = new Set<string>();
        const change = async ({ key: at, remove }: { key: string; remove: boolean }): Promise<void> => {
          if (remove) await storage.delete(at);
          else await storage.put(at, text(""));
          there[remove ? "delete" : "add"](at);
        };
        for (const at of keys) await change({ key: at, remove: false });
        let cursor: string | undefined;
        for (let page = 0; page === 0 || cursor !== undefined; page++) {
          const expected = [...there]
            .filter((at) => at.startsWith(begin) && (cursor === undefined || compareKeys(at, cursor) > 0))
            .toSorted(compareKeys)
            .slice(0, limit);
          const found = await storage.list({ prefix: begin, cursor, limit });
          expect(found.objects.map((info) => info.key)).toEqual(expected);
          cursor = found.cursor;
          for (const each of changes[page] ?? []) await change(each);
        }
      } finally {
        rmSync(root, { recursive: true, force: true });
      }
    }),
    { numRuns: 150 },
  );
});

test("what this process puts while it lists has no folder read again", async () => {
  const root = folder();
  const storage = local({ path: root, durability: "none" });
  for (let index = 0; index < 50; index++) await storage.put(`many/${100 + index}`, text(""));
  const calls = counted();
  const found: string[] = [];
  for (let cursor: string | undefined, page = 0; page === 0 || cursor !== undefined; page++) {
    const { objects, cursor: next } = await storage.list({ prefix: "many/", cursor, limit: 10 });
    found.push(...objects.map((info) => info.key));
    cursor = next;
    await storage.put(`many/${200 + page}`, text(""));
    await storage.put(`other/${page}`, text(""));
    if (page === 20) break;
  }
  expect(found.slice(0, 51)).toEqual([...Array.from({ length: 50 }, (_, index) => `many/${100 + index}`), "many/200"]);
  expect(calls.readdir()).toBe(1);
});

test("what is put while a page is being made is on one of those to come, though it is not known on which names it was made", async () => {
  for (let round = 0; round < 20; round++) {
    const storage = local({ path: folder(), durability: "none" });
    for (let index = 0; index < 30; index++) await storage.put(`k/${100 + index}`, text(""));
    const found: string[] = [];
    let cursor: string | undefined;
    const puts: Promise<unknown>[] = [];
    do {
      const listing = storage.list({ cursor, limit: 7 });
      puts.push(storage.put(`z/${round}/${puts.length}`, text("")));
      const page = await listing;
      await Promise.all(puts);
      found.push(...page.objects.map((info) => info.key));
      cursor = page.cursor;
    } while (cursor !== undefined && puts.length < 5);
    while (cursor !== undefined) {
      const page: { objects: readonly { key: string }[]; cursor?: string | undefined } = await storage.list({ cursor });
      found.push(...page.objects.map((info) => info.key));
      cursor = page.cursor;
    }
    // All five were put before the last page began.
    expect(found).toEqual([
      ...Array.from({ length: 30 }, (_, index) => `k/${100 + index}`),
      ...Array.from({ length: puts.length }, (_, index) => `z/${round}/${index}`),
    ]);
  }
});

test("what others put into the folder is not listed and not touched", async () => {
  const root = folder();
  const storage = local({ path: root });
  await storage.put("real", text("v"));
  await storage.put("sub/real", text("v"));
  const others = ["README.md", ".DS_Store", ".real.swp", "sub+/Thumbs.db", "plain/x", "sub+/.nfs0000001", "a%2", "#x#"];
  for (const path of others) foreign(root, path);
  foreign(root, "%tmp/somebody's");
  foreign(root, "%locks/somebody's");
  foreign(root, "file+");
  foreign(root, "piece%+");
  mkdirSync(join(root, "directory"));
  symlinkSync("/etc", join(root, "etc+"));
  symlinkSync("/etc", join(root, "etc%+"));
  symlinkSync("/etc/passwd", join(root, "passwd"));
  const before = filesBelow(root);
  expect(await keysOf(storage)).toEqual(["real", "sub/real"]);
  expect(filesBelow(root)).toEqual(before);
});

test("a folder that may not be read is an error, not an end", async () => {
  const root = folder();
  await local({ path: root }).put("secret/x", text("v"));
  const refused = Object.assign(new Error("EACCES: permission denied"), { code: "EACCES", syscall: "scandir" });
  jest.spyOn(fsPromises, "readdir").mockRejectedValue(refused);
  const error = await failure(local({ path: root }).list(), "PermissionDenied");
  expect(error.cause).toBe(refused);
});

test("a key put by this process between two pages is on its page; by another process 10 seconds later", async () => {
  const root = folder();
  const storage = local({ path: root });
  for (const key of ["a", "b", "c", "d", "e", "f", "g"]) await storage.put(key, text(""));
  const first = await storage.list({ limit: 2 });
  await storage.put("ba", text(""));
  const second = await storage.list({ limit: 2, cursor: first.cursor });
  expect(second.objects.map(({ key }) => key)).toEqual(["ba", "c"]);

  jest.useFakeTimers();
  const third = await storage.list({ limit: 1, cursor: second.cursor });
  foreign(root, "da");
  await jest.advanceTimersByTimeAsync(10_001);
  const fourth = await storage.list({ limit: 2, cursor: third.cursor });
  expect(fourth.objects.map(({ key }) => key)).toEqual(["da", "e"]);
});

test("a folder whose names take long to read is not read anew for each page", async () => {
  const root = folder();
  const storage = local({ path: root, durability: "none" });
  for (let index = 0; index < 30; index++) await storage.put(`k${100 + index}`, text(""));
  jest.useFakeTimers({ doNotFake: ["nextTick", "setImmediate", "queueMicrotask"] });
  const original = fsPromises.readdir;
  let readings = 0;
  jest.spyOn(fsPromises, "readdir").mockImplementation((async (path: string) => {
    readings++;
    jest.advanceTimersByTime(15_000);
    return await original(path);
  }) as never);
  expect((await keysOf(storage, "", 3)).length).toBe(30);
  expect(readings).toBe(1);
});

test("a key deleted between two pages is not on the next", async () => {
  const storage = local({ path: folder() });
  for (const key of ["a", "b", "c", "d/e", "f"]) await storage.put(key, text(""));
  const { cursor } = await storage.list({ limit: 1 });
  await storage.deleteMany(["b", "d/e"]);
  expect((await storage.list({ cursor })).objects.map(({ key }) => key)).toEqual(["c", "f"]);
});
