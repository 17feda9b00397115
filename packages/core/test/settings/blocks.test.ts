import fs, { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, jest, test } from "@jest/globals";
import { memory, openStorage, register, registerBlock, type Storage, type StoragePlugin } from "@coatcheck/core";
import { block, loadSettings, setSetting, unsetSetting } from "@coatcheck/core/settings";
import { rejection } from "../helpers.ts";
import { testFolders } from "./folders.ts";

const folders = testFolders();

/** What the plugin `vault` was opened with, each time. */
const opened: Record<string, unknown>[] = [];
const vault: StoragePlugin = {
  api: 1,
  kind: "storage",
  type: "vault",
  options: {
    place: { type: "string", required: true, url: "host" },
    folder: { type: "string", isPath: true },
    pathStyle: { type: "boolean" },
    level: { type: "number" },
    token: { type: ["string"], secret: true },
    keys: { type: "object", secret: true },
    client: { type: "object" },
  },
  open: (config: Record<string, unknown>): Storage => {
    if (config["place"] === "refused") throw new Error("the place is refused");
    opened.push(config);
    return memory({ name: `vault-${String(config["place"])}` });
  },
};
register(vault);

/** The options that `vault` is opened with when the block is opened. */
async function optionsOf(slug: string): Promise<Record<string, unknown>> {
  await openStorage(slug);
  return opened.at(-1)!;
}

const user = (): Record<string, unknown> =>
  JSON.parse(readFileSync(join(folders.home, "config.json"), "utf8")) as Record<string, unknown>;

describe("where a block comes from", () => {
  test("code before environment before project before user", async () => {
    folders.writeUser({ blocks: { "vault/order-a": { place: "user" }, "vault/order-b": { place: "user" } } });
    expect(await optionsOf("vault/order-a")).toEqual({ place: "user" });
    folders.writeProject({ blocks: { "vault/order-b": "vault://project", "vault/order-c": "vault://project" } });
    expect(await optionsOf("vault/order-b")).toEqual({ place: "project" });
    process.env["COATCHECK_BLOCK_VAULT__ORDER_C"] = "vault://environment?pathStyle=true";
    expect(await optionsOf("vault/order-c")).toEqual({ place: "environment", pathStyle: true });
    registerBlock("vault/order-c" as string, { place: "code" });
    expect(await optionsOf("vault/order-c")).toEqual({ place: "code" });
    expect(await block.list()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ slug: "vault/order-a", origin: join(folders.home, "config.json") }),
        expect.objectContaining({ slug: "vault/order-b", origin: join(folders.project, "coatcheck.config.json") }),
        expect.objectContaining({ slug: "vault/order-c", origin: "code" }),
      ]),
    );
  });

  test("an opened block is kept until it is saved, deleted or registered anew", async () => {
    await block.save("vault/kept" as string, { place: "one" });
    const before = await openStorage("vault/kept" as string);
    expect(await openStorage("vault/kept" as string)).toBe(before);
    await block.save("vault/kept" as string, { place: "two" }, { overwrite: true });
    expect((await openStorage("vault/kept" as string)).url).toBe("memory:vault-two");
    await block.delete("vault/kept");
    await rejection(openStorage("vault/kept" as string), "UnknownBlock");
  });

  test("options in files are known in snake_case too, and once", async () => {
    folders.writeProject({
      blocks: {
        "vault/snake": { place: "p", path_style: true },
        "vault/twice": { place: "p", path_style: true, pathStyle: true },
      },
    });
    expect(await optionsOf("vault/snake")).toEqual({ place: "p", pathStyle: true });
    const { message } = await rejection(openStorage("vault/twice" as string), "InvalidConfigFile");
    expect(message).toContain('Block "vault/twice"');
    expect(message).toContain('gives "pathStyle" twice');
  });

  test("relative paths start from the folder of their file, or from the current one", async () => {
    folders.writeProject({ blocks: { "vault/path": { place: "p", folder: "data" } } });
    const below = join(folders.project, "below");
    mkdirSync(below);
    process.chdir(below);
    expect(await optionsOf("vault/path")).toEqual({ place: "p", folder: join(folders.project, "data") });
    await block.save("vault/path-saved" as string, { place: "p", folder: "data" });
    process.chdir(folders.project);
    expect(await optionsOf("vault/path-saved")).toEqual({ place: "p", folder: join(below, "data") });
  });

  test("a reference whose slug the reader has defined in a file or the environment is read", async () => {
    const { ResultStore } = await import("@coatcheck/core");
    const serializer = {
      type: "text",
      serialize: (value: unknown) => new TextEncoder().encode(String(value)),
      deserialize: (bytes: Uint8Array) => new TextDecoder().decode(bytes),
    };
    folders.writeProject({ blocks: { "vault/referred": { place: "referred" } } });
    const written = await new ResultStore({ storage: "vault/referred", serializer }).write("kept");
    const reader = new ResultStore({ storage: memory(), serializer });
    expect(await reader.read(written.toJSON())).toBe("kept");
    // By its URL too: the block's storage is at that place.
    process.env["COATCHECK_BLOCK_MEMORY__REFERRED"] = "memory:vault-referred";
    expect(await reader.read({ ...written.toJSON(), storage: "memory:vault-referred" } as never)).toBe("kept");
  });
});

