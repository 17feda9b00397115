import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ConfigurationError, openStorage } from "@coatcheck/core";
import plugin, { local } from "@coatcheck/storage-local";
import { Script } from "@coatcheck/test-support";
import { filesBelow, keysOf, read, temporaryFolders, text } from "./support.ts";

const folder = temporaryFolders();

describe("options", () => {
  test.each([
    [{}, 'needs the option "path"'],
    [{ path: 5 }, 'option "path" is a string, not 5'],
    [{ path: "" }, "is the path of a folder"],
    [{ path: "a\0b" }, "is the path of a folder"],
    [{ path: "file:///data/results" }, 'is a path, not the URL "file:///data/results". Give fileURLToPath(url)'],
    [{ path: "~" }, "join(homedir(), …)"],
    [{ path: "~/results" }, 'option "path" is "~/results", and ~ is the home of a user to shells only'],
    [{ path: "x", durability: "some" }, 'option "durability" is one of "full", "none", not "some"'],
    [{ path: "x", bucket: "b" }, 'has no option "bucket"'],
  ])("%j is refused", (options, message) => {
    const open = (): unknown => local(options as never);
    expect(open).toThrow(ConfigurationError);
    expect(open).toThrow(message);
  });

  test("a relative path is below the current directory at the time of the call", () => {
    expect(local({ path: "some/where/../folder" }).url).toBe(pathToFileURL(join(process.cwd(), "some/folder")).href);
    expect(local({ path: "./~" }).url).toBe(pathToFileURL(join(process.cwd(), "~")).href);
    expect(existsSync("some")).toBe(false);
  });

  test("equal places have equal URLs", () => {
    const root = folder();
    const urls = [root, `${root}/`, `${root}/a/..`, `${root}/./`].map((path) => local({ path }).url);
    expect(new Set(urls).size).toBe(1);
    expect(local({ path: join(root, "ä b?#%") }).url).toBe(`${pathToFileURL(root).href}/%C3%A4%20b%3F%23%25`);
    expect(local({ path: root, prefix: "p" }).url).toBe(`${pathToFileURL(root).href}?prefix=p`);
  });

  test("its URL opens the same place", async () => {
    const opened = local({ path: join(folder(), "ä b?#%20@x"), prefix: "p/é &q=1" });
    await opened.put("k", text("v"));
    expect(await read(await openStorage(opened.url), "k")).toBe("v");
    const fast = await openStorage(`${local({ path: folder() }).url}?durability=none`);
    expect(fast.type).toBe("local");
    await expect(openStorage("file:///x?durability=some")).rejects.toThrow('one of "full", "none"');
  });

  test("the plugin opens the same storage", async () => {
    const path = folder();
    const storage = await plugin.open({ path, prefix: "p" }, { origin: "file:" });
    await storage.put("k", text("v"));
    expect(await read(local({ path }), "p/k")).toBe("v");
    expect(plugin).toMatchObject({ api: 1, kind: "storage", type: "local" });
  });
});

describe("what is on the disk", () => {
  test("nothing before the first put, nor after reading, listing and deleting", async () => {
    const path = join(folder(), "deep/er");
    const storage = local({ path });
    expect(await storage.get("a/b")).toBeUndefined();
    expect(await storage.stat("a/b")).toBeUndefined();
    expect(await storage.list()).toEqual({ objects: [] });
    expect(await storage.list({ prefix: "a/b/c" })).toEqual({ objects: [] });
    await storage.delete("a/b");
    await storage.deleteMany(["a", "a/b"]);
    expect(existsSync(path)).toBe(false);
    await storage.put("a/b", text("v"));
    expect(readFileSync(join(path, "a+/b"), "utf8")).toBe("v");
  });

  test("the bytes of the object, and nothing beside it", async () => {
    const root = folder();
    const storage = local({ path: root });
    await storage.put("a", text("1"));
    await storage.put("a/b", text("2"), { when: "absent" });
    await storage.put("a", text("one"), { when: { version: (await storage.stat("a"))!.version } });
    expect(filesBelow(root)).toEqual(["a", "a+/b"]);
    expect(readFileSync(join(root, "a"), "utf8")).toBe("one");
    expect(statSync(join(root, "a")).nlink).toBe(1);
    expect(statSync(join(root, "a+/b")).nlink).toBe(1);
  });

  test("no empty folder after the last object in it is deleted; the root stays", async () => {
    const root = folder();
    const storage = local({ path: root });
    const long = `${"x".repeat(300)}/y/z`;
    for (const key of ["a/b/c/d", "a/e", long]) await storage.put(key, text("v"));
    await storage.delete("a/b/c/d");
    expect(readdirSync(join(root, "a+"))).toEqual(["e"]);
    await storage.deleteMany(["a/e", long, "never/was"]);
    expect(readdirSync(root).toSorted()).toEqual(["%locks", "%tmp"]);
  });

  test("an object beside objects of the same name below it, each deleted apart", async () => {
    const storage = local({ path: folder() });
    for (const key of ["a", "a/b", "a/b/c"]) await storage.put(key, text(key));
    await storage.delete("a");
    expect(await keysOf(storage)).toEqual(["a/b", "a/b/c"]);
    await storage.put("a", text("again"));
    await storage.delete("a/b");
    expect([await read(storage, "a"), await read(storage, "a/b"), await read(storage, "a/b/c")]).toEqual([
      "again",
      undefined,
      "a/b/c",
    ]);
  });

  test("puts into a folder that deletes empty at the same time all succeed", async () => {
    const storage = local({ path: folder(), durability: "none" });
    const cycle = async (name: string): Promise<void> => {
      for (let round = 0; round < 50; round++) {
        await storage.put(`deep/folder/${name}`, text(name));
        expect(await read(storage, `deep/folder/${name}`)).toBe(name);
        await storage.delete(`deep/folder/${name}`);
      }
    };
    await Promise.all(["a", "b", "c", "d"].map(cycle));
    expect(await keysOf(storage)).toEqual([]);
  });
});

describe("a root below a folder that takes none", () => {
  let script: Script;
  beforeAll(async () => {
    script = await Script.build(join(__dirname, "put.child.ts"), { byName: false });
  });
  afterAll(() => script.remove());

  // Node's own recursive mkdir never comes back from there, so it is a process of its own that tries.
  const onLinux = process.platform === "linux" ? test : test.skip;
  onLinux("is Misconfigured", async () => {
    const { code, stderr } = await script.start(["/proc/nowhere/results"]).exited;
    expect(stderr).toContain('no folder can be made in "/proc"');
    expect(stderr).toContain("Misconfigured");
    expect(code).toBe(1);
  });
});
