import { readFileSync } from "node:fs";
import { ownedName } from "@coatcheck/core/owner";

/** The name that a process with another id, or start, would have given: see `ownedName` of core. */
export function nameOf({ pid = process.pid, start }: { pid?: number; start?: string }): string {
  const [machine, , ownStart, rest] = ownedName().split(".");
  return `${machine}.${pid}.${start ?? ownStart}.${rest!.replace(/^....../, "ffffff")}`;
}

/** When a process was started, as its names have it. */
export function startOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]).toString(36);
}
