import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "@jest/globals";
import { ResultStore } from "@coatcheck/core";
import { openReserved } from "@coatcheck/core/reserved";
import { compressed } from "@coatcheck/serializer-compressed";
import { json } from "@coatcheck/serializer-json";
import { msgpack } from "@coatcheck/serializer-msgpack";
import { local } from "@coatcheck/storage-local";
import { useBin } from "./bin.ts";

const bin = useBin();
const folder = (name = "results"): ReturnType<typeof local> => local({ path: join(bin.cwd, name), durability: "none" });
const store = (name = "results", serializer: any = json()): ResultStore =>
  new ResultStore({ storage: folder(name), serializer });

describe("put and get", () => {
  test("a file of any size comes back as it was, by key and by reference", async () => {
    const bytes = Buffer.alloc(5_000_000, "0123456789\n");
    writeFileSync(join(bin.cwd, "in.bin"), bytes);
    await bin.ok("block", "create", "local/a", "file:./results");
    const [reference] = await bin.json("result", "put", "local/a", "in.bin", "--key", "a/b");
    expect(reference).toMatchObject({ coatcheck: 1, storage: "local/a", key: "a/b", size: bytes.length });
    for (const args of [["local/a", "a/b"], ["file:./results", "a/b"], [JSON.stringify(reference)]]) {
      await bin.ok("result", "get", ...args, "-o", "out.bin");
      expect(digest(readFileSync(join(bin.cwd, "out.bin")))).toBe(digest(bytes));
    }
    expect(digest(Buffer.from(await bin.ok("result", "get", "local/a", "a/b")))).toBe(digest(bytes));
  });

  test("standard input, a lifetime, and --if-absent", async () => {
    const put = ["result", "put", "file:./results", "-", "--key", "k", "--if-absent"];
    const [first] = [await bin.run([...put, "--expires-in", "1h"], { input: "one" })];
    const { createdAt, expiresAt } = JSON.parse(first!.stdout) as { createdAt: string; expiresAt: string };
    expect(Date.parse(expiresAt) - Date.parse(createdAt)).toBe(3_600_000);
    expect(await bin.run(put, { input: "two" })).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining("AlreadyExists"),
    });
    expect(await bin.ok("result", "get", "file:./results", "k")).toBe("one");
    const [short] = [
      await bin.run(["result", "put", "file:./results", "-", "--key", "s", "--expires-in", "0.001s"], { input: "x" }),
    ];
    expect(short!.code).toBe(0);
    expect(await bin.run(["result", "get", "file:./results", "s"])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("Expired"),
    });
  });

  test("values are printed as JSON where they are, else as Node shows them", async () => {
    await store("results", msgpack()).write({ a: [1, "x", null] }, { key: "json" });
    await store("results", msgpack()).write({ when: new Date(0), map: new Map([["a", 1n]]) }, { key: "rich" });
    expect(JSON.parse(await bin.ok("result", "get", "file:./results", "json"))).toEqual({ a: [1, "x", null] });
    expect(await bin.json("result", "get", "file:./results", "json")).toEqual([{ a: [1, "x", null] }]);
    expect(await bin.ok("result", "get", "file:./results", "rich")).toBe(
      "{ when: 1970-01-01T00:00:00.000Z, map: Map(1) { 'a' => 1n } }\n",
    );
    const strict = await bin.run(["result", "get", "file:./results", "rich", "--json"]);
    expect(strict).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("at $.when") });
    await store().write({ b: 1 }, { key: "raw" });
    expect(await bin.ok("result", "get", "file:./results", "raw", "--raw")).toBe('{"b":1}');
  });

  test("damage, absence and what is no result are told apart, by code and message; an output file stays as it was", async () => {
    await store().write("x".repeat(1000), { key: "k" });
    const bytes = await (await folder().get("k"))!.bytes();
    bytes[bytes.length - 5]! ^= 1;
    await folder().put("k", bytes);
    writeFileSync(join(bin.cwd, "out"), "before");
    const damaged = await bin.run(["result", "get", "file:./results", "k", "-o", "out"]);
    expect(damaged).toMatchObject({ code: 1, stderr: expect.stringContaining("Corrupt") });
    expect(readFileSync(join(bin.cwd, "out"), "utf8")).toBe("before");
    expect(readdirSync(bin.cwd).sort()).toEqual(["out", "results"]);
    const missing = await bin.run(["result", "get", "file:./results", "none", "--json"]);
    expect(missing.code).toBe(3);
    expect(JSON.parse(missing.stderr)).toMatchObject({ error: { code: "Missing" } });
    await folder().put("no-result", new TextEncoder().encode("hello"));
    expect(await bin.run(["result", "show", "file:./results", "no-result"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("NotAResult"),
    });
  });

  test("what --output names is written to where it is no file, and stays a link and as private as it was", async () => {
    await store().write([1], { key: "k" });
    const get = ["result", "get", "file:./results", "k", "-o"] as const;
    const pipe = join(bin.cwd, "pipe");
    execFileSync("mkfifo", [pipe]);
    const read = promisify(execFile)("cat", [pipe], { timeout: 60_000 });
    await bin.ok(...get, "pipe");
    expect([(await read).stdout, lstatSync(pipe).isFIFO()]).toEqual(["[\n  1\n]\n", true]);

    writeFileSync(join(bin.cwd, "private"), "before", { mode: 0o600 });
    symlinkSync("private", join(bin.cwd, "link"));
    await bin.ok(...get, "link");
    expect(readFileSync(join(bin.cwd, "private"), "utf8")).toBe("[\n  1\n]\n");
    expect([
      lstatSync(join(bin.cwd, "link")).isSymbolicLink(),
      lstatSync(join(bin.cwd, "private")).mode & 0o777,
    ]).toEqual([true, 0o600]);
    expect(await bin.run([...get, "results"])).toMatchObject({ code: 1, stderr: expect.stringContaining("EISDIR") });
    expect(readdirSync(bin.cwd).sort()).toEqual(["link", "pipe", "private", "results"]);
  });

  test("show reads the header", async () => {
    await store("results", compressed(json())).write([1], { key: "k", expiresIn: "1d" });
    const [info] = await bin.json("result", "show", "file:./results", "k");
    expect(info).toMatchObject({ key: "k", serializer: "compressed/json", storage: folder().url });
    expect(await bin.ok("result", "show", "file:./results", "k")).toMatch(/^serializer +compressed\/json$/m);
  });

  test.each([
    [["get", "file:./results"], "Give a storage and a key"],
    [["get"], "missing required argument"],
    [["put", "file:./results", "not-there"], "There is no file not-there."],
    [["put", "file:./results", "."], ". is no file"],
    [["put", "file:./results", "-", "--key", "../x"], "InvalidKey"],
    [["put", "file:./results", "-", "--expires-in", "soon"], '--expires-in: "soon" is not a duration'],
    [["ls", "nowhere"], '"nowhere" names no storage'],
    [["ls", "s3//x"], '"s3//x" names no storage'],
    [["ls", "s3://user:hunter2@bucket"], "cannot hold a user or a password"],
    [["prune", "file:./results"], "Say what goes"],
    [["prune", "file:./results", "--older-than", "1d", "--cached", "--prefix", "a"], "give --cached or --prefix"],
    [
      ["put", "file:./results", "-", "--expires-in", "30"],
      '--expires-in: "30" is not a duration. Give one with its unit',
    ],
    [["prune", "file:./results", "--older-than", "30"], '--older-than: "30" is not a duration. Give one with its unit'],
    [["prune", "file:./results", "--older-than", "soon"], '--older-than: "soon" is not a duration'],
    [["cp", "file:./a", "file:./b"], "Give <storage> <key> <storage> [key]"],
    [["rm", "file:./results"], "missing required argument 'key'"],
  ])("%j is refused", async (args, text) => {
    const { code, stdout, stderr } = await bin.run(["result", ...args]);
    expect(stderr).toContain(text);
    expect(stderr).not.toContain("hunter2");
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(readdirSync(bin.cwd)).toEqual([]);
  });
});

