import { ConfigurationError } from "@coatcheck/core";
import type { LoadedSettings } from "@coatcheck/core/settings";
import { decide, type Decision, type Subject } from "./decision.ts";
import type { Definition } from "./definition.ts";
import type { Scope } from "./scope.ts";
import { settingsInForce } from "./settings.ts";

/** What has been decided for the calls of one flow or task in one place. */
export interface Plan {
  readonly decision: Decision;
  /** The function is called, and that is all: nothing is kept, repeated, limited or told apart. */
  readonly direct: boolean;
  /** Whether the calls are told apart, since the flow around may be retried. */
  readonly identified: boolean;
  /** Why the result is not persisted, for whoever asks for it later. */
  readonly whyNot: string;
  /** Counts the calls of its name, for the names of runs. */
  readonly calls: { next: number };
}

/** The plan for a flow or task in a scope with settings. Throws where another function has its name in this flow run. */
export function planFor(definition: Definition, scope: Scope, loaded: LoadedSettings): Plan {
  let plan = scope.plans.get(definition);
  if (plan === undefined) scope.plans.set(definition, (plan = makePlan(definition, scope, loaded)));
  return plan;
}

/** The same, decided anew: for outermost runs, whose settings may have changed since the last. */
export function makePlan(definition: Definition, scope: Scope | undefined, loaded: LoadedSettings): Plan {
  const decision = decisionFor(definition, scope, loaded);
  const { kind, options } = definition;
  const parent = scope?.attempt;
  const inFlow = parent?.kind === "flow";
  const identified = inFlow && (parent.run.definition.options.retries ?? 0) > 0;
  const plain = !decision.persist && (options.retries ?? 0) === 0 && options.timeout === undefined;
  const entry = parent?.callsOf(definition);
  if (inFlow && entry!.fn !== definition.fn) throw sameName(definition, parent.run.definition.label);
  const direct = kind === "task" && plain && !identified;
  return { decision, direct, identified, whyNot: whyNot(decision), calls: entry?.calls ?? { next: 0 } };
}

function whyNot({ rule, because, from }: Decision): string {
  return ` is not persisted, by rule ${rule} (${because}; ${from}). To keep its result, give persistResult: true.`;
}

/** What the rules say for a flow or task that is called in a scope. */
export function decisionFor(subject: Subject, scope: Scope | undefined, loaded: LoadedSettings): Decision {
  const enclosing: Subject[] = [];
  for (let attempt = scope?.attempt; attempt !== undefined; attempt = attempt.parent)
    enclosing.push(attempt.run.definition);
  return decide(subject, { enclosing, settings: settingsInForce(loaded, scope?.overlay) });
}

function sameName({ kind, name }: Definition, flow: string): ConfigurationError {
  const message = `${flow} calls two different ${kind}s of the name ${JSON.stringify(name)}, which could not be told apart when it is retried or its results are cached. Give one of them another name: ${kind}(fn, { name: "…" }).`;
  return new ConfigurationError("InvalidOption", message);
}