describe("references for secrets", () => {
  test("$env and $file are looked up when the block is opened, each time", async () => {
    writeFileSync(join(folders.project, "token"), "from a file\n");
    folders.writeProject({
      blocks: {
        "vault/secret": {
          place: { $env: "COATCHECK_TEST_PLACE" },
          level: { $env: "COATCHECK_TEST_LEVEL" },
          token: { $file: "token" },
          keys: { id: { $env: "COATCHECK_TEST_KEY" } },
        },
      },
    });
    Object.assign(process.env, { COATCHECK_TEST_PLACE: "p", COATCHECK_TEST_LEVEL: "3", COATCHECK_TEST_KEY: "k" });
    expect(await optionsOf("vault/secret")).toEqual({ place: "p", level: 3, token: "from a file", keys: { id: "k" } });
  });

  test("an object can be looked up whole, as JSON; what is no JSON is not shown", async () => {
    process.env["COATCHECK_TEST_KEYS"] = '{ "id": "k" }';
    registerBlock("vault/whole" as string, { place: "p", keys: { $env: "COATCHECK_TEST_KEYS" } });
    expect(await optionsOf("vault/whole")).toEqual({ place: "p", keys: { id: "k" } });
    process.env["COATCHECK_TEST_KEYS"] = "hunter2";
    registerBlock("vault/whole" as string, { place: "p", keys: { $env: "COATCHECK_TEST_KEYS" } }, { overwrite: true });
    const { message } = await rejection(openStorage("vault/whole" as string), "UnresolvedReference");
    expect(message).toContain('Block "vault/whole": option "keys"');
    expect(message).not.toContain("hunter2");
  });

  test("a missing variable, a missing file, an empty one: each named, with the block", async () => {
    writeFileSync(join(folders.project, "empty"), "\n");
    process.env["COATCHECK_TEST_EMPTY"] = "";
    const file = folders.writeProject({
      blocks: {
        "vault/no-env": { place: "p", keys: { id: { $env: "COATCHECK_TEST_NONE" } } },
        "vault/empty-env": { place: "p", token: { $env: "COATCHECK_TEST_EMPTY" } },
        "vault/no-file": { place: "p", token: { $file: "none" } },
        "vault/empty-file": { place: "p", token: { $file: "empty" } },
      },
    });
    for (const [slug, text] of [
      ["vault/no-env", '"keys.id" refers to the environment variable "COATCHECK_TEST_NONE", which is not set'],
      ["vault/empty-env", '"token" refers to the environment variable "COATCHECK_TEST_EMPTY", which is empty'],
      ["vault/no-file", `refers to the file "${join(folders.project, "none")}", which cannot be read (ENOENT)`],
      ["vault/empty-file", `refers to the file "${join(folders.project, "empty")}", which is empty`],
    ]) {
      const { message } = await rejection(openStorage(slug!), "UnresolvedReference");
      expect(message).toContain(`Block "${slug}" (${file})`);
      expect(message).toContain(text);
    }
  });

  test("a secret that stands in a file as it is, is refused, and not shown", async () => {
    folders.writeProject({ blocks: { "vault/literal": { place: "p", keys: { id: "hunter2" } } } });
    const { message } = await rejection(openStorage("vault/literal" as string), "InvalidOption");
    expect(message).toContain('option "keys.id" is secret');
    expect(message).toContain('{ "$env": "KEYS_ID" }');
    expect(message).not.toContain("hunter2");
    expect(JSON.stringify(await block.load("vault/literal"))).not.toContain("hunter2");
  });
});

