import { parseDuration, type Result } from "@coatcheck/core";
import { checkCacheStorage } from "./cache/entry.ts";
import { computeOnce } from "./cache/once.ts";
import { cacheKeyOf } from "./cache/policies.ts";
import { callWithRetries } from "./call-with-retries.ts";
import { persistently } from "./keep.ts";
import type { Progress } from "./outcome.ts";
import { parametersOf } from "./parameters.ts";
import type { Run } from "./run.ts";
import type { Place } from "./stores.ts";

/**
 * The result of a run whose task caches: from the cache, or computed by this run or by another one of the same key. Undefined
 * where the task's `cacheKey` says that this call is not cached.
 */
export async function computeCached(
  run: Run,
  place: Place,
  progress: Progress,
): Promise<{ readonly result: Result; readonly cached: boolean } | undefined> {
  const { options, name, label, source } = run.definition;
  checkCacheStorage(place.storage, label);
  const { cacheKey, cacheExpiration, refreshCache, cacheResultInMemory, parameterNames = [] } = options;
  const key = await cacheKeyOf(cacheKey!, {
    task: { name, key: name, source },
    parameters: parametersOf(run.args, options),
    args: run.args,
    parameterNames,
    flowRun: run.keyContext().flowRun,
    taskRun: { id: run.id },
  });
  // The function that gives the key may take its time.
  if (run.cancelled !== undefined) throw run.cancelled;
  if (key === undefined) return undefined;
  const controller = new AbortController();
  run.onCancel = () => controller.abort(run.cancelled);
  try {
    const { result, cached } = await computeOnce({
      store: await place.cache(),
      key,
      compute: async () => await during("calling", run, progress, async () => await callWithRetries(run)),
      keep: async (value, write) =>
        await during("keeping", run, progress, async () => await persistently(value, write, controller.signal)),
      expiration: cacheExpiration === undefined ? undefined : parseDuration(cacheExpiration, "cacheExpiration"),
      refresh: refreshCache === true,
      signal: controller.signal,
      resultKey: run.key,
      onDamage: (damage) =>
        run.announce("warning", "Pending", `${label} computes anew what is cached: ${damage.message}`),
    });
    if (cacheResultInMemory === false) result.release();
    return { result, cached };
  } catch (error) {
    if (!(error instanceof ThrownAt)) throw error;
    // It may have been another run of the same key: what that failed at is this one's failure too.
    progress.at = error.at;
    progress.caller = error.caller;
    throw error.thrown;
  } finally {
    run.onCancel = undefined;
  }
}

/** What was thrown, which may be anything, as told from what the cache fails at. */
class ThrownAt {
  readonly at: Progress["at"];
  readonly caller: Run;
  readonly thrown: unknown;
  constructor(at: Progress["at"], caller: Run, thrown: unknown) {
    this.at = at;
    this.caller = caller;
    this.thrown = thrown;
  }
}

async function during<R>(at: Progress["at"], run: Run, progress: Progress, work: () => Promise<R>): Promise<R> {
  progress.at = at;
  try {
    return await work();
  } catch (error) {
    throw new ThrownAt(at, run, error);
  }
}
