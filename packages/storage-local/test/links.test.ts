import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import type { Storage } from "@coatcheck/core";
import { local } from "@coatcheck/storage-local";
import { failure, filesBelow, foreign, keysOf, read, temporaryFolders, text } from "./support.ts";

const folder = temporaryFolders();

/** Every operation on one key, each of which must fail. */
const operations: Record<string, (storage: Storage, key: string) => Promise<unknown>> = {
  get: (storage, key) => storage.get(key),
  stat: (storage, key) => storage.stat(key),
  put: (storage, key) => storage.put(key, text("overwritten")),
  create: (storage, key) => storage.put(key, text("overwritten"), { when: "absent" }),
  replace: (storage, key) => storage.put(key, text("overwritten"), { when: { version: "x" } }),
  delete: (storage, key) => storage.delete(key),
  deleteMany: (storage, key) =>
    storage.deleteMany([key]).catch((error: AggregateError) => {
      throw error.errors[0];
    }),
};

/** A folder outside with a file in it, and a root beside it. */
function scene(): { root: string; outside: string; storage: Storage; expectUntouched(): void } {
  const base = folder();
  const root = join(base, "root");
  const outside = join(base, "outside");
  mkdirSync(root);
  foreign(outside, "file", "secret");
  return {
    root,
    outside,
    storage: local({ path: root }),
    expectUntouched: () => {
      expect(filesBelow(outside)).toEqual(["file"]);
      expect(readFileSync(join(outside, "file"), "utf8")).toBe("secret");
    },
  };
}

describe.each(Object.entries(operations))("%s", (_name, run) => {
  test("refuses a link in place of the file", async () => {
    const { root, outside, storage, expectUntouched } = scene();
    symlinkSync(join(outside, "file"), join(root, "link"));
    const error = await failure(run(storage, "link"), "PermissionDenied");
    expect(error.message).toContain(join(root, "link"));
    expectUntouched();
  });

  test("refuses a link that leads nowhere, or to a file of the storage", async () => {
    const { root, outside, storage } = scene();
    await storage.put("real", text("v"));
    symlinkSync(join(outside, "new"), join(root, "nowhere"));
    symlinkSync(join(root, "real"), join(root, "inside"));
    for (const key of ["nowhere", "inside"]) await failure(run(storage, key), "PermissionDenied");
    expect(filesBelow(outside)).toEqual(["file"]);
    expect(await read(storage, "real")).toBe("v");
  });

  test.each(["folder/file", "folder/new", "folder/deep/new", "a/folder/file", `${"x".repeat(200)}/file`])(
    "refuses a link in place of a folder: %s",
    async (key) => {
      const { root, outside, storage, expectUntouched } = scene();
      mkdirSync(join(root, "a+"));
      const links = ["folder+", "a+/folder+", `${"x".repeat(128)}%+`];
      for (const link of links) symlinkSync(outside, join(root, link));
      const error = await failure(run(storage, key), "PermissionDenied");
      expect(error.message).toMatch(/is a link/);
      expectUntouched();
    },
  );

  test("refuses a folder, a pipe or a socket in place of the file, and does not hang", async () => {
    const { root, storage } = scene();
    mkdirSync(join(root, "directory"));
    execFileSync("mkfifo", [join(root, "pipe")]);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(root, "socket"), resolve));
    try {
      for (const key of ["directory", "pipe", "socket"]) {
        const error = await failure(run(storage, key), "Misconfigured");
        expect(error.message).toContain(key);
      }
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  test("refuses a file in place of a folder", async () => {
    const { root, storage } = scene();
    foreign(root, "folder+");
    for (const key of ["folder/x", "folder/x/y"]) {
      const error = await failure(run(storage, key), "Misconfigured");
      expect(error.message).toContain(join(root, "folder+"));
    }
    expect(readFileSync(join(root, "folder+"), "utf8")).toBe("foreign");
  });

  test("refuses a root that is a file", async () => {
    const { root } = scene();
    const path = foreign(root, "file");
    const error = await failure(run(local({ path }), "key"), "Misconfigured");
    expect(error.message).toContain(path);
    await failure(run(local({ path: join(path, "below") }), "key"), "Misconfigured");
    expect(readFileSync(path, "utf8")).toBe("foreign");
  });
});

test.each(["%tmp", "%locks"])("nothing is written where %s leads, when it is a link", async (name) => {
  const { root, outside, storage, expectUntouched } = scene();
  foreign(root, "there", "v");
  symlinkSync(outside, join(root, name));
  await failure(storage.put("new", text("v")), "PermissionDenied");
  await failure(storage.put("there", text("w")), "PermissionDenied");
  await failure(storage.delete("there"), "PermissionDenied");
  expectUntouched();
  expect(await read(storage, "there")).toBe("v");
});

test("a listing passes over links, and refuses one that the prefix goes through", async () => {
  const { root, outside, storage } = scene();
  await storage.put("real", text("v"));
  symlinkSync(outside, join(root, "folder+"));
  symlinkSync(join(outside, "file"), join(root, "link"));
  expect(await keysOf(storage)).toEqual(["real"]);
  await failure(storage.list({ prefix: "folder/" }), "PermissionDenied");
  await failure(local({ path: join(root, "real") }).list(), "Misconfigured");
});

test("the root may be a link", async () => {
  const base = folder();
  mkdirSync(join(base, "actual"));
  symlinkSync(join(base, "actual"), join(base, "link"));
  const storage = local({ path: join(base, "link") });
  await storage.put("a/b", text("v"));
  expect(await keysOf(storage)).toEqual(["a/b"]);
  expect(await read(local({ path: join(base, "actual") }), "a/b")).toBe("v");
  await storage.delete("a/b");
  symlinkSync(join(base, "missing"), join(base, "dangling"));
  await failure(local({ path: join(base, "dangling") }).put("k", text("v")), "Misconfigured");
  writeFileSync(join(base, "file"), "x");
});
