import { printable } from "@coatcheck/core/tools";
import type { RunEvent, RunListener } from "../events.ts";
import { isEnd, Tally } from "./tally.ts";
import { eventLine } from "./text.ts";

/** One line of `COATCHECK_LOG=json`. */
export interface LogLine {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly event: RunEvent["type"];
  readonly kind: RunEvent["kind"];
  readonly id: string;
  readonly name: string;
  readonly definition: string;
  /** The run it was called in; absent for an outermost one. */
  readonly parentId?: string;
  readonly state: RunEvent["state"];
  /** Which call of the function it is, from 1; 0 before the first. */
  readonly attempt: number;
  /** Milliseconds since the run was created; present where it is over. */
  readonly elapsed?: number;
  readonly message?: string;
}

/** Writes each event as a line of JSON ({@link LogLine}). */
export function jsonLog(write: (text: string) => void): RunListener {
  const tally = new Tally();
  return (event) => {
    const run = tally.take(event);
    const { type, kind, id, name, definition, parentId, state, attempt, timestamp, message } = event;
    const line: LogLine = {
      time: new Date(timestamp).toISOString(),
      event: type,
      kind,
      id,
      name,
      definition,
      ...(parentId === undefined ? {} : { parentId }),
      state,
      attempt,
      ...(run !== undefined && isEnd(type) ? { elapsed: timestamp - run.created } : {}),
      ...(message === undefined ? {} : { message }),
    };
    write(`${printable(JSON.stringify(line))}\n`);
  };
}

/** Writes each event but `created` as a line for people. */
export function lineLog(write: (text: string) => void): RunListener {
  const tally = new Tally();
  return (event) => {
    const run = tally.take(event);
    if (event.type !== "created") write(`${new Date(event.timestamp).toISOString()} ${eventLine(event, run)}\n`);
  };
}
