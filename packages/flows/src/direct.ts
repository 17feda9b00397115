import { ended, reportFailures, settleChildren } from "./children.ts";
import type { Limiter } from "./limiter.ts";
import { failure, unpersisted } from "./outcome.ts";
import { Attempt } from "./attempt.ts";
import type { Run } from "./run.ts";
import { State } from "./state.ts";

/** Performs a run of which nothing is kept, repeated or told apart, and to which nobody listens; never rejects. */
export async function executeDirectly(run: Run, limiter?: Limiter): Promise<State> {
  const { host } = run.parent!;
  host.children.add(run);
  if (host.closed !== undefined) run.dismiss(host);
  const turn = limiter !== undefined && (limiter.take() || (await limiter.wait(run)));
  run.count = 1;
  const attempt = new Attempt(run);
  try {
    if (run.cancelled !== undefined) throw run.cancelled;
    run.phase = "Running";
    run.current = attempt;
    const value = await attempt.call();
    if (attempt.submitted !== undefined) await settleChildren(attempt);
    run.end(new State({ type: "Completed", run: run.name, data: unpersisted(run, value) }));
  } catch (error) {
    if (attempt.submitted !== undefined) await settleChildren(attempt);
    run.end(await failure(run, { at: "calling", place: undefined }, run.cancelled ?? error));
  }
  run.current = undefined;
  if (turn) limiter!.release();
  host.children.delete(run);
  if (attempt.submitted !== undefined) reportFailures(attempt);
  ended(run, run.final!);
  return run.final!;
}