test.each([
  [["result", "ls", "--jsn"], "unknown option '--jsn' (Did you mean --json?)"],
  [["result", "get"], "missing required argument 'storage-and-key'"],
  [["result", "ls", "file:./results", "extra"], "too many arguments for 'ls'. Expected 1 argument but got 2."],
  [["rsult"], "unknown command 'rsult' (Did you mean result?)"],
  [["result", "put", "file:./results", "-", "--key", "../x"], "a segment cannot be . or .."],
])("with --json %j is an error in JSON too", async (args, text) => {
  const { code, stdout, stderr } = await bin.run([...args, "--json"]);
  expect({ code, stdout, lines: stderr.split("\n").length }).toEqual({ code: 2, stdout: "", lines: 2 });
  expect((JSON.parse(stderr) as { error: object }).error).toMatchObject({
    code: expect.stringMatching(/^(?:Usage|InvalidKey)$/),
    message: expect.stringContaining(text),
  });
  // What follows -- is no option.
  expect((await bin.run([...args, "--", "--json"])).stderr).not.toMatch(/^\{/);
});

describe("ls, cp, rm and prune", () => {
  test("ls shows headers, or keys; what is no result shows too", async () => {
    await store().write([1], { key: "a" });
    await store().write([2], { key: "b/c", expiresIn: "1h" });
    await folder().put("other", new TextEncoder().encode("hello"));
    const lines = (await bin.ok("result", "ls", "file:./results")).trim().split("\n");
    expect(lines.map((line) => line.split(/ {2,}/).at(-1))).toEqual(["a", "b/c", "other"]);
    expect(lines[2]).toContain("(NotAResult)");
    expect(await bin.ok("result", "ls", "file:./results", "--keys", "--prefix", "b/")).toBe("b/c\n");
    const entries = await bin.json("result", "ls", "file:./results");
    expect(entries[1]).toMatchObject({ key: "b/c", serializer: "json", expiresAt: expect.any(String) });
    expect(entries[2]).toMatchObject({ key: "other", problem: { code: "NotAResult" } });
  });

  test("without a storage, and as default, it is the one of the settings", async () => {
    await bin.ok("config", "set", "COATCHECK_LOCAL_STORAGE_PATH=./results");
    await store().write([1], { key: "a" });
    expect(await bin.ok("result", "ls", "--keys")).toBe("a\n");
    await bin.ok("config", "set", "COATCHECK_DEFAULT_STORAGE=file:./other");
    expect(await bin.ok("result", "ls", "default", "--keys")).toBe("");
  });

  test("cp keeps every byte; a second run finds all there, and another record is not replaced unasked", async () => {
    for (let index = 0; index < 20; index++) await store().write([index], { key: `k/${index}`, expiresIn: "1h" });
    await store().write(new Blob([new Uint8Array(700_000)]).stream(), { key: "k/large" });
    const [single] = await bin.json("result", "cp", "file:./results", "k/large", "file:./two", "elsewhere");
    expect(single).toMatchObject({ key: "k/large", to: "elsewhere", copied: true });
    expect(await bin.run(["result", "cp", "file:./results", "file:./two", "--prefix", "k/"])).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^Copied 21 results, .*\.\n$/),
    });
    for (const key of ["k/7", "k/large"]) {
      const [from, to] = await Promise.all([folder().get(key), folder("two").get(key)]);
      expect(digest(await to!.bytes())).toBe(digest(await from!.bytes()));
    }
    await store().write(["new"], { key: "k/7" });
    const again = await bin.run(["result", "cp", "file:./results", "file:./two", "--all"]);
    expect(again).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("Copied 0 results, 0 B; 20 were there already."),
    });
    expect(again.stderr).toContain('"k/7"');
    const over = await bin.json("result", "cp", "file:./results", "file:./two", "--all", "--overwrite");
    expect(over.at(-1)).toMatchObject({ summary: { copied: 21, failed: 0 } });
    expect(await store("two").read("k/7")).toEqual(["new"]);
    expect(await bin.run(["result", "cp", "file:./results", "none", "file:./two"])).toMatchObject({ code: 3 });
  });

  test("rm deletes by key and by reference, and no other write than the reference's", async () => {
    const result = await store().write([1], { key: "a" });
    await store().write([2], { key: "b" });
    await store().write([3], { key: "a" });
    await bin.ok("result", "rm", "file:./results", JSON.stringify(result), "b", "none");
    expect(await bin.ok("result", "ls", "file:./results", "--keys")).toBe("a\n");
    expect(await store().read("a")).toEqual([3]);
  });

  test("prune: a dry run deletes nothing; then exactly what it named goes", async () => {
    await store().write([1], { key: "old", expiresIn: 1 });
    await store().write([2], { key: "young", expiresIn: "1h" });
    await new Promise((resolve) => setTimeout(resolve, 5));
    const dry = await bin.run(["result", "prune", "file:./results", "--expired", "--dry-run"]);
    expect(dry).toMatchObject({
      code: 0,
      stdout: "old\n",
      stderr: expect.stringMatching(/^Would prune 1 of 2 results/),
    });
    expect(await bin.json("result", "prune", "file:./results", "--expired", "--older-than", "30d")).toEqual([
      { key: "old", size: expect.any(Number) },
      { summary: { examined: 2, pruned: 1, bytes: expect.any(Number), unreadable: 0, changed: 0 } },
    ]);
    expect(await bin.ok("result", "ls", "file:./results", "--keys")).toBe("young\n");
  });

  test("prune: who reads the keys slowly gets all of them, and no warning beside them", async () => {
    await store().write([1], { key: "k", expiresIn: 1 });
    const record = readFileSync(join(bin.cwd, "results", "k"));
    for (let index = 0; index < 3000; index++) {
      writeFileSync(join(bin.cwd, "results", `${index}${"x".repeat(100)}`), record);
    }
    // Nobody reads before it has gone through all of them.
    const { stdout, stderr } = await promisify(execFile)(
      "sh",
      ["-c", "coatcheck result prune file:./results --expired --dry-run | (sleep 3; wc -l)"],
      { cwd: bin.cwd, env: bin.shellEnv() },
    );
    expect(stdout.trim()).toBe("3001");
    expect(stderr).toMatch(/^Would prune 3001 of 3001 results, .*\n$/);
  });
});

