import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { CoatcheckError } from "@coatcheck/core";
import { firstDifference } from "@coatcheck/testing";
import { alarms, changedBuiltin } from "./canaries.ts";
import { wrongIn } from "./look-through.ts";
import type { Target } from "./target.ts";

/**
 * Bytes of memory that reading may take: some for the engine, and multiples of the input and of the limit that was set,
 * for what is garbage by then is counted too.
 */
const MEMORY = { base: 24_000_000, perByte: 150, perByteOfLimit: 16 };
/** Milliseconds of processor time that reading may take: many times what is usual. */
const TIME = { base: 2000, perByte: 0.005 };
/** Longest input whose value is written and read once more. */
const MAX_AGAIN = 20_000;
const MAX_MESSAGE = 3000;

/** What came of reading an input. */
export interface Judgement {
  readonly outcome: "read" | "refused";
  readonly value: unknown;
  /** What was wrong with that, where something was. */
  readonly problem: string | undefined;
  /** Milliseconds of processor time. */
  readonly time: number;
  /** Bytes that memory grew by. */
  readonly memory: number;
}

function memoryUsed(): number {
  // Not `external`, which is put right long after what it counts was freed; the thread that watches looks at the whole.
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

interface Reading {
  readonly outcome: "read" | "refused";
  readonly value: unknown;
  readonly problem: string | undefined;
  readonly time: number;
  readonly memory: number;
}

async function reading(target: Target, given: Uint8Array): Promise<Reading> {
  let outcome: Reading["outcome"] = "read";
  let value: unknown;
  let problem: string | undefined;
  const memoryBefore = memoryUsed();
  const timeBefore = process.cpuUsage();
  try {
    ({ value } = await target.read(given));
  } catch (error) {
    outcome = "refused";
    problem = problemOf(target, error);
  }
  const { user, system } = process.cpuUsage(timeBefore);
  return { outcome, value, problem, time: (user + system) / 1000, memory: memoryUsed() - memoryBefore };
}

/** Reads an input, and looks whether anything happened that must not. */
export async function judge(target: Target, input: Uint8Array): Promise<Judgement> {
  const given = input.slice();
  const allowedMemory = MEMORY.base + MEMORY.perByte * input.byteLength + MEMORY.perByteOfLimit * (target.limit ?? 0);
  const allowedTime = TIME.base + TIME.perByte * input.byteLength;
  const exceeds = (found: Reading): boolean => found.memory > allowedMemory || found.time > allowedTime;
  alarms.length = 0;
  let found = await reading(target, given);
  if (exceeds(found)) {
    // What is left over from before may be collected, or not, while it is read: the second time nothing is.
    collectGarbage();
    found = await reading(target, given);
  }
  const { outcome, value, time, memory } = found;
  let { problem } = found;
  if (alarms.length > 0) problem = `${alarms[0]} ran`;
  else if (changedBuiltin() !== undefined) problem ??= `${changedBuiltin()} was changed`;
  else if (Buffer.compare(given, input) !== 0) problem ??= "the input was changed";
  else if (time > allowedTime) problem ??= `it took ${Math.round(time)} ms`;
  else if (memory > allowedMemory) problem ??= `it took ${memory} bytes of memory for ${input.byteLength}`;
  else if (outcome === "read") problem ??= wrongIn(value) ?? (await changedAgain(target, value, input));
  return { outcome, value, problem, time, memory };
}

const collectGarbage = ((): (() => void) => {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
})();

function problemOf(target: Target, error: unknown): string | undefined {
  if (!(error instanceof CoatcheckError)) return `it threw ${shown(error)}`;
  if (!target.allows(error))
    return `it threw ${error.name} ${error.code}: ${error.message.slice(0, 300)}, because of ${shown(error.cause)}`;
  return error.message.length > MAX_MESSAGE ? `the message has ${error.message.length} characters` : undefined;
}

function shown(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.stack?.slice(0, 700)}${error.cause === undefined ? "" : `\ncaused by ${shown(error.cause)}`}`;
}

/** What was read can be written, and is the same when it is read again. */
async function changedAgain({ again }: Target, value: unknown, input: Uint8Array): Promise<string | undefined> {
  if (again === undefined || input.byteLength > MAX_AGAIN) return undefined;
  try {
    const difference = firstDifference((await again(value)).value, value);
    return difference === undefined ? undefined : `written and read again it is another value: ${difference}`;
  } catch (error) {
    return `it cannot be written and read again: ${shown(error)}`;
  }
}
