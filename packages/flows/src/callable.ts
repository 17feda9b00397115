import { checkOptions, ConfigurationError, type OptionTable } from "@coatcheck/core";
import { submitTo } from "./children.ts";
import type { Definition } from "./definition.ts";
import { executeDirectly } from "./direct.ts";
import { execute } from "./engine.ts";
import { hasListeners } from "./events.ts";
import { explain, type Explanation } from "./explain.ts";
import { Future } from "./future.ts";
import { standFor } from "./identity.ts";
import { Limiter } from "./limiter.ts";
import type { Outcome } from "./outcome.ts";
import { planFor } from "./plan.ts";
import { Attempt } from "./attempt.ts";
import { Run } from "./run.ts";
import { currentScope } from "./scope.ts";
import type { State } from "./state.ts";
import type { MapOptions } from "./task-types.ts";
import { hasUpstream } from "./upstream.ts";

/** The function that stands for a definition, with its methods. */
export function callable(definition: Definition, withOptions: (changes: object) => unknown): unknown {
  const methods = {
    returnState: (...args: readonly unknown[]): Promise<State> => returnState(definition, args),
    submit: (...args: readonly unknown[]): Future => submit(begin(definition, args)),
    map: (items: Iterable<unknown>, options?: MapOptions): readonly Future[] => map(definition, items, options),
    explain: async (...args: readonly unknown[]): Promise<Explanation> =>
      await explain(definition, currentScope(), args),
    withOptions,
  };
  const run = (...args: readonly unknown[]): Promise<unknown> => call(definition, args);
  Object.defineProperty(run, "name", { value: definition.name, configurable: true });
  return Object.assign(run, methods);
}

/** A run of a call that is made here and now. Inside a run all is decided at once; outside, settings are loaded first. */
function begin(definition: Definition, args: readonly unknown[], mapIndex?: number): Run {
  const scope = currentScope();
  const plan = scope?.attempt === undefined ? undefined : planFor(definition, scope, scope.loaded!);
  return new Run(definition, scope, args, plan, mapIndex);
}

function isDirect(run: Run): boolean {
  return run.plan?.direct === true && !hasListeners() && !hasUpstream(run.args);
}

// No async function: where nothing is to be done but to call the function, its promise is given back as it is.
function call(definition: Definition, args: readonly unknown[]): Promise<unknown> {
  try {
    const run = begin(definition, args);
    const host = run.parent?.host;
    if (!isDirect(run) || host!.closed !== undefined) {
      const value = valueOf(execute(run));
      run.over = value;
      // Refused, for what it was called in had ended: nobody may be there to hear it.
      if (run.cancelled !== undefined) value.catch(() => {});
      return value;
    }
    run.count = 1;
    const value = new Attempt(run, host).call();
    return value instanceof Promise ? value : Promise.resolve(value);
  } catch (error) {
    return Promise.reject(error);
  }
}

async function valueOf(outcome: Promise<Outcome>): Promise<unknown> {
  const { state, held } = await outcome;
  return held === undefined ? await state.result() : held.value;
}

async function returnState(definition: Definition, args: readonly unknown[]): Promise<State> {
  const run = begin(definition, args);
  return await (run.over = stateOf(execute(run)));
}

function submit(run: Run, limiter?: Limiter): Future {
  // Before anybody waits for it: a getter among the arguments may throw.
  const direct = isDirect(run);
  if (run.parent !== undefined) submitTo(run.parent.host, run);
  const over = direct ? executeDirectly(run, limiter) : stateOf(execute(run, limiter));
  run.over = over;
  const future = new Future(run, over);
  standFor(future, run);
  return future;
}

async function stateOf(outcome: Promise<Outcome>): Promise<State> {
  return (await outcome).state;
}

const MAP_OPTIONS: OptionTable = { concurrency: { type: "number" } };

function map(definition: Definition, items: Iterable<unknown>, options: MapOptions = {}): readonly Future[] {
  checkOptions("map", MAP_OPTIONS, options);
  const { concurrency = Infinity } = options;
  if (!(concurrency === Infinity || (Number.isSafeInteger(concurrency) && concurrency > 0))) {
    throw invalid(`map: concurrency is ${concurrency}; give a whole number above zero.`);
  }
  if (typeof (items as Partial<Iterable<unknown>> | null | undefined)?.[Symbol.iterator] !== "function") {
    throw invalid(`${definition.label}: map needs a list of items. A future has none yet: give it the future's value.`);
  }
  const limiter = concurrency === Infinity ? undefined : new Limiter(concurrency);
  return Array.from(items, (item, index) => submit(begin(definition, [item], index), limiter));
}

function invalid(message: string): ConfigurationError {
  return new ConfigurationError("InvalidOption", message);
}