describe("block.save, load, list and delete", () => {
  test("what was saved is there for everybody; a taken slug is an error that says so", async () => {
    await block.save("vault/saved" as string, { place: "p", token: { $env: "COATCHECK_TEST_TOKEN" } });
    const path = join(folders.home, "config.json");
    expect(user()).toEqual({ blocks: { "vault/saved": { place: "p", token: { $env: "COATCHECK_TEST_TOKEN" } } } });
    expect(await block.load("vault/saved")).toEqual({
      slug: "vault/saved",
      type: "vault",
      name: "saved",
      origin: path,
      options: { place: "p", token: { $env: "COATCHECK_TEST_TOKEN" } },
    });
    const { message } = await rejection(block.save("vault/saved" as string, { place: "q" }), "AlreadyRegistered");
    expect(message).toContain(`Block "vault/saved" is saved already, in ${path}`);
    expect(message).toContain("overwrite");
    expect(user()).toMatchObject({ blocks: { "vault/saved": { place: "p" } } });
    expect(await block.delete("vault/saved")).toBe(true);
    expect(await block.delete("vault/saved")).toBe(false);
    await rejection(block.load("vault/saved"), "UnknownBlock");
  });

  test.each([
    [{ place: "p", token: "hunter2" }, "InvalidOption", 'option "token" is secret'],
    [{ place: "p", client: new Map() }, "InvalidOption", 'option "client" cannot be kept in a file'],
    [{ place: "p", keys: { id: () => "hunter2" } }, "InvalidOption", 'option "keys.id" cannot be kept in a file'],
    [{}, "InvalidOption", 'needs the option "place"'],
    [{ place: "p", tokn: 1 }, "UnknownOption", 'Did you mean "token"?'],
    [{ place: "refused" }, undefined, "the place is refused"],
    ["vault://p?token=hunter2", "InvalidOption", 'cannot hold "token", which is secret'],
    ["vault://u:hunter2@p", "InvalidOption", "cannot hold a user or a password"],
    ["vault://u:hun/ter2@p", "InvalidOption", "cannot hold a user or a password"],
    ["memory:p", "InvalidSlug", 'Name it "memory/bad"'],
  ])("%j is refused, and nothing is written", async (config, code, text) => {
    const error = await block.save("vault/bad" as string, config).then(
      () => undefined,
      (caught: Error & { code?: string }) => caught,
    );
    expect(error?.code).toBe(code);
    expect(error?.message).toContain(text);
    expect(error?.message).not.toMatch(/hun\/?ter2/);
    expect(() => statSync(folders.home)).toThrow("ENOENT");
  });

  test("an option named __proto__ is refused as any other that is not known", async () => {
    folders.writeProject('{ "blocks": { "vault/p": { "place": "p", "__proto__": { "token": "t" } } } }');
    const { message } = await rejection(openStorage("vault/p" as string), "UnknownOption");
    expect(message).toContain('has no option "__proto__"');
  });

  test("however many there are, a list of them reads each file once", async () => {
    const slugs = Array.from({ length: 20 }, (_, index) => `vault/b${index}`);
    const path = folders.writeUser({ blocks: Object.fromEntries(slugs.map((slug) => [slug, { place: "p" }])) });
    const reads = jest.spyOn(fs, "readFileSync");
    try {
      expect((await block.list()).map(({ slug }) => slug)).toEqual(expect.arrayContaining(slugs));
      expect(reads.mock.calls.filter(([file]) => file === path)).toHaveLength(1);
    } finally {
      reads.mockRestore();
    }
  });

  test("a type or a slug that is not known lists the nearest", async () => {
    expect((await rejection(block.save("vualt/x" as string, {}), "UnknownType")).message).toContain(
      'Did you mean "vault"?',
    );
    await block.save("vault/production" as string, { place: "p" });
    const { message } = await rejection(openStorage("vault/prodution" as string), "UnknownBlock");
    expect(message).toContain('Block "vault/prodution" is not defined. Did you mean "vault/production"?');
    expect(message).toContain("COATCHECK_BLOCK_VAULT__PRODUTION=<URL>");
  });

  test("what else is in the file stays, and a link to the file stays a link", async () => {
    mkdirSync(folders.home);
    const elsewhere = join(folders.project, "kept-elsewhere.json");
    writeFileSync(elsewhere, '{ "$schema": "x", "default_storage": "vault/a", "plugins": ["my-plugin"] }');
    symlinkSync(elsewhere, join(folders.home, "config.json"));
    await block.save("vault/linked" as string, { place: "p" });
    expect(JSON.parse(readFileSync(elsewhere, "utf8"))).toEqual({
      $schema: "x",
      default_storage: "vault/a",
      plugins: ["my-plugin"],
      blocks: { "vault/linked": { place: "p" } },
    });
    expect(readdirSync(folders.home)).toEqual(["config.json"]);
  });

  test("only its owner may read what is written", async () => {
    await block.save("vault/private" as string, { place: "p" });
    expect(statSync(join(folders.home, "config.json")).mode & 0o777).toBe(0o600);
    expect(statSync(folders.home).mode & 0o777).toBe(0o700);
  });

  test("a file that is damaged is not written over", async () => {
    const path = folders.writeUser("{ oops");
    const { message } = await rejection(block.save("vault/x" as string, { place: "p" }), "InvalidConfigFile");
    expect(message).toContain(`${path}:1:3`);
    expect(readFileSync(path, "utf8")).toBe("{ oops");
  });

  test("a block that is defined elsewhere is deleted there", async () => {
    process.env["COATCHECK_BLOCK_VAULT__ENV"] = "vault://p";
    const { message } = await rejection(block.delete("vault/env"), "InvalidOption");
    expect(message).toContain("environment variable COATCHECK_BLOCK_VAULT__ENV");
  });

  // Node's mkdir with all folders above never returns there.
  test.each(["/proc/none", "/proc/none/below"])(
    "a home %s, where no folder can be made, is an error that says so",
    async (home) => {
      process.env["COATCHECK_HOME"] = home;
      const { message } = await rejection(block.save("vault/x" as string, { place: "p" }), "NotWritable");
      expect(message).toContain(`${home}/config.json cannot be written (`);
    },
  );

  test("a home that is not there yet is made, with the folders above", async () => {
    process.env["COATCHECK_HOME"] = join(folders.home, "not/there");
    await block.save("vault/x" as string, { place: "p" });
    expect(readFileSync(join(folders.home, "not/there/config.json"), "utf8")).toContain("vault/x");
  });

  test("a home that is no folder is an error that says what to do", async () => {
    writeFileSync(folders.home, "a file");
    const { message } = await rejection(block.save("vault/x" as string, { place: "p" }), "NotWritable");
    expect(message).toContain("set COATCHECK_HOME to another one");
  });
});

