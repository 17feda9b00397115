import type { CurrentRun } from "./attempt.ts";
import { currentScope } from "./scope.ts";

/**
 * The run of the flow or task whose code calls this, with its id, its attempt and its `signal`; undefined outside of any.
 * `fetch(url, { signal: currentRun()!.signal })` ends when the task is cancelled or out of time.
 */
export function currentRun(): CurrentRun | undefined {
  return currentScope()?.attempt;
}
