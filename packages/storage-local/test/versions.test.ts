import { existsSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, jest, test } from "@jest/globals";
import { local } from "@coatcheck/storage-local";
import { failure, temporaryFolders, text } from "./support.ts";

const folder = temporaryFolders();
afterEach(() => {
  jest.restoreAllMocks();
});

const places = [tmpdir(), "/dev/shm"].filter((path) => existsSync(path));

describe.each(places)("in %s", (parent) => {
  describe.each(["full", "none"] as const)("with durability %s", (durability) => {
    test("200 replaces at once after another, of equal sizes, are 200 versions", async () => {
      const storage = local({ path: folder(parent), durability });
      const versions = new Set<string>();
      for (let round = 0; round < 200; round++) versions.add((await storage.put("key", text("same"))).version);
      expect(versions.size).toBe(200);
    });

    test("200 times deleted and created anew, of equal sizes, are 200 versions", async () => {
      const storage = local({ path: folder(parent), durability });
      const versions = new Set<string>();
      for (let round = 0; round < 200; round++) {
        const when = round % 2 === 0 ? "absent" : "any";
        versions.add((await storage.put("key", text("same"), { when })).version);
        await storage.delete("key");
      }
      expect(versions.size).toBe(200);
    });
  });
});

test("a clock that stands still or was set back makes no version twice", async () => {
  const storage = local({ path: folder(), durability: "none" });
  const now = Date.now();
  const versions = new Set<string>();
  const times: number[] = [];
  for (let round = 0; round < 100; round++) {
    jest.spyOn(Date, "now").mockReturnValue(now - (round % 10) * 100);
    jest.spyOn(process.hrtime, "bigint").mockReturnValue(5000n);
    const { version, modifiedAt } = await storage.put("key", text("same"));
    versions.add(version);
    times.push(modifiedAt.getTime());
  }
  expect(versions.size).toBe(100);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});

test("a file that somebody dated into the future does not pull later ones along", async () => {
  const root = folder();
  const storage = local({ path: root });
  const { version } = await storage.put("key", text("v"));
  utimesSync(join(root, "key"), 4_000_000_000, 4_000_000_000);
  expect((await storage.stat("key"))!.modifiedAt.getTime()).toBe(4_000_000_000_000);
  await failure(storage.put("key", text("w"), { when: { version } }), "Conflict");
  const { modifiedAt } = await storage.put("key", text("w"));
  expect(Math.abs(modifiedAt.getTime() - Date.now())).toBeLessThan(60_000);
});

test("put, stat, get and list agree, to the last digit", async () => {
  const storage = local({ path: folder() });
  for (const when of ["absent", "any"] as const) {
    const put = await storage.put("key", text("v"), { when });
    expect(await storage.stat("key")).toEqual(put);
    expect((await storage.list()).objects).toEqual([put]);
    await using object = await storage.get("key");
    expect(object!.info).toEqual(put);
  }
});
