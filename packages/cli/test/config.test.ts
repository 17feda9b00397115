import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { useBin } from "./bin.ts";

const bin = useBin();
const file = (): unknown => JSON.parse(readFileSync(join(bin.home, "config.json"), "utf8"));

test("view shows each setting with its origin", async () => {
  writeFileSync(join(bin.cwd, "coatcheck.config.json"), '{ "default_serializer": "json" }');
  await bin.ok("config", "set", "COATCHECK_DEFAULT_STORAGE=s3/prod");
  const env = { COATCHECK_PERSIST_BY_DEFAULT: "yes" };
  const { stdout, code } = await bin.run(["config", "view"], { env });
  expect(code).toBe(0);
  const rows = stdout
    .trim()
    .split("\n")
    .map((line) => line.split(/ {2,}/));
  expect(rows).toEqual([
    ["COATCHECK_PERSIST_BY_DEFAULT", "true", "environment variable COATCHECK_PERSIST_BY_DEFAULT"],
    ["COATCHECK_DEFAULT_STORAGE", "s3/prod", join(bin.home, "config.json")],
    ["COATCHECK_DEFAULT_SERIALIZER", "json", join(bin.cwd, "coatcheck.config.json")],
    ["COATCHECK_LOCAL_STORAGE_PATH", join(bin.home, "storage"), "default"],
    ["COATCHECK_HOME", bin.home, "environment variable COATCHECK_HOME"],
  ]);
  expect(await bin.json("config", "view")).toContainEqual({
    name: "COATCHECK_DEFAULT_STORAGE",
    setting: "defaultStorage",
    value: "s3/prod",
    origin: join(bin.home, "config.json"),
  });
});

test.each([
  [["COATCHECK_DEFAULT_SERIALIZER=compressed/json"], { defaultSerializer: "compressed/json" }],
  [["COATCHECK_DEFAULT_SERIALIZER", "=", "json"], { defaultSerializer: "json" }],
  [['COATCHECK_DEFAULT_SERIALIZER = "json"'], { defaultSerializer: "json" }],
  [["default_serializer=", "'json'"], { defaultSerializer: "json" }],
  [["persistByDefault=on"], { persistByDefault: true }],
  [["COATCHECK_PERSIST_BY_DEFAULT="], { persistByDefault: false }],
])("set %j", async (args, expected) => {
  await bin.ok("config", "set", ...args);
  expect(file()).toEqual(expected);
});

test("unset takes a setting out, and says where it was not set", async () => {
  await bin.ok("config", "set", "COATCHECK_PERSIST_BY_DEFAULT=1");
  await bin.ok("config", "unset", "persist_by_default");
  expect(file()).toEqual({});
  const { code, stderr } = await bin.run(["config", "unset", "persistByDefault"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "It was not set in the user's file.\n" });
  expect(await bin.json("config", "unset", "persistByDefault")).toEqual([{ unset: false }]);
});

test("set says where something else counts before it", async () => {
  const env = { COATCHECK_DEFAULT_STORAGE: "s3/env" };
  const { code, stderr } = await bin.run(["config", "set", "COATCHECK_DEFAULT_STORAGE=s3/user"], { env });
  expect(code).toBe(0);
  expect(stderr).toContain("environment variable COATCHECK_DEFAULT_STORAGE still counts before it");

  const project = join(bin.cwd, "coatcheck.config.json");
  writeFileSync(project, '{ "defaultStorage": "s3/project" }');
  const other = await bin.run(["config", "set", "COATCHECK_DEFAULT_STORAGE=s3/user"]);
  expect(other).toEqual({ code: 0, stdout: "", stderr: `It is set, but ${project} still counts before it.\n` });
});

test.each([
  [["set", "COATCHECK_PERSIST_BY_DEFALT=1"], 'Did you mean "COATCHECK_PERSIST_BY_DEFAULT"?'],
  [["set", "COATCHECK_PERSIST_BY_DEFAULT=perhaps"], 'COATCHECK_PERSIST_BY_DEFAULT is "perhaps"'],
  [["set", "COATCHECK_HOME=/x"], "only the environment variable COATCHECK_HOME sets it"],
  [["set", "COATCHECK_DEFAULT_STORAGE"], "Give a name, = and a value"],
  [["set"], "missing required argument"],
  [["unset", "nothing"], 'There is no setting "nothing"'],
  [["veiw"], "Did you mean view?"],
  [["view", "--jsn"], "Did you mean --json?"],
])("%j is refused with 2, and nothing is written", async (args, text) => {
  const { code, stdout, stderr } = await bin.run(["config", ...args]);
  expect(stderr).toContain(text);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(() => file()).toThrow("ENOENT");
});

test("a variable or a file that is wrong is named, and errors are JSON where asked for", async () => {
  const env = { COATCHECK_PERSIST_BY_DEFAULT: "perhaps" };
  const { code, stderr } = await bin.run(["config", "view", "--json"], { env });
  expect(code).toBe(2);
  expect(JSON.parse(stderr)).toEqual({
    error: { code: "InvalidSetting", message: expect.stringContaining('COATCHECK_PERSIST_BY_DEFAULT is "perhaps"') },
  });
  const path = join(bin.cwd, "coatcheck.config.json");
  writeFileSync(path, '{\n  "blocks": {\n}');
  const broken = await bin.run(["config", "view"]);
  expect(broken).toMatchObject({ code: 2, stderr: expect.stringContaining(`${path}:3:2: this is not JSON`) });
});
