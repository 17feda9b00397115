import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Values } from "../report.ts";
import { localWays } from "./local.ts";
import { keysOf, type Way } from "./way.ts";

/** What is done with many results, in the order in which it can be done. */
export const operations = ["write", "exists", "read", "list", "headers", "prune"] as const;
export type Operation = (typeof operations)[number];

const FLAG = "--count";
const FEW = 100;
const MANY = 700;
/** Calls that work with files. What the threads of a process tell each other is none of it. */
const TRACED = ["%file", "%desc"];

/** Whether the system calls of a process can be counted. */
export function canCount(): boolean {
  return spawnSync("strace", ["-V"]).status === 0;
}

/** Calls of the system that concern files, and fsyncs among them, for one result. */
export function systemCalls(folder: string, way: string, operation: Operation): Values {
  // Of many results less those of a few; of what needs results, less those of writing them: starting has no share.
  const [work, less] =
    operation === "write"
      ? [calls(folder, way, [], MANY), calls(folder, way, [], FEW)]
      : [calls(folder, way, [operation], MANY), calls(folder, way, [], MANY)];
  const results = operation === "write" ? MANY - FEW : MANY;
  return { "system calls": (work.all - less.all) / results, fsyncs: (work.fsyncs - less.fsyncs) / results };
}

/** Where this process was started to be counted: does what is to be counted, and resolves to true. */
export async function isCounted(): Promise<boolean> {
  const at = process.argv.indexOf(FLAG);
  if (at === -1) return false;
  const [folder, name, results, ...after] = process.argv.slice(at + 1) as [string, string, string, ...Operation[]];
  const way = localWays(folder).find((each) => each.name === name)!;
  const keys = keysOf(0, Number(results));
  for (const operation of ["write" as const, ...after]) await (way[operation] as NonNullable<Way["write"]>)(keys);
  return true;
}

function calls(
  base: string,
  way: string,
  after: readonly Operation[],
  results: number,
): { all: number; fsyncs: number } {
  const folder = mkdtempSync(join(base, "counted-"));
  const output = `${folder}.calls`;
  try {
    const trace = ["-f", "-qq", "-y", "-e", `trace=${TRACED.join()}`, "-o", output];
    const self = [process.execPath, process.argv[1]!, FLAG, folder, way, String(results), ...after];
    execFileSync("strace", [...trace, ...self], { stdio: ["ignore", "ignore", "inherit"] });
    // A call that another thread's line cut in two begins with its arguments, and they name the file.
    const ours = readFileSync(output, "utf8")
      .split("\n")
      .filter((line) => line.includes(folder) && !line.includes("execve("));
    return { all: ours.length, fsyncs: ours.filter((line) => /^\d+ +f(?:data)?sync\(/.test(line)).length };
  } finally {
    rmSync(output, { force: true });
    rmSync(folder, { recursive: true, force: true });
  }
}
