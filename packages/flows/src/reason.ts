import { inspect } from "node:util";

/** What was thrown, in one line: `TypeError: no such user`. */
export function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return typeof thrown === "string" ? thrown : inspect(thrown, { depth: 1 });
  const plain = thrown.name === "Error" || thrown.name === "AggregateError";
  return plain && thrown.message !== "" ? thrown.message : `${thrown.name}: ${thrown.message}`;
}
