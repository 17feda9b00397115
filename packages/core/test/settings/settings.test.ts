import { chownSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, jest, test } from "@jest/globals";
import fc from "fast-check";
import { loadSettings } from "@coatcheck/core/settings";
import { rejection } from "../helpers.ts";
import { testFolders } from "./folders.ts";

const folders = testFolders();

describe("where a setting comes from", () => {
  test("nothing is set: the defaults", async () => {
    expect(await loadSettings()).toEqual({
      values: {
        persistByDefault: false,
        defaultStorage: undefined,
        defaultSerializer: "msgpack",
        localStoragePath: join(folders.home, "storage"),
        home: folders.home,
      },
      origins: {
        persistByDefault: "default",
        defaultStorage: "default",
        defaultSerializer: "default",
        localStoragePath: "default",
        home: "environment variable COATCHECK_HOME",
      },
    });
  });

  test("a user without a home needs COATCHECK_HOME, and nothing else", async () => {
    const homedir = jest.spyOn(os, "homedir").mockImplementation(() => {
      throw new Error("uv_os_homedir returned ENOENT");
    });
    try {
      expect((await loadSettings()).values.localStoragePath).toBe(join(folders.home, "storage"));
      delete process.env["COATCHECK_HOME"];
      expect((await rejection(loadSettings(), "InvalidSetting")).message).toContain("Set COATCHECK_HOME to a folder");
    } finally {
      homedir.mockRestore();
    }
  });

  test.each([
    ["persistByDefault", "COATCHECK_PERSIST_BY_DEFAULT", [false, true, false], ["no"], false],
    ["defaultStorage", "COATCHECK_DEFAULT_STORAGE", ["s3/user", "s3/project", "s3/env"], ["s3/env"], "s3/env"],
    ["defaultSerializer", "COATCHECK_DEFAULT_SERIALIZER", ["json", "compressed/json", "csv"], ["csv"], "csv"],
    ["localStoragePath", "COATCHECK_LOCAL_STORAGE_PATH", ["/user", "/project", "/env"], ["/env"], "/env"],
  ] as const)(
    "%s: environment before project before user before default",
    async (name, variable, values, [text], env) => {
      const user = folders.writeUser({ [name]: values[0] });
      expect(await loadSettings()).toMatchObject({ values: { [name]: values[0] }, origins: { [name]: user } });
      const project = folders.writeProject({ [name]: values[1] });
      expect(await loadSettings()).toMatchObject({ values: { [name]: values[1] }, origins: { [name]: project } });
      process.env[variable] = text;
      const origins = { [name]: `environment variable ${variable}` };
      expect(await loadSettings()).toMatchObject({ values: { [name]: env }, origins });
    },
  );

  test("the project's file is found from folders below it, and the nearest one counts", async () => {
    const outer = folders.writeProject({ defaultStorage: "s3/outer" });
    const below = join(folders.project, "a", "b");
    mkdirSync(below, { recursive: true });
    process.chdir(below);
    expect(await loadSettings()).toMatchObject({ origins: { defaultStorage: outer } });
    const inner = join(folders.project, "a", "coatcheck.config.json");
    writeFileSync(inner, '{ "default_serializer": "json" }');
    const { values, origins } = await loadSettings();
    expect(values).toMatchObject({ defaultStorage: undefined, defaultSerializer: "json" });
    expect(origins).toMatchObject({ defaultSerializer: inner });
  });

  test("a relative path starts from the folder of the file it stands in, or from the current one", async () => {
    folders.writeProject({ local_storage_path: "results" });
    const below = join(folders.project, "below");
    mkdirSync(below);
    process.chdir(below);
    expect((await loadSettings()).values.localStoragePath).toBe(join(folders.project, "results"));
    process.env["COATCHECK_LOCAL_STORAGE_PATH"] = "results";
    expect((await loadSettings()).values.localStoragePath).toBe(join(below, "results"));
  });

  test("so does a relative folder in the URL of the default storage", async () => {
    const url = async (): Promise<string> => (await loadSettings()).values.defaultStorage!;
    folders.writeProject({ defaultStorage: "file:./re%20sults?durability=none" });
    const below = join(folders.project, "below");
    mkdirSync(below);
    process.chdir(below);
    expect(await url()).toBe(`${pathToFileURL(join(folders.project, "re sults")).href}?durability=none`);
    process.env["COATCHECK_DEFAULT_STORAGE"] = "file:a";
    expect(await url()).toBe(pathToFileURL(join(below, "a")).href);
    for (const other of ["file:///a/b", "file:/a", "memory:a", "s3://bucket/a", "local/a"]) {
      process.env["COATCHECK_DEFAULT_STORAGE"] = other;
      expect(await url()).toBe(other);
    }
  });

  test("a variable that is empty counts as not set", async () => {
    folders.writeUser({ defaultStorage: "s3/user" });
    process.env["COATCHECK_DEFAULT_STORAGE"] = "";
    expect((await loadSettings()).values.defaultStorage).toBe("s3/user");
  });
});

