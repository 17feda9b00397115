import { inspect, types } from "node:util";

/** Whether `value` is an error, of this realm or another (`node:vm`). */
export function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}

/** What was thrown, in one line: `TypeError: no such user`. Never throws, whatever the members of an error do. */
export function reasonOf(thrown: unknown): string {
  try {
    return textOf(thrown);
  } catch {
    return "What was thrown cannot be shown: looking at it throws.";
  }
}

function textOf(thrown: unknown): string {
  if (!isError(thrown)) return typeof thrown === "string" ? thrown : inspect(thrown, { depth: 1 });
  const plain = thrown.name === "Error" || thrown.name === "AggregateError";
  return plain && thrown.message !== "" ? String(thrown.message) : `${String(thrown.name)}: ${thrown.message}`;
}
