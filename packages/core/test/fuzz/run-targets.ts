import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { firstDifference } from "@coatcheck/testing";
import fc from "fast-check";
import { closeTheWaysOut, replacedBuiltin, startWatching } from "./canaries.ts";
import { judge, type Judgement } from "./judge.ts";
import { inputs } from "./mutations.ts";
import { plantedTargets } from "./planted-targets.ts";
import { Current, type Finding, type Orders, type Report } from "./shared.ts";
import type { Target } from "./target.ts";

const say = (report: Report): void => parentPort!.postMessage(report);
const base64 = (input: Uint8Array): string => Buffer.from(input).toString("base64");

/** In a thread of its own: runs the targets one after the other, and reports each. */
export async function runTargets(): Promise<void> {
  const { seed, inputs: total, from, only, planted, current } = workerData as Orders;
  const past = JSON.parse(
    readFileSync(join(process.env["COATCHECK_ROOT"]!, "packages/core/test/fuzz/findings.json"), "utf8"),
  ) as readonly Finding[];
  const targets = planted ? plantedTargets : await realTargets();
  // Whatever is still to be loaded is loaded now: from here on, nothing opens a file.
  for (const target of targets)
    await Promise.allSettled(target.documents.slice(0, 50).map(async (each) => await target.read(each)));
  closeTheWaysOut();
  startWatching();
  const chosen = targets.filter(({ name }) => only === undefined || name === only);
  const shares = chosen.reduce((sum, { share }) => sum + share, 0);
  for (const [index, target] of chosen.entries()) {
    if (index < from) continue;
    if (target.skipped !== undefined) {
      say({ target: target.name, skipped: target.skipped });
      continue;
    }
    say({ target: target.name, begun: true });
    const runs = Math.round((total * target.share) / shares);
    await new TargetRun(target, index, new Current(current)).run(past, runs, seed);
  }
}

async function realTargets(): Promise<readonly Target[]> {
  const { serializerTargets } = await import("./serializer-targets.ts");
  const { codecTargets } = await import("./codec-targets.ts");
  const { fileTargets } = await import("./file-targets.ts");
  return [...serializerTargets, ...(await codecTargets()), ...(await fileTargets())];
}

/** Lets the engine say what nobody has caught. */
const turnOfTheLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

class TargetRun {
  readonly #target: Target;
  readonly #index: number;
  readonly #current: Current;
  #inputs = 0;
  #read = 0;
  #slowest = 0;
  #largest = 0;

  constructor(target: Target, index: number, current: Current) {
    this.#target = target;
    this.#index = index;
    this.#current = current;
  }

  async run(past: readonly Finding[], runs: number, seed: number): Promise<void> {
    const { name, attacks, documents } = this.#target;
    const start = performance.now();
    for (const { target, input } of past) if (target === name) await this.#one(Buffer.from(input, "base64"));
    for (const input of [...documents, ...attacks]) await this.#one(input);
    await this.#flips();
    await this.#random(Math.max(0, runs - this.#inputs), seed);
    await turnOfTheLoop();
    const replaced = replacedBuiltin();
    if (replaced !== undefined) say({ finding: { target: name, problem: `${replaced} was replaced`, input: "" } });
    say({
      target: name,
      index: this.#index,
      inputs: this.#inputs,
      read: this.#read,
      seconds: (performance.now() - start) / 1000,
      slowest: this.#slowest,
      largest: this.#largest,
    });
  }

  async #one(input: Uint8Array): Promise<void> {
    const problem = await this.#problem(input);
    if (problem !== undefined) say({ finding: { target: this.#target.name, problem, input: base64(input) } });
  }

  /** Every single bit of what has a checksum. */
  async #flips(): Promise<void> {
    const { name, sealed } = this.#target;
    for (const document of sealed?.documents ?? []) {
      const intact = (await this.#judged(document)).value;
      for (let bit = 0; bit < document.byteLength * 8; bit++) {
        const flipped = document.slice();
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        const { outcome, value, problem } = await this.#judged(flipped);
        const isSame = sealed!.mayIgnore && firstDifference(value, intact) === undefined;
        const missed = outcome === "refused" || isSame ? undefined : `bit ${bit} was flipped, and it was read`;
        if ((problem ?? missed) === undefined) continue;
        say({ finding: { target: name, problem: problem ?? missed!, input: base64(flipped) } });
        break;
      }
    }
  }

  async #random(runs: number, seed: number): Promise<void> {
    let problem: string | undefined;
    const property = fc.asyncProperty(inputs(this.#target), async (input) => {
      const found = await this.#problem(input);
      problem = found ?? problem;
      return found === undefined;
    });
    const { failed, counterexample, error } = (await fc.check(property, {
      numRuns: runs,
      seed,
      // What hangs or takes much memory would do so once more for every smaller input.
      endOnFailure: false,
      interruptAfterTimeLimit: 300_000,
    })) as { failed: boolean; counterexample: [Uint8Array] | null; error?: string | null };
    if (!failed || counterexample === null) return;
    const [input] = counterexample;
    const last = (await this.#problem(input)) ?? problem ?? error ?? "it failed once, and not again";
    say({ finding: { target: this.#target.name, problem: last, input: base64(input) } });
  }

  async #problem(input: Uint8Array): Promise<string | undefined> {
    return (await this.#judged(input)).problem;
  }

  async #judged(input: Uint8Array): Promise<Judgement> {
    this.#current.begin(this.#index, input);
    const judgement = await judge(this.#target, input);
    const { outcome, time, memory } = judgement;
    if (this.#inputs++ % 100 === 0) await turnOfTheLoop();
    if (outcome === "read") this.#read++;
    this.#slowest = Math.max(this.#slowest, time);
    this.#largest = Math.max(this.#largest, memory);
    return judgement;
  }
}
