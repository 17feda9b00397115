import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { Current, type Finding, type Orders, type Report } from "./shared.ts";

/** Bytes that the whole process may take; and megabytes of the reader's heap. */
const MAX_RSS = 2_500_000_000;
const MAX_HEAP = 768;

/** Characters of a finding that are printed: one that was made smaller has less, one of ours can be found by its start. */
const MAX_SHOWN = 8000;

interface Options {
  readonly inputs: number;
  readonly minutes: number;
  readonly seed: number;
  readonly only: string | undefined;
  readonly planted: boolean;
  /** Seconds without the end of an input, after which it hangs. */
  readonly patience: number;
}

function optionsOf(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      inputs: { type: "string", default: "100000" },
      minutes: { type: "string", default: "0" },
      seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
      target: { type: "string" },
      planted: { type: "boolean", default: false },
      patience: { type: "string", default: "60" },
    },
  });
  const number = (name: "inputs" | "minutes" | "seed" | "patience"): number => {
    const value = Number(values[name]);
    if (!(value >= 0)) throw new Error(`--${name} takes a number, not ${values[name]}.`);
    return value;
  };
  return {
    inputs: number("inputs"),
    minutes: number("minutes"),
    seed: number("seed"),
    only: values.target,
    planted: values.planted,
    patience: number("patience"),
  };
}

/** Runs the readers in a thread and watches them; gives the exit code. */
export async function supervise(script: URL, args: readonly string[]): Promise<number> {
  const options = optionsOf(args);
  const { minutes, seed, only } = options;
  const start = Date.now();
  const findings: Finding[] = [];
  let all = 0;
  let round = 0;
  do {
    const now = (seed + round++) % 2 ** 31;
    console.log(`seed ${now}${only === undefined ? "" : `, target ${only}`}`);
    const done = await runOnce(script, { ...options, seed: now }, findings);
    all += done;
    if (done === 0) break;
  } while (Date.now() - start < minutes * 60_000);
  const seconds = Math.round((Date.now() - start) / 1000);
  console.log(`${all} inputs in ${seconds} s, ${findings.length} findings`);
  for (const { target, problem, input } of findings) {
    const whole = JSON.stringify({ target, problem: problem.split("\n")[0], input });
    const shown = whole.length > MAX_SHOWN ? `${whole.slice(0, MAX_SHOWN)}… (${whole.length} characters)` : whole;
    console.log(`\nFINDING in ${target}: ${problem}\n${shown}`);
  }
  return findings.length === 0 && all > 0 ? 0 : 1;
}

async function runOnce(
  script: URL,
  { inputs, seed, only, planted, patience }: Options,
  findings: Finding[],
): Promise<number> {
  let all = 0;
  let from = 0;
  // A reader that hangs or dies is replaced by one that begins with the target behind.
  for (;;) {
    const current = new Current();
    const worker = new Worker(script, {
      workerData: { inputs, seed, only, planted, from, current: current.buffer } satisfies Orders,
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP, stackSizeMb: 1 },
    });
    let name = "before the first target";
    worker.on("message", (report: Report) => {
      if ("finding" in report) findings.push(report.finding);
      else if ("begun" in report) name = report.target;
      else if ("skipped" in report) console.log(`skipped: ${report.target}: ${report.skipped}`);
      else {
        all += report.inputs;
        const { inputs, read, seconds, slowest, largest } = report;
        const speed = Math.round(inputs / seconds);
        console.log(
          `${report.target}: ${inputs} inputs, ${read} read, ${inputs - read} refused; ${speed} a second; at most ${Math.round(slowest)} ms, ${(largest / 1e6).toFixed(1)} MB`,
        );
      }
    });
    const problem = await ended(worker, current, patience);
    if (problem === undefined) return all;
    const input = Buffer.from(current.input).toString("base64");
    findings.push({ target: name, problem, input });
    from = current.target + 1;
    // It did not come as far as to read anything: another would not either.
    if (current.count === 0) return all;
  }
}

/** Undefined once the worker is done; else why it was ended or ended itself. */
async function ended(worker: Worker, current: Current, patience: number): Promise<string | undefined> {
  let problem: string | undefined;
  let count = -1;
  let since = Date.now();
  const watch = setInterval(() => {
    if (current.count !== count) since = Date.now();
    count = current.count;
    if (count > 0 && Date.now() - since > patience * 1000) problem = `it hangs: no end after ${patience} s`;
    if (process.memoryUsage.rss() > MAX_RSS) problem = `the process takes ${process.memoryUsage.rss()} bytes`;
    if (problem !== undefined) void worker.terminate();
  }, 250);
  try {
    return await new Promise((resolve) => {
      worker.once("error", (error) => resolve(problem ?? `it ended the thread: ${error.stack ?? error.message}`));
      worker.once("exit", (code) => resolve(problem ?? (code === 0 ? undefined : `the thread ended with ${code}`)));
    });
  } finally {
    clearInterval(watch);
  }
}
