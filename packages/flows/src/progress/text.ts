import { printable } from "@coatcheck/core/tools";
import { type EndType, isEnd, type OpenRun, type Tally } from "./tally.ts";
import type { RunEvent } from "../events.ts";

/** Characters of a name or message that are shown. */
const MAX_LENGTH = 200;
/** Runs that are shown by name. */
const MAX_RUNS = 10;

/** What the live view shows now: a line for each running run, the oldest first, and one of all. */
export function frame(tally: Tally, now: number, columns: number, rows: number): string {
  const running = [...tally.open.values()].filter(({ started }) => started !== undefined);
  const tasks = running.filter(({ kind }) => kind === "task").length;
  const waiting = tally.open.size - running.length;
  const shown = running.slice(0, Math.max(1, Math.min(MAX_RUNS, rows - 4)));
  const lines = shown.map((run) => lineOf(run, now));
  if (running.length > shown.length) lines.push(`  … and ${running.length - shown.length} more`);
  lines.push([...countsOf(tally), ...counted(tasks, "running"), ...counted(waiting, "waiting")].join(", "));
  return lines.map((line) => (line.length < columns ? line : `${line.slice(0, columns - 2)}…`)).join("\n");
}

function lineOf(run: OpenRun, now: number): string {
  const attempt = run.attempt > 1 ? `, attempt ${run.attempt}` : "";
  const retrying = run.retrying ? ", waits for its next attempt" : "";
  return `${"  ".repeat(depthOf(run))}${oneLine(run.name)}  ${seconds(now - run.started!)}${attempt}${retrying}`;
}

function depthOf({ parent }: OpenRun): number {
  return parent === undefined ? 0 : Math.min(depthOf(parent), 9) + 1;
}

/** How all has ended, with the last event: `report-1 completed in 3.2 s (54 completed, 3 cached, 1 failed)`. */
export function summary(tally: Tally, event: RunEvent): string {
  const counts = countsOf(tally).join(", ");
  const took = seconds(event.timestamp - tally.since);
  if (tally.outermost > 1) return `${tally.outermost} runs in ${took}${counts === "" ? "" : ` (${counts})`}`;
  const own = event.kind === "task" || counts === "" ? "" : ` (${counts})`;
  return `${oneLine(event.name)} ${wordOf(event)} in ${took}${own}`;
}

/** An event as one line, as in `extract-3 failed after 1.2 s: no such file`. */
export function eventLine(event: RunEvent, run: OpenRun | undefined): string {
  if (event.type === "warning") return `warning: ${oneLine(event.message ?? "")}`;
  const attempt = event.type === "running" && event.attempt > 1 ? `, attempt ${event.attempt}` : "";
  const took = isEnd(event.type) && run !== undefined ? ` after ${duration(event.timestamp - run.created)}` : "";
  return `${oneLine(event.name)} ${wordOf(event)}${took}${attempt}${reasonOf(event)}`;
}

function wordOf({ type, state }: RunEvent): string {
  if (type === "failed") return state === "TimedOut" ? "timed out" : state === "Crashed" ? "crashed" : "failed";
  return type === "notReady" ? "not ready" : type === "cached" ? "found in the cache" : type;
}

function reasonOf({ message }: RunEvent): string {
  return message === undefined ? "" : `: ${oneLine(message)}`;
}

const WORDS: readonly (readonly [EndType, string])[] = [
  ["completed", "completed"],
  ["cached", "cached"],
  ["failed", "failed"],
  ["cancelled", "cancelled"],
  ["notReady", "not ready"],
];

function countsOf({ ended }: Tally): string[] {
  return WORDS.flatMap(([type, word]) => counted(ended.get(type) ?? 0, word));
}

function counted(count: number, word: string): string[] {
  return count === 0 ? [] : [`${count} ${word}`];
}

/** Text from the user's data, safe for a terminal: the first line of it, cut short, with what a terminal would obey escaped. */
function oneLine(text: string): string {
  const [line = ""] = text.trim().split(/[\r\n]/, 1);
  return printable((line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line).replaceAll("\t", " "));
}

/** `80 ms`, `1.8 s`, `1 min 05 s`. */
function duration(ms: number): string {
  return ms < 1000 ? `${Math.max(0, ms)} ms` : seconds(ms);
}

/** `0.8 s`, `1 min 05 s`: of what runs, where milliseconds would only flicker. */
function seconds(ms: number): string {
  const tenths = Math.round(Math.max(0, ms) / 100);
  if (tenths < 600) return `${(tenths / 10).toFixed(1)} s`;
  const whole = Math.floor(tenths / 10);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}
