import { printable } from "@coatcheck/core/tools";
import type { StateType } from "./state.ts";

/** What happens to a run. */
export type RunEventType =
  /** The run is there: it has been called, and waits for its turn, its inputs or its storage. */
  | "created"
  /** Its function is called; again, with the next `attempt`, after every `retrying`. */
  | "running"
  /** An attempt has failed (`message` says how), and another one will follow. */
  | "retrying"
  /** It is over: its value came from the cache, and the function was not called. */
  | "cached"
  /** It is over, with a value. */
  | "completed"
  /** It is over, with an error: `state` is `Failed`, `Crashed` or `TimedOut`. */
  | "failed"
  /** It is over before its end, or before its start, for it was cancelled. */
  | "cancelled"
  /** It will not run, for an upstream run that it needs has no value: `state` is `Pending`. */
  | "notReady"
  /** Something that nobody waits for any more, but somebody should know; the run's state does not change. */
  | "warning";

/** One thing that happened to a run of a flow or a task. */
export interface RunEvent {
  readonly type: RunEventType;
  readonly kind: "flow" | "task";
  /** The run's id, a UUID. */
  readonly id: string;
  /** The run's own name, as in `extract-0`. */
  readonly name: string;
  /** The name of the flow or task, as in `extract`. */
  readonly definition: string;
  /** The id of the run it was called in; undefined for one that was called on its own. */
  readonly parentId: string | undefined;
  /** The state that the run is in now. */
  readonly state: StateType;
  /** Which call of the function it is, from 1; 0 before the first. */
  readonly attempt: number;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  /** What there is to say: why it failed, how long it waits for the next attempt. */
  readonly message: string | undefined;
}

/** Told of every event, at once and in order. What it throws is not caught: it must not throw. */
export type RunListener = (event: RunEvent) => void;

const listeners = new Set<RunListener>();

/** Calls `listener` for every event of every run in this process, until the function that is given back is called. */
export function onRunEvent(listener: RunListener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Whether anybody listens; where nobody does, events are not made. */
export function hasListeners(): boolean {
  return listeners.size > 0;
}

/** Tells all listeners. A warning that nobody would hear goes to the console. */
export function emit(event: RunEvent): void {
  if (listeners.size === 0 && event.type === "warning") console.warn(printable(event.message ?? ""));
  for (const listener of listeners) listener(event);
}
