import type { Attempt } from "./attempt.ts";
import type { Run } from "./run.ts";
import type { State } from "./state.ts";

/** How many failures a warning names. */
const NAMED = 10;

/** What an attempt knows of the futures that were made in it. */
export interface Submitted {
  pending: number;
  /** Told when the last one is over. */
  whenOver: (() => void) | undefined;
  readonly failed: { readonly run: Run; readonly state: State }[];
}

/** Lets the attempt wait for a run before it is over; {@link ended} must be called in the end. */
export function submitTo(attempt: Attempt, run: Run): void {
  (attempt.submitted ??= { pending: 0, whenOver: undefined, failed: [] }).pending++;
  run.submittedTo = attempt.submitted;
}

/** Tells the attempt that a run was submitted to that it is over; where it has failed and nobody asks, that is reported. */
export function ended(run: Run, state: State): void {
  const { submittedTo } = run;
  if (submittedTo === undefined) return;
  if (!state.isCompleted() && !state.isCancelled() && !run.observed) submittedTo.failed.push({ run, state });
  if (--submittedTo.pending === 0) submittedTo.whenOver?.();
}

/** Waits until every run that was submitted in the attempt is over, those too that were submitted meanwhile. */
export async function settleChildren({ submitted }: Attempt): Promise<void> {
  while (submitted !== undefined && submitted.pending > 0) {
    await new Promise<void>((resolve) => (submitted.whenOver = resolve));
  }
}

/** Warns of runs that failed, whose future nobody has looked at. */
export function reportFailures(attempt: Attempt): void {
  const failed = attempt.submitted?.failed.filter(({ run }) => !run.observed) ?? [];
  if (failed.length === 0) return;
  const named = failed.slice(0, NAMED).map(({ run, state }) => `${run.name} (${state.name}: ${state.message})`);
  const more = failed.length > NAMED ? ` and ${failed.length - NAMED} more` : "";
  const what = failed.length === 1 ? "1 run failed whose future" : `${failed.length} runs failed whose futures`;
  const label = `${attempt.kind} run "${attempt.name}"`;
  attempt.run.announce(
    "warning",
    attempt.run.phase,
    `In ${label} ${what} nobody looked at: ${named.join("; ")}${more}.`,
  );
}
