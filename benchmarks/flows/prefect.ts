import { type ChildProcessByStdio, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { flow, inputs, task, type TaskOptions } from "@coatcheck/flows";
import { json } from "@coatcheck/serializer-json";
import { local } from "@coatcheck/storage-local";
import { benchmarks, Report } from "../report.ts";
import { takeTurns } from "../rounds.ts";

const CALLS = 20;
const ROUNDS = 5;
const TOTAL = (CALLS * (CALLS - 1)) / 2;

const jobs = {
  called: "that is not kept",
  kept: "that is kept in a local file",
  cached: "that is cached in a local file, a hit each",
};
type Job = keyof typeof jobs;

const python = process.env["COATCHECK_PYTHON"] ?? "python3";
const report = new Report("Flows, beside Prefect with the same job");
/** Why Prefect cannot be run; undefined where it can. */
function missing(): string | undefined {
  const { error, status } = spawnSync(python, ["-c", "import prefect"], { encoding: "utf8" });
  if (error !== undefined) return `there is no ${python}`;
  return status === 0 ? undefined : `${python} has no package prefect`;
}

async function measure(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "coatcheck-prefect-"));
  const prefect = await Prefect.start();
  try {
    report.version("prefect", prefect.version);
    report.note(
      `Flows of ${CALLS} calls of a task, one after the other. Prefect keeps its runs in a server that it starts by itself.`,
    );
    report.note("Ours waits until a result is on the disk, Prefect does not.");
    const ours = flowsOn(folder);
    for (const [job, text] of Object.entries(jobs) as [Job, string][]) {
      const contenders = [
        { name: "Prefect", run: () => prefect.run(job) },
        { name: "@coatcheck/flows", run: async () => check(await ours[job]()) },
      ];
      const timed = await takeTurns(contenders, ROUNDS);
      const lines = timed.map(({ name, ratio, quartiles: [low, high], ms }) => ({
        name,
        values: { ratio, low, high, "ms of a call": ms / CALLS },
      }));
      report.table("a task", text, lines);
    }
  } finally {
    await prefect.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function flowsOn(folder: string): Record<Job, () => Promise<number>> {
  const record = async (id: number): Promise<{ id: number }> => {
    const fields = { name: `user ${id}`, email: `user${id}@example.com`, score: id * 1.5 };
    return { id, ...fields };
  };
  const files = { resultStorage: local({ path: folder }), resultSerializer: json() };
  const callsOf = (name: Job, options: TaskOptions): (() => Promise<number>) => {
    const chosen = task(record, { ...options, name });
    return flow(
      async () => {
        let total = 0;
        for (let id = 0; id < CALLS; id++) total += (await chosen(id)).id;
        return total;
      },
      { name: `calls of ${name}` },
    );
  };
  return {
    called: callsOf("called", {}),
    kept: callsOf("kept", { ...files, persistResult: true }),
    cached: callsOf("cached", { ...files, cacheKey: inputs() }),
  };
}

function check(total: number): void {
  if (total !== TOTAL) throw new Error(`The records add up to ${total} instead of ${TOTAL}.`);
}

/** A process of Python that runs a job when it is told to. */
class Prefect {
  readonly version: string;
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #lines: AsyncGenerator<string, never, void>;

  private constructor(
    child: ChildProcessByStdio<Writable, Readable, Readable>,
    lines: AsyncGenerator<string, never, void>,
    version: string,
  ) {
    this.#process = child;
    this.#lines = lines;
    this.version = version;
  }

  static async start(): Promise<Prefect> {
    const script = join(benchmarks, "flows", "prefect_jobs.py");
    const child = spawn(python, [script, String(CALLS)], { stdio: ["pipe", "pipe", "pipe"] });
    // Its server complains when it is ended; that is told only where it is what went wrong.
    const said: string[] = [];
    child.stderr.setEncoding("utf8").on("data", (text: string) => void said.push(text));
    const lines = linesOf(child.stdout, said);
    return new Prefect(child, lines, (await lines.next()).value);
  }

  async run(job: Job): Promise<void> {
    this.#process.stdin.write(`${job}\n`);
    check(Number((await this.#lines.next()).value));
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once("close", resolve));
    this.#process.stdin.end();
    await ended;
  }
}

async function* linesOf(output: Readable, said: readonly string[]): AsyncGenerator<string, never, void> {
  yield* createInterface({ input: output });
  throw new Error(`Prefect's process has ended.\n${said.join("").slice(-5000)}`);
}

const why = missing();
if (why === undefined) {
  await measure();
  await report.save();
} else {
  // What was measured where it was there stays.
  report.skip(`prefect: ${why}. Run: pip install prefect; COATCHECK_PYTHON names another Python.`);
}
