import {
  NoResult,
  PersistedResult,
  type Result,
  ResultError,
  SerializationError,
  UnpersistedResult,
} from "@coatcheck/core";
import { keepError } from "./error-result.ts";
import { RunTimedOut } from "./errors.ts";
import { standFor } from "./identity.ts";
import { reasonOf } from "./reason.ts";
import type { Run } from "./run.ts";
import { State, type StateType } from "./state.ts";
import type { Place } from "./stores.ts";

/** How a run ended. */
export interface Outcome {
  readonly state: State;
  /** The value, where it is at hand: for the caller, whether or not the state holds it. */
  readonly held?: { readonly value: unknown };
}

/** What the run is at, which says what a failure means. */
export interface Progress {
  at: "preparing" | "calling" | "keeping";
  place: Place | undefined;
  /** The run whose function was called, where that is another one of the same cache key. */
  caller?: Run;
}

/** An upstream run has no value. */
export class NotReady {
  readonly error: unknown;
  constructor(error: unknown) {
    this.error = error;
  }
}

/** The run has its value. */
export function completed(run: Run, data: Result, cached = false): Outcome {
  const name = cached ? "Cached" : "Completed";
  const state = new State({ type: "Completed", name, run: run.name, data });
  if (run.identity !== undefined) {
    standFor(state, run);
    // Without the value: what this attempt does to it must not reach the next, which reads it anew.
    const kept = data instanceof PersistedResult ? data.clone() : data;
    (run.parent!.run.finished ??= new Map()).set(run.identity, kept);
  }
  run.announce(cached ? "cached" : "completed", "Completed");
  return { state };
}

/** The run has ended without a value; its error is kept where its value would have been. */
export async function failure(run: Run, progress: Progress, error: unknown): Promise<State> {
  if (error instanceof NotReady) {
    const message = `A run that it needs the value of has none: ${reasonOf(error.error)}`;
    run.announce("notReady", "Pending", message);
    return new State({ type: "Pending", name: "NotReady", message, run: run.name, error: { thrown: error.error } });
  }
  const type = typeOfFailure(run, progress, error);
  const { place } = progress;
  let data: Result = new UnpersistedResult(error, `the error of run "${run.name}" is in the process it ran in only.`);
  if (place !== undefined && run.plan!.decision.persist && (type === "Failed" || type === "TimedOut")) {
    try {
      data = await keepError(place.store, run.plan!.decision.serializer.value, error);
    } catch (failed) {
      run.announce("warning", type, `The error of run "${run.name}" could not be kept: ${reasonOf(failed)}`);
    }
  }
  const message = reasonOf(error);
  run.announce(type === "Cancelled" ? "cancelled" : "failed", type, message);
  return new State({ type, message, run: run.name, data, error: { thrown: error } });
}

function typeOfFailure(run: Run, { at, caller = run }: Progress, error: unknown): StateType {
  if (run.cancelled !== undefined && error === run.cancelled) return "Cancelled";
  if (at === "calling") return error instanceof RunTimedOut && error.run === caller.id ? "TimedOut" : "Failed";
  // A value that cannot be kept is the function's own doing.
  const ofValue =
    error instanceof SerializationError || (error instanceof ResultError && error.code === "InvalidValue");
  return at === "keeping" && ofValue ? "Failed" : "Crashed";
}

/** The value of a run, in this process only. */
export function unpersisted(run: Run, value: unknown): UnpersistedResult {
  const held = run.definition.options.cacheResultInMemory === false ? NoResult : value;
  return new UnpersistedResult(held, `${run.name}${run.plan!.whyNot}`);
}