describe("COATCHECK_PERSIST_BY_DEFAULT", () => {
  test.each(["1", "true", "yes", "on", "TRUE", "On"])("%j is yes", async (text) => {
    process.env["COATCHECK_PERSIST_BY_DEFAULT"] = text;
    expect((await loadSettings()).values.persistByDefault).toBe(true);
  });

  test.each(["0", "false", "no", "off", "", "OFF"])("%j is no, also where a file says yes", async (text) => {
    folders.writeProject({ persistByDefault: true });
    process.env["COATCHECK_PERSIST_BY_DEFAULT"] = text;
    expect((await loadSettings()).values.persistByDefault).toBe(false);
  });

  test("everything else is an error that names the variable", async () => {
    const word = fc.string({ minLength: 1 }).filter((text) => !/^(1|true|yes|on|0|false|no|off)$/i.test(text));
    await fc.assert(
      fc.asyncProperty(word, async (text) => {
        process.env["COATCHECK_PERSIST_BY_DEFAULT"] = text.replaceAll("\0", "x");
        const { message } = await rejection(loadSettings(), "InvalidSetting");
        expect(message).toContain("COATCHECK_PERSIST_BY_DEFAULT");
      }),
    );
  });
});

describe("what is wrong is named", () => {
  test.each([
    [{ persistByDefalt: true }, "UnknownSetting", 'no setting "persistByDefalt". Did you mean "persistByDefault"?'],
    [{ home: "/x" }, "UnknownSetting", "only COATCHECK_HOME sets it"],
    [{ persistByDefault: "true" }, "InvalidSetting", "persistByDefault is true or false"],
    [{ defaultStorage: "prod" }, "InvalidSetting", 'defaultStorage: "prod" names no storage'],
    [{ defaultSerializer: "JSON" }, "InvalidSetting", 'defaultSerializer: "JSON" names no serializer'],
    [{ localStoragePath: "" }, "InvalidSetting", "localStoragePath is a text that is not empty"],
    [{ defaultStorage: "s3/a", default_storage: "s3/b" }, "InvalidConfigFile", 'gives "defaultStorage" twice'],
    [{ blocks: [] }, "InvalidConfigFile", '"blocks" is an object'],
    [{ blocks: { prod: {} } }, "InvalidSlug", '"prod" names no storage'],
    [{ blocks: { "s3/prod": 1 } }, "InvalidConfigFile", 'block "s3/prod" is a URL or an object of options'],
    [{ plugins: ["../evil"] }, "InvalidConfigFile", '"plugins" is a list of names of packages'],
    [{ plugins: ["/tmp/evil.js"] }, "InvalidConfigFile", '"plugins" is a list of names of packages'],
    ["[]", "InvalidConfigFile", "holds no object"],
  ])("%j", async (config, code, text) => {
    const path = folders.writeProject(config);
    const { message } = await rejection(loadSettings(), code);
    expect(message).toContain(path);
    expect(message).toContain(text);
  });

  test.each([
    ["", 1, 1],
    ["{", 1, 2],
    ['{\n  "blocks": {},\n  oops\n}', 3, 3],
    ['{\n  "a": 1,\n}', 3, 1],
    ['{ "a": "x\ny" }', 1, 8],
    ['{ "a": 01 }', 1, 9],
    ["{} {}", 1, 4],
    ["// comment\n{}", 1, 1],
  ])("a syntax error in %j has its line and column", async (text, line, column) => {
    const path = folders.writeUser(text);
    const { message } = await rejection(loadSettings(), "InvalidConfigFile");
    expect(message).toContain(`${path}:${line}:${column}: this is not JSON`);
  });

  test("whatever cuts or damages a file, it is either JSON or an error with a place in it", async () => {
    const text = JSON.stringify(
      { defaultStorage: "s3/a", blocks: { "s3/b": { x: [1, -2.5e3, null, "é\\\n"] } } },
      null,
      2,
    );
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length), fc.string({ maxLength: 2 }), fc.nat(3), async (at, added, removed) => {
        const damaged = text.slice(0, at) + added + text.slice(at + removed);
        let isJson = true;
        try {
          JSON.parse(damaged);
        } catch {
          isJson = false;
        }
        folders.writeProject(damaged);
        const error = await loadSettings().then(
          () => undefined,
          (caught: Error) => caught,
        );
        const place = /:(\d+):(\d+): this is not JSON/.exec(error?.message ?? "");
        expect(place === null).toBe(isJson);
        if (place === null) return;
        // What stands before the place can still become JSON: it is refused only for being cut off.
        const lines = damaged.split("\n");
        expect(Number(place[1])).toBeLessThanOrEqual(lines.length);
        expect(Number(place[2])).toBeLessThanOrEqual(lines[Number(place[1]) - 1]!.length + 1);
      }),
    );
  });

  test("a file that cannot be read is no missing file", async () => {
    mkdirSync(join(folders.project, "coatcheck.config.json"));
    const { message } = await rejection(loadSettings(), "InvalidConfigFile");
    expect(message).toContain("cannot be read");
  });

  test("nor is one that cannot be looked for", async () => {
    const path = join(folders.project, "coatcheck.config.json");
    symlinkSync(path, path);
    const { message } = await rejection(loadSettings(), "InvalidConfigFile");
    expect(message).toContain(`Whether there is a file ${path} cannot be told (ELOOP).`);
  });
});

// Only root can make a file somebody else's.
if (process.getuid?.() !== 0) console.log("skipped: a project's file that belongs to another user (needs root)");
else {
  test("a project's file above the current folder that belongs to another user is refused", async () => {
    const path = folders.writeProject({ defaultStorage: "s3/planted" });
    chownSync(path, 12_345, 12_345);
    expect((await loadSettings()).values.defaultStorage).toBe("s3/planted");
    const below = join(folders.project, "below");
    mkdirSync(below);
    process.chdir(below);
    const { message } = await rejection(loadSettings(), "InvalidConfigFile");
    expect(message).toContain(`${path} belongs to another user (12345), so it is not used`);
    chownSync(below, 12_345, 12_345);
    expect((await loadSettings()).values.defaultStorage).toBe("s3/planted");
  });
}
