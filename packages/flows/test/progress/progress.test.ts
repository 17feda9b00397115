import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Script } from "@coatcheck/test-support";
import type { RunEvent } from "../../src/events.ts";
import { jsonLog, lineLog, type LogLine } from "../../src/progress/log.ts";
import { Tally } from "../../src/progress/tally.ts";
import { frame, summary } from "../../src/progress/text.ts";
import { screenOf } from "./screen.ts";

let script: Script;
beforeAll(async () => {
  script = await Script.build(join(__dirname, "report.child.ts"), { byName: false });
});
afterAll(() => script.remove());

async function run(
  env: Readonly<Record<string, string>>,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return await script.start([10], { env }).exited;
}

const event = (type: RunEvent["type"], id: string, changes: Partial<RunEvent> = {}): RunEvent => ({
  type,
  kind: "task",
  id,
  name: id,
  definition: "extract",
  parentId: "report",
  state: "Running",
  attempt: type === "created" ? 0 : 1,
  timestamp: 1000,
  message: undefined,
  ...changes,
});
const flowEvent = (type: RunEvent["type"], changes: Partial<RunEvent> = {}): RunEvent =>
  event(type, "report", { kind: "flow", parentId: undefined, ...changes });

describe("without a terminal", () => {
  test("nothing is shown", async () => {
    for (const env of [{ COATCHECK_LOG: "" }, { COATCHECK_LOG: "off" }]) {
      const { code, stdout, stderr } = await run(env);
      expect([code, stderr]).toEqual([0, ""]);
      expect(stdout).toContain("result 19\n");
    }
  });

  test("COATCHECK_LOG=json writes a line for each event, and nothing that a terminal obeys", async () => {
    const { stdout, stderr } = await run({ COATCHECK_LOG: "json" });
    expect(stdout).toContain("result 19\n");
    expect(stderr.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
    const lines = stderr
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as LogLine);
    const of = (name: string): LogLine[] => lines.filter((line) => line.name === name);
    const report = lines.filter(({ kind }) => kind === "flow");
    expect(report.map(({ event, state, attempt }) => [event, state, attempt])).toEqual([
      ["created", "Pending", 0],
      ["running", "Running", 1],
      ["completed", "Completed", 1],
    ]);
    expect(of("flaky-0").map(({ event, attempt }) => `${event} ${attempt}`)).toEqual([
      "created 0",
      "running 1",
      "retrying 1",
      "running 2",
      "retrying 2",
      "running 3",
      "completed 3",
    ]);
    const failed = lines.find(({ event }) => event === "failed")!;
    expect(failed).toMatchObject({
      kind: "task",
      definition: "step\u001b[2J",
      parentId: report[0]!.id,
      state: "Failed",
      message: "no such \u001b[31mfile\nand more",
      elapsed: expect.any(Number),
    });
    expect(
      lines.filter(({ event, definition }) => event === "completed" && definition.startsWith("step")),
    ).toHaveLength(19);
    for (const { time } of lines) expect(new Date(time).toISOString()).toBe(time);
  });

  test("COATCHECK_LOG=lines writes lines for people", async () => {
    const { stderr } = await run({ COATCHECK_LOG: "lines" });
    const lines = stderr
      .trimEnd()
      .split("\n")
      .map((line) => line.replace(/^\S+Z /, "").replace(/\d+ ms/, "… ms"));
    expect(lines).toContain("step\\u001b[2J-2 failed after … ms: no such \\u001b[31mfile");
    expect(lines).toContain("flaky-0 running, attempt 3");
    expect(lines.at(-1)).toMatch(/^report-\w+ completed after … ms$/);
  });

  test.each(["json", "lines"])("where nobody reads what COATCHECK_LOG=%s writes, the program goes on", async (how) => {
    const child = spawn(process.execPath, [script.path, "10"], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, COATCHECK_LOG: how },
    });
    child.stderr.destroy();
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    const [code] = (await once(child, "close")) as [number | null];
    expect([code, stdout.includes("result 19\n")]).toEqual([0, true]);
  });

  test("another value of COATCHECK_LOG is refused before anything runs", async () => {
    const { code, stdout, stderr } = await run({ COATCHECK_LOG: "jsn" });
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(
      'COATCHECK_LOG is "jsn". Give json, lines or off; without it, a terminal shows what runs.',
    );
  });
});

