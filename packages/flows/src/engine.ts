import { ConfigurationError, PersistedResult } from "@coatcheck/core";
import { loadSettings } from "@coatcheck/core/settings";
import { callWithRetries } from "./call-with-retries.ts";
import { computeCached } from "./cached.ts";
import { ended } from "./children.ts";
import { Future } from "./future.ts";
import { identify, standFor } from "./identity.ts";
import { isStream, keep } from "./keep.ts";
import type { Limiter } from "./limiter.ts";
import { completed, failure, NotReady, type Outcome, type Progress, unpersisted } from "./outcome.ts";
import { makePlan } from "./plan.ts";
import { watchRuns } from "./progress/watch.ts";
import { errorOf } from "./returned.ts";
import type { Run } from "./run.ts";
import { isInOtherCopy } from "./scope.ts";
import { State } from "./state.ts";
import { openPlace } from "./stores.ts";
import { hasUpstream, replaceUpstream, type Upstream, upstreamOf } from "./upstream.ts";

/** Performs a run, from the call to its end; never rejects. What tells it from other runs is settled before it waits for anything. */
export async function execute(run: Run, limiter?: Limiter): Promise<Outcome> {
  const host = run.parent?.host;
  run.calledAt = Date.now();
  if (run.plan?.identified === true) run.identity = identify(run);
  if (host?.closed !== undefined) run.dismiss(host);
  host?.children.add(run);
  const progress: Progress = { at: "preparing", place: undefined };
  let turn = false;
  try {
    if (host === undefined) watchRuns();
    if (host === undefined && isInOtherCopy()) warnOfCopies(run);
    run.announce("created", "Pending");
    turn = limiter !== undefined && (limiter.take() || (await limiter.wait(run)));
    const outcome = await perform(run, progress);
    return over(run, outcome);
  } catch (error) {
    return over(run, { state: await failure(run, progress, error) });
  } finally {
    if (turn) limiter!.release();
    host?.children.delete(run);
  }
}

async function perform(run: Run, progress: Progress): Promise<Outcome> {
  const { definition } = run;
  const { options } = definition;
  throwIfCancelled(run);
  if (run.plan === undefined) {
    run.loaded = await loadSettings();
    run.plan = makePlan(definition, run.around, run.loaded);
  }
  const { decision } = run.plan;
  if (hasUpstream(run.args)) await resolveInputs(run);
  const earlier = finishedBefore(run);
  if (earlier !== undefined) return { state: earlier };
  run.count = 1;
  if (needsStore(run)) progress.place = await openPlace(decision);
  if (decision.persist) run.key = definition.keyMaker?.make(run.keyContext());
  throwIfCancelled(run);

  if (options.cacheKey !== undefined) {
    const found = await computeCached(run, progress.place!, progress);
    if (found !== undefined) return completed(run, found.result, found.cached);
  }

  progress.at = "calling";
  const value = await callWithRetries(run);
  progress.at = "keeping";
  if (!decision.persist) return { ...completed(run, unpersisted(run, value)), held: { value } };
  const inMemory = options.cacheResultInMemory !== false;
  const result = await keep(progress.place!.store, value, { key: run.key, inMemory, signal: undefined });
  const outcome = completed(run, result);
  // A stream has been read by now: whoever wants it opens it anew.
  return isStream(value) ? outcome : { ...outcome, held: { value } };
}

/** Where the arguments have futures or states, puts in their values. */
async function resolveInputs(run: Run): Promise<void> {
  const values = new Map<Upstream, unknown>();
  const pending = Promise.all(
    upstreamOf(run.args).map(async (upstream) => {
      const state = upstream instanceof Future ? await upstream.wait() : upstream;
      if (!state.isCompleted()) throw new NotReady(await errorOf(state));
      values.set(upstream, await state.result());
    }),
  );
  await unlessCancelled(run, pending);
  run.args = replaceUpstream(run.args, (upstream) => values.get(upstream));
}

async function unlessCancelled<T>(run: Run, pending: Promise<T>): Promise<T> {
  const cancelled = new Promise<void>((resolve) => (run.onCancel = resolve));
  try {
    const value = await Promise.race([pending, cancelled]);
    throwIfCancelled(run);
    return value as T;
  } finally {
    run.onCancel = undefined;
    pending.catch(() => {});
  }
}

function throwIfCancelled({ cancelled }: Run): void {
  if (cancelled !== undefined) throw cancelled;
}

/** A flow that is retried finds here what its child gave in an attempt before. */
function finishedBefore(run: Run): State | undefined {
  const { parent, identity } = run;
  if (identity === undefined || parent!.runCount === 1) return undefined;
  const result = parent!.run.finished?.get(identity);
  if (result === undefined) return undefined;
  if (result.kind === "unpersisted") throw notKept(run);
  run.announce("completed", "Completed", "It had completed before its flow was retried.");
  const state = new State({
    type: "Completed",
    run: run.name,
    data: result instanceof PersistedResult ? result.clone() : result,
  });
  standFor(state, run);
  return state;
}

function notKept({ definition, parent }: Run): ConfigurationError {
  const flow = parent!.run.definition;
  const message = `${definition.label} has persistResult: false, but ${flow.label}, in which it is called, has retries: ${flow.options.retries} and is being retried: the value that it gave before is needed, and was not kept. Remove persistResult: false, or the retries of the flow.`;
  return new ConfigurationError("InvalidOption", message);
}

/** Whether results may have to be kept, of the run or of what is called in it: then what is missing comes out before it begins. */
function needsStore({ definition, plan }: Run): boolean {
  if (plan!.decision.persist) return true;
  const { retries = 0, resultStorage, resultSerializer } = definition.options;
  return definition.kind === "flow" && (retries > 0 || resultStorage !== undefined || resultSerializer !== undefined);
}

let hasWarned = false;

function warnOfCopies(run: Run): void {
  if (hasWarned) return;
  hasWarned = true;
  const message = `${run.definition.label} is called in a run, or in settings, of another copy of @coatcheck/flows, and knows nothing of them: where results are kept is not inherited, and futures are not waited for. See npm ls @coatcheck/flows, and have one version.`;
  run.announce("warning", "Pending", message);
}

function over(run: Run, outcome: Outcome): Outcome {
  run.end(outcome.state);
  ended(run, outcome.state);
  return outcome;
}