describe("prune --cached", () => {
  test("takes what tasks have cached, and nothing else", async () => {
    const reserved = await openReserved({ storage: folder(), serializer: json() });
    await reserved.write([1], { key: ".coatcheck/cache/1" });
    await store().write([2], { key: "kept" });
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const prune = ["result", "prune", "file:./results", "--older-than", "1s"];
    expect(await bin.run([...prune, "--cached"])).toMatchObject({
      code: 0,
      stdout: ".coatcheck/cache/1\n",
      stderr: expect.stringMatching(/^Pruned 1 of 1 result,/),
    });
    expect((await folder().list()).objects.map(({ key }) => key)).toEqual(["kept"]);
  });
});

describe("text that comes from data", () => {
  test("commands no terminal, wherever it shows", async () => {
    const key = "evil\u202e\u200bkey";
    await store().write("\u001b[31mred\u009b\u202e", { key });
    await folder().put("header", new TextEncoder().encode('{"coatcheck":1,\u001b[2J\n'));
    for (const args of [
      ["ls", "file:./results"],
      ["ls", "file:./results", "--json"],
      ["show", "file:./results", key],
      ["get", "file:./results", key],
      ["get", "file:./results", key, "--json"],
      ["get", "file:./results", `${key}x`],
      ["show", "file:./results", "header"],
      ["cp", "file:./results", key, "file:./\u001b[2J", "--json"],
    ]) {
      const { stdout, stderr } = await bin.run(["result", ...args]);
      expect(stdout + stderr).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
      expect(stdout + stderr).not.toBe("");
    }
    expect(await bin.json("result", "get", "file:./results", key)).toEqual(["\u001b[31mred\u009b\u202e"]);
  });
});

function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