describe("environment blocks", () => {
  test.each([
    ["COATCHECK_BLOCK_VAULT__BAD", "hunter2", "InvalidConfigFile", "COATCHECK_BLOCK_VAULT__BAD is no URL"],
    ["COATCHECK_BLOCK_VAULT__BAD", "vault://u:hunter2@p", "InvalidOption", "cannot hold a user or a password"],
    ["COATCHECK_BLOCK_VAULT__BAD", "vault://p?token=hunter2", "InvalidOption", 'cannot hold "token", which is secret'],
    [
      "COATCHECK_BLOCK_VAULT__BAD",
      "vault://p?folder=x%3A%2F%2Fu%3Ahunter2%40y",
      "InvalidOption",
      'and its "folder" does',
    ],
    ["COATCHECK_BLOCK_VAULT__BAD", "memory:x", "InvalidSlug", 'Name it "memory/bad"'],
  ])("%s=%s is refused by name, and its value is not shown", async (variable, value, code, text) => {
    process.env[variable] = value;
    const { message } = await rejection(openStorage("vault/bad" as string), code);
    expect(message).toContain(variable);
    expect(message).toContain(text);
    expect(message).not.toContain("hunter2");
  });

  test("a variable that names no block is an error where blocks are listed", async () => {
    process.env["COATCHECK_BLOCK_S3_PROD"] = "s3://bucket";
    const { message } = await rejection(block.list(), "InvalidSlug");
    expect(message).toContain("COATCHECK_BLOCK_S3_PROD");
    expect(message).toContain("two underscores");
  });
});

describe("setSetting and unsetSetting", () => {
  test.each([
    ["COATCHECK_PERSIST_BY_DEFAULT", "yes", "persistByDefault", true],
    ["persist_by_default", "off", "persistByDefault", false],
    ["defaultStorage", "memory:x", "defaultStorage", "memory:x"],
    ["COATCHECK_DEFAULT_SERIALIZER", "compressed/json", "defaultSerializer", "compressed/json"],
  ])("%s=%s", async (name, text, setting, value) => {
    await setSetting(name, text);
    expect(user()).toEqual({ [setting]: value });
    expect((await loadSettings()).values).toMatchObject({ [setting]: value });
    expect(await unsetSetting(name)).toBe(true);
    expect(await unsetSetting(name)).toBe(false);
    expect(user()).toEqual({});
  });

  test("a relative path is kept from the root, and the name in snake_case is replaced", async () => {
    folders.writeUser({ local_storage_path: "/old" });
    await setSetting("localStoragePath", "results");
    await setSetting("defaultStorage", "file:./results");
    const { href } = pathToFileURL(join(folders.project, "results"));
    expect(user()).toEqual({ localStoragePath: join(folders.project, "results"), defaultStorage: href });
  });

  test.each([
    ["COATCHECK_PERSIST", "1", "UnknownSetting", "COATCHECK_PERSIST_BY_DEFAULT"],
    ["persistByDefalt", "1", "UnknownSetting", 'Did you mean "persistByDefault"?'],
    ["COATCHECK_HOME", "/x", "UnknownSetting", "only the environment variable COATCHECK_HOME"],
    ["persistByDefault", "perhaps", "InvalidSetting", 'is "perhaps"'],
    ["defaultStorage", "s3://id:hunter2@bucket", "InvalidSetting", "cannot hold a user or a password"],
  ])("%s=%s is refused", async (name, text, code, part) => {
    const { message } = await rejection(setSetting(name, text), code);
    expect(message).toContain(part);
    expect(message).not.toContain("hunter2");
  });
});
