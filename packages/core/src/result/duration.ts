import { ConfigurationError } from "../errors.ts";
import { quote } from "../text.ts";

/** Milliseconds, or text: `"30s"`, `"5m"`, `"12h"`, `"30d"`. */
export type Duration = number | `${number}${"s" | "m" | "h" | "d"}`;

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration in milliseconds. Zero or less, and anything else, is `InvalidOption`; `name` is the option it was given for. */
export function parseDuration(duration: Duration, name: string): number {
  const match = typeof duration === "string" ? /^(\d+(?:\.\d+)?)([smhd])$/.exec(duration) : undefined;
  const ms = typeof duration === "number" ? duration : match ? Number(match[1]) * UNITS[match[2]!]! : NaN;
  if (!(ms > 0 && Number.isFinite(ms))) {
    throw new ConfigurationError(
      "InvalidOption",
      `${name}: ${quote(String(duration))} is not a duration. Give milliseconds above zero, or text like "30s", "5m", "12h", "30d".`,
    );
  }
  return ms;
}
