import { type Duration, parseDuration } from "@coatcheck/core";
import { UsageError } from "./exit.ts";

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** A number of bytes for people: `1.2 MB`. */
export function byteText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 999.5 && unit < UNITS.length - 1; unit++) value /= 1000;
  return `${unit === 0 || value >= 99.5 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** A time for people, in UTC, to the minute: `2026-11-21 11:32`. */
export function timeText(time: Date): string {
  return time.toISOString().slice(0, 16).replace("T", " ");
}

/** A duration that a flag was given, in milliseconds: `30s`, `5m`, `12h`, `30d`. Who leaves out the unit may mean days. */
export function durationOf(flag: string, text: string): number {
  try {
    return parseDuration(text as Duration, flag);
  } catch {
    throw new UsageError(
      `${flag}: ${JSON.stringify(text)} is not a duration. Give one with its unit: 30s, 5m, 12h, 30d.`,
    );
  }
}

/** A number of things, with its noun: `1 result`, `2 results`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
