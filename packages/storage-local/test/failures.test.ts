import fs, { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import type { Body, Storage } from "@coatcheck/core";
import { local } from "@coatcheck/storage-local";
import { Script } from "@coatcheck/test-support";
import { privilegedTest } from "./mounts.ts";
import { failure, filesBelow, keysOf, read, temporaryFolders, text } from "./support.ts";

const folder = temporaryFolders();
afterEach(() => {
  jest.restoreAllMocks();
});

const systemError = (code: string, syscall: string): Error =>
  Object.assign(new Error(`${code}: injected, ${syscall}`), { code, syscall });

async function* streamOf(size: number): AsyncGenerator<Uint8Array, void, void> {
  for (let sent = 0; sent < size; sent += 65_536) yield new Uint8Array(Math.min(65_536, size - sent));
}

describe("a full disk", () => {
  const bodies: Record<string, () => Body> = {
    "an array": () => new Uint8Array(2 ** 21),
    chunks: () => Array.from({ length: 32 }, () => new Uint8Array(65_536)),
    "a stream": () => streamOf(2 ** 21),
  };
  for (const durability of ["full", "none"] as const) {
    privilegedTest(`fails with Unavailable and leaves what was there, durability ${durability}`, async (mount) => {
      const { path } = mount("size=1m");
      const storage = local({ path, durability });
      await storage.put("there", text("old"));
      for (const [name, body] of Object.entries(bodies)) {
        for (const when of ["any", "absent"] as const) {
          const error = await failure(storage.put(`${name}/${when}`, body(), { when }), "Unavailable");
          expect(error.retryable).toBe(false);
          expect(error.message).toContain("disk is full");
        }
        await failure(storage.put("there", body()), "Unavailable");
      }
      expect(filesBelow(path)).toEqual(["there"]);
      expect(fs.readdirSync(path).toSorted()).toEqual(["%locks", "%tmp", "there"]);
      expect(await read(storage, "there")).toBe("old");
    });
  }

  for (const options of ["size=1m", "size=1m,nr_inodes=40"]) {
    privilegedTest(`to the last byte and inode lets objects be deleted (${options})`, async (mount) => {
      const { path } = mount(options);
      const storage = local({ path });
      const filled: string[] = [];
      for (const size of [65_536, 4096, 1, 0]) {
        for (let full = false; !full;) {
          const key = `filling/${filled.length}`;
          await storage.put(key, new Uint8Array(size), { when: "absent" }).then(
            () => filled.push(key),
            () => (full = true),
          );
          if (filled.length > 5000) full = true;
        }
      }
      expect(await keysOf(storage)).toHaveLength(filled.length);
      // Take what is left, so that not even a lock finds room.
      try {
        for (let index = 0; index < 100_000; index++) writeFileSync(join(path, `others-${index}`), "x");
      } catch (error) {
        expect(error).toMatchObject({ code: "ENOSPC" });
      }
      await storage.delete(filled[0]!);
      await storage.deleteMany(filled.slice(1));
      expect(await keysOf(storage, "filling/")).toEqual([]);
      await storage.put("after", text("v"));
      expect(await read(storage, "after")).toBe("v");
    });
  }
});

/** Tries everything on the storage in `root` and tells the codes. */
async function everything(storage: Storage): Promise<Record<string, string>> {
  const calls: Record<string, () => Promise<unknown>> = {
    read: () => read(storage, "there"),
    list: () => keysOf(storage),
    put: () => storage.put("there", text("new")),
    create: () => storage.put("new/one", text("new"), { when: "absent" }),
    replace: async () =>
      storage.put("there", text("new"), { when: { version: (await storage.stat("there"))!.version } }),
    delete: () => storage.delete("there"),
  };
  const codes: Record<string, string> = {};
  for (const [name, call] of Object.entries(calls)) {
    codes[name] = await call().then(
      (value) => JSON.stringify(value),
      (error: { code?: string; message: string }) => `${error.code}: ${error.message}`,
    );
  }
  return codes;
}

describe("a folder that may not be written to", () => {
  privilegedTest("as its file system is read-only: reads work, writes are PermissionDenied", async (mount) => {
    const disk = mount("size=1m");
    const storage = local({ path: disk.path });
    await storage.put("there", text("old"));
    disk.remount("ro");
    const { read: value, list, ...writes } = await everything(storage);
    expect([value, list]).toEqual(['"old"', '["there"]']);
    for (const code of Object.values(writes)) expect(code).toMatch(/^PermissionDenied: .*read-only/);
  });

  describe("by this user", () => {
    let script: Script;
    beforeAll(async () => {
      script = await Script.build(join(__dirname, "everything.child.ts"), { byName: false });
    });
    afterAll(() => script.remove());
    const byNobody = process.getuid?.() === 0 ? test : test.skip;
    if (byNobody === test.skip)
      console.warn("Not tested: folders of another user. Only root can run a process as one.");

    byNobody("reads work, writes are PermissionDenied", async () => {
      const root = folder();
      await local({ path: root }).put("there", text("old"));
      chmodSync(root, 0o755);
      const { read: value, list, ...writes } = JSON.parse(await script.run([root], { uid: 65_534 }));
      expect([value, list]).toEqual(["old", ["there"]]);
      expect(Object.keys(writes)).toEqual(["put", "create", "replace", "delete"]);
      for (const code of Object.values(writes)) expect(code).toBe("PermissionDenied");
      expect(filesBelow(root)).toEqual(["there"]);
      expect(readFileSync(join(root, "there"), "utf8")).toBe("old");
    });

    byNobody("nor read: PermissionDenied, never nothing there", async () => {
      const root = folder();
      await local({ path: root }).put("there", text("old"));
      chmodSync(root, 0o700);
      const codes = JSON.parse(await script.run([root], { uid: 65_534 }));
      expect(new Set(Object.values(codes))).toEqual(new Set(["PermissionDenied"]));
      chmodSync(root, 0o755);
      chmodSync(join(root, "there"), 0o600);
      expect(JSON.parse(await script.run([root], { uid: 65_534 }))).toMatchObject({ read: "PermissionDenied" });
    });
  });
});

describe("a failure on the way", () => {
  /** A storage with one object, whose next write fails as told; nothing may be left of it. */
  async function scene(): Promise<{ root: string; storage: Storage; expectUntouched(): Promise<void> }> {
    const root = folder();
    const storage = local({ path: root });
    const { version } = await storage.put("key", text("old"));
    return {
      root,
      storage,
      expectUntouched: async () => {
        jest.restoreAllMocks();
        expect(filesBelow(root)).toEqual(["key"]);
        expect(await read(storage, "key")).toBe("old");
        expect((await storage.stat("key"))!.version).toBe(version);
        expect(fs.readdirSync(root).toSorted()).toEqual(["%locks", "%tmp", "key"]);
      },
    };
  }

  type Call =
    "openSync" | "writeSync" | "futimesSync" | "fstatSync" | "mkdirSync" | "linkSync" | "renameSync" | "symlinkSync";
  const calls: readonly (readonly [Call, string, "any" | "absent", string])[] = [
    ["openSync", "EMFILE", "any", "Unavailable"],
    ["openSync", "ENFILE", "absent", "Unavailable"],
    ["writeSync", "EIO", "any", "Unavailable"],
    ["writeSync", "EDQUOT", "any", "Unavailable"],
    ["writeSync", "EFBIG", "any", "TooLarge"],
    ["futimesSync", "EPERM", "any", "PermissionDenied"],
    ["fstatSync", "ESTALE", "any", "Unavailable"],
    ["mkdirSync", "ENOSPC", "absent", "Unavailable"],
    ["mkdirSync", "EACCES", "any", "PermissionDenied"],
    ["linkSync", "EACCES", "absent", "PermissionDenied"],
    ["linkSync", "ENOENT", "absent", "Unavailable"],
    ["linkSync", "EXDEV", "absent", "Misconfigured"],
    ["linkSync", "EIO", "any", "Unavailable"],
    ["renameSync", "EIO", "any", "Unavailable"],
    ["renameSync", "EBUSY", "any", "Unavailable"],
    ["renameSync", "ENOENT", "any", "Unavailable"],
    ["symlinkSync", "EROFS", "any", "PermissionDenied"],
  ];

  test.each(calls)("%s: %s with when %s leaves no trace", async (call, code, when, expected) => {
    const { storage, expectUntouched } = await scene();
    // Only what replaces something takes a lock and renames.
    const key = call === "renameSync" || call === "symlinkSync" ? "key" : "new/folder/key";
    jest.spyOn(fs, call).mockImplementation(() => {
      throw systemError(code, call);
    });
    const error = await failure(storage.put(key, text("new"), { when }), expected as never);
    expect(error.message).toContain(code);
    expect(error.cause).toMatchObject({ code });
    expect(error.ambiguous).toBe(false);
    await expectUntouched();
  });

  test("of fsync leaves no trace", async () => {
    const { storage, expectUntouched } = await scene();
    jest
      .spyOn(fs, "fsync")
      .mockImplementation((_file, done) => setImmediate(() => done(systemError("EIO", "fsync") as never)));
    const error = await failure(storage.put("key", text("new")), "Unavailable");
    expect(error.ambiguous).toBe(false);
    await expectUntouched();
  });

  test("of the folder's fsync is ambiguous: the object is there, but may not survive a power failure", async () => {
    const { storage } = await scene();
    const original = fs.fsync;
    let calls = 0;
    jest.spyOn(fs, "fsync").mockImplementation((file, done) => {
      if (++calls === 1) original(file, done);
      else setImmediate(() => done(systemError("EIO", "fsync") as never));
    });
    const error = await failure(storage.put("key", text("new")), "Unavailable");
    expect(error.ambiguous).toBe(true);
    expect(await read(storage, "key")).toBe("new");
  });

  test("a file system without hard links creates all the same, with one winner", async () => {
    for (const code of ["EPERM", "ENOTSUP", "EMLINK"]) {
      const { storage, root } = await scene();
      jest.spyOn(fs, "linkSync").mockImplementation(() => {
        throw systemError(code, "link");
      });
      const create = (name: string): Promise<string> =>
        storage.put("new/key", text(name), { when: "absent" }).then(
          () => name,
          (error: { code: string }) => error.code,
        );
      const names = Array.from({ length: 10 }, (_, index) => `writer ${index}`);
      const outcomes = await Promise.all(names.map(create));
      expect(outcomes.filter((outcome) => outcome === "AlreadyExists")).toHaveLength(9);
      expect(outcomes).toContain(await read(storage, "new/key"));
      expect(filesBelow(root)).toEqual(["key", "new+/key"]);
      jest.restoreAllMocks();
    }
  });

  test("writers of a new key race without a lock: none fails, one value is there, and nothing else is left", async () => {
    for (let round = 0; round < 20; round++) {
      const { storage, root } = await scene();
      const names = Array.from({ length: 12 }, (_, index) => `writer ${index}`);
      const infos = await Promise.all(names.map((name) => storage.put("new/key", text(name))));
      expect(new Set(infos.map(({ version }) => version)).size).toBe(names.length);
      const { version } = (await storage.stat("new/key"))!;
      expect(await read(storage, "new/key")).toBe(names[infos.findIndex((info) => info.version === version)]);
      expect(filesBelow(root)).toEqual(["key", "new+/key"]);
      expect([...fs.readdirSync(join(root, "%tmp")), ...fs.readdirSync(join(root, "%locks"))]).toEqual([]);
    }
  });

  test("an answer to link() that was lost is found out, not taken for somebody else's object", async () => {
    const { storage, root } = await scene();
    const original = fs.linkSync;
    jest.spyOn(fs, "linkSync").mockImplementation((from, to) => {
      original(from, to);
      original(from, to);
    });
    await storage.put("new", text("mine"), { when: "absent" });
    expect(await read(storage, "new")).toBe("mine");
    expect(filesBelow(root)).toEqual(["key", "new"]);
  });
});

test("a path that is too long for the system is InvalidKey, before anything is written", async () => {
  const root = folder();
  const deep = join(root, ...Array.from({ length: 17 }, () => "d".repeat(200)));
  mkdirSync(deep, { recursive: true });
  const storage = local({ path: deep });
  await storage.put("short", text("v"));
  const key = "é".repeat(512);
  const calls = [
    () => storage.put(key, text("v")),
    () => storage.get(key),
    () => storage.stat(key),
    () => storage.delete(key),
    () => storage.list({ prefix: `${key.slice(1)}/` }),
  ];
  for (const call of calls) {
    const error = await failure(call(), "InvalidKey");
    expect(error.message).toContain("longer than the system takes");
  }
  expect(filesBelow(deep)).toEqual(["short"]);
});

test("deleteMany tells which keys failed, and deletes the others", async () => {
  const root = folder();
  const storage = local({ path: root, prefix: "p" });
  for (const key of ["a", "b"]) await storage.put(key, text("v"));
  mkdirSync(join(root, "p+/directory"));
  const error = await storage.deleteMany(["a", "directory", "b"]).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(AggregateError);
  expect((error as AggregateError).errors).toMatchObject([{ code: "Misconfigured", key: "directory" }]);
  expect(await keysOf(storage)).toEqual([]);
});
