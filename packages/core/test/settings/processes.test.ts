import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { Script, type TestProcess } from "@coatcheck/test-support";

let save: Script;
let home: string;
beforeAll(async () => void (save = await Script.build(join(__dirname, "processes/save.ts"), { byName: false })));
afterAll(() => save.remove());
beforeEach(() => void (home = mkdtempSync(join(tmpdir(), "coatcheck-home-"))));
afterEach(() => rmSync(home, { recursive: true, force: true }));

const start = (slugs: readonly string[], env: Record<string, string> = {}, uid?: number): TestProcess =>
  save.start(slugs, { cwd: tmpdir(), env: { COATCHECK_HOME: home, ...env }, ...(uid === undefined ? {} : { uid }) });

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

/** The slugs in the file; it throws where the file is not whole. */
function saved(): readonly string[] {
  const text = readFileSync(join(home, "config.json"), "utf8");
  return Object.keys((JSON.parse(text) as { blocks: object }).blocks).sort();
}

describe("processes that save at once", () => {
  test("lose no update, and nobody ever reads half a file", async () => {
    const slugs = range(8).map((each) => range(25).map((index) => `memory/p${each}-${index}`));
    const processes = slugs.map((each) => start(each));
    let running = true;
    const exits = Promise.all(processes.map(({ exited }) => exited)).finally(() => (running = false));
    let reads = 0;
    let most = 0;
    while (running) {
      try {
        most = Math.max(most, saved().length);
        reads++;
      } catch (error) {
        if ((error as { code?: string }).code !== "ENOENT") throw error;
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    for (const { code, stderr } of await exits) expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(saved()).toEqual(slugs.flat().sort());
    expect(reads).toBeGreaterThan(0);
    expect(readdirSync(home)).toEqual(["config.json"]);
  });

  test("lose no update where each stands still at any step", async () => {
    const slugs = range(10).map((each) => range(12).map((index) => `memory/s${each}-${index}`));
    for (const { code, stderr } of await Promise.all(slugs.map((each) => start(each, { STALL: "40" }).exited))) {
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    }
    expect(saved()).toEqual(slugs.flat().sort());
    expect(readdirSync(home)).toEqual(["config.json"]);
  });

  test("one of them wins each slug", async () => {
    const slugs = range(20).map((index) => `memory/raced-${index}`);
    const outputs = await Promise.all(range(6).map(async () => (await start(slugs).exited).stdout));
    const lines = outputs.join("").trim().split("\n");
    expect(lines).toHaveLength(6 * slugs.length);
    for (const slug of slugs) expect(lines.filter((line) => line === `saved ${slug}`)).toHaveLength(1);
  });
});

test("a process killed at any moment leaves a whole file, with all that it said it saved, and nobody locked out", async () => {
  const promised: string[] = [];
  for (const round of range(12)) {
    const processes = range(3).map((each) => start(range(400).map((index) => `memory/k${round}-${each}-${index}`)));
    await processes[0]!.wrote("saved");
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 60));
    for (const each of processes) each.kill("SIGKILL");
    for (const { exited } of processes) {
      const lines = (await exited).stdout.split("\n").slice(0, -1);
      promised.push(...lines.map((line) => line.replace("saved ", "")));
    }
    const { code } = await start([`memory/after-${round}`]).exited;
    expect(code).toBe(0);
    expect(saved()).toEqual(expect.arrayContaining([...promised, `memory/after-${round}`]));
  }
  expect(promised.length).toBeGreaterThan(12);
});

test("new content that somebody has removed before it took its place is an error that names it", async () => {
  const child = start(["memory/x", "memory/y"], { LOSE: "1" });
  const { code, stderr, stdout } = await child.exited;
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(
    /config\.json cannot be changed: the file config\.json\.\w+\.tmp beside it is gone, and .*after-/,
  );
});

test("a home that may not be written is an error that names it and says what to do", async () => {
  chmodSync(home, 0o555);
  const child = start(["memory/x"], {}, process.getuid?.() === 0 ? 65534 : undefined);
  const { code, stderr } = await child.exited;
  expect(code).not.toBe(0);
  expect(stderr).toContain(`${join(home, "config.json")} cannot be written (EACCES)`);
  expect(stderr).toContain("set COATCHECK_HOME to another one");
});