const hasScript = spawnSync("script", ["--version"]).stdout?.includes("util-linux") === true;
if (!hasScript) process.stderr.write("skipped: the live view in a terminal: util-linux's script is not installed\n");
(hasScript ? describe : describe.skip)("in a terminal", () => {
  const inTerminal = (unit: number): string => {
    const command = `${process.execPath} ${script.path} ${unit}`;
    const env = { ...process.env, COATCHECK_LOG: "" };
    const { stdout, status } = spawnSync("script", ["-qec", command, "/dev/null"], { encoding: "utf8", env });
    expect(status).toBe(0);
    return stdout;
  };
  const ofProgram = (line: string): boolean => /^step \d+$/.test(line);

  test("a run of more than a second shows what runs, leaves the program's own lines whole, and ends with a line", () => {
    const output = inTerminal(250);
    // One picture, as it was drawn at some time.
    expect(output).toMatch(/report-\w+ {2}\d+\.\d s/);
    expect(output).toMatch(/flaky-0 {2}\d+\.\d s, attempt \d/);
    expect(output).toMatch(/\d+ completed, (1 failed, )?\d running, \d+ waiting/);
    const screen = screenOf(output).filter((line) => line !== "");
    expect(screen.filter(ofProgram).toSorted()).toEqual(
      Array.from({ length: 20 }, (_, index) => `step ${index}`)
        .filter((line) => line !== "step 2")
        .toSorted(),
    );
    const others = screen.filter((line) => !ofProgram(line) && !line.includes("failed after"));
    expect(others).toEqual([
      expect.stringMatching(/^report-\w+ completed in \d+\.\d s \(20 completed, 1 failed\)$/),
      "result 19",
    ]);
  });

  test("a short run shows nothing", () => {
    expect(screenOf(inTerminal(1)).filter((line) => line !== "" && !ofProgram(line))).toEqual(["result 19"]);
  });
});

test("a picture has the oldest runs, as many as fit, and the counts of all", () => {
  const tally = new Tally();
  tally.take(flowEvent("created"));
  tally.take(flowEvent("running"));
  for (let index = 0; index < 40; index++) {
    const id = `extract-${index}`;
    tally.take(event("created", id));
    if (index < 30) tally.take(event("running", id));
    if (index < 5)
      tally.take(event((["completed", "completed", "cached", "failed", "cancelled"] as const)[index]!, id));
  }
  tally.take(event("retrying", "extract-6"));
  expect(frame(tally, 63_000, 60, 24).split("\n")).toEqual([
    "report  1 min 02 s",
    "  extract-5  1 min 02 s",
    "  extract-6  1 min 02 s, waits for its next attempt",
    ...[7, 8, 9, 10, 11, 12, 13].map((index) => `  extract-${index}  1 min 02 s`),
    "  … and 16 more",
    "2 completed, 1 cached, 1 failed, 1 cancelled, 25 running, …",
  ]);
  expect(frame(tally, 63_000, 200, 5).split("\n")).toEqual([
    "report  1 min 02 s",
    "  … and 25 more",
    "2 completed, 1 cached, 1 failed, 1 cancelled, 25 running, 10 waiting",
  ]);
  expect(summary(tally, flowEvent("failed", { timestamp: 4000, state: "TimedOut" }))).toBe(
    "report timed out in 3.0 s (2 completed, 1 cached, 1 failed, 1 cancelled)",
  );
});

test("a tally keeps nothing of runs that are over, and begins anew", () => {
  const tally = new Tally();
  for (let round = 0; round < 3; round++) {
    tally.take(flowEvent("created", { timestamp: round }));
    for (let index = 0; index < 1000; index++) {
      tally.take(event("created", String(index)));
      tally.take(event("completed", String(index)));
    }
    expect([tally.open.size, tally.ended.get("completed"), tally.outermost, tally.since]).toEqual([1, 1000, 1, round]);
    tally.take(flowEvent("completed"));
    expect(tally.open.size).toBe(0);
  }
  expect(tally.take(event("completed", "never created"))).toBeUndefined();
});

test("no name and no message makes a terminal do anything, and each event is one line", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (name, message) => {
      for (const log of [jsonLog, lineLog]) {
        let text = "";
        const listen = log((line) => (text += line));
        listen(event("created", "a", { name }));
        listen(event("failed", "a", { name, message }));
        listen(event("warning", "a", { name, message }));
        expect(text).not.toMatch(/[^\P{Cc}\n]|\p{Cf}|\p{Cs}|[\u2028\u2029]/u);
        expect(text.split("\n")).toHaveLength(log === jsonLog ? 4 : 3);
      }
    }),
  );
});
