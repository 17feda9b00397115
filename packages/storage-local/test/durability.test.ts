import fs, { readlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, jest, test } from "@jest/globals";
import { local } from "@coatcheck/storage-local";
import { foreign, temporaryFolders, text } from "./support.ts";

const folder = temporaryFolders();
afterEach(() => {
  jest.restoreAllMocks();
});

const onLinux = process.platform === "linux" ? test : test.skip;

/** The files and folders that fsync is called for, relative to `base`. */
function synced(base: string): string[] {
  const paths: string[] = [];
  const original = fs.fsync;
  jest.spyOn(fs, "fsync").mockImplementation((file, done) => {
    const path = readlinkSync(`/proc/self/fd/${file}`).slice(base.length);
    paths.push(path.replace(/%tmp\/.+/, "%tmp/*"));
    original(file, done);
  });
  return paths;
}

onLinux("brings to disk the file before it has its name, then its folder, and what holds new folders", async () => {
  const base = folder();
  const storage = local({ path: join(base, "new/root") });
  const paths = synced(base);
  await storage.put("a/b/key", text("v"));
  expect(paths[0]).toBe("/new/root/%tmp/*");
  expect(paths.slice(1).toSorted()).toEqual(["", "/new", "/new/root", "/new/root/a+", "/new/root/a+/b+"]);
  paths.length = 0;
  await storage.put("a/b/key", text("w"));
  expect(paths).toEqual(["/new/root/%tmp/*", "/new/root/a+/b+"]);
  paths.length = 0;
  await storage.put("a/other", text("w"), { when: "absent" });
  expect(paths).toEqual(["/new/root/%tmp/*", "/new/root/a+"]);
  paths.length = 0;
  await storage.delete("a/b/key");
  expect(paths).toEqual(["/new/root/a+"]);
});

onLinux("brings to disk a folder that somebody else has just made, again", async () => {
  const base = folder();
  const root = join(base, "root");
  const storage = local({ path: root });
  await storage.put("a/key", text("v"));
  await storage.delete("a/key");
  // Another process, which may not have come to its fsync.
  foreign(root, "a+/other");
  const paths = synced(base);
  await storage.put("a/key", text("v"));
  expect(paths).toEqual(["/root/%tmp/*", "/root/a+", "/root"]);
});

onLinux("brings to disk one folder once, for many deletes", async () => {
  const base = folder();
  const storage = local({ path: base });
  const keys = Array.from({ length: 30 }, (_, index) => `${index % 3}/${index}`);
  await Promise.all(keys.map((key) => storage.put(key, text("v"))));
  const paths = synced(base);
  await storage.deleteMany(keys.slice(3));
  expect(paths.toSorted()).toEqual(["/0+", "/1+", "/2+"]);
  paths.length = 0;
  await storage.deleteMany(keys);
  expect(paths).toEqual([""]);
});

onLinux("brings to disk nothing, with durability none", async () => {
  const base = folder();
  const storage = local({ path: base, durability: "none" });
  const paths = synced(base);
  await storage.put("a/key", text("v"));
  await storage.put("a/key", [new Uint8Array(200_000)]);
  await storage.delete("a/key");
  expect(paths).toEqual([]);
});
