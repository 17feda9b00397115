import type { Serializer, Storage } from "@coatcheck/core";

/** A value, and who says so: `task "extract"`, `environment variable COATCHECK_DEFAULT_STORAGE`. */
export interface Sourced<T> {
  readonly value: T;
  readonly from: string;
}

/** What of the options of a flow or task bears on persistence. Undefined: not given. */
export interface OwnOptions {
  readonly persistResult?: boolean | undefined;
  readonly cacheKey?: unknown;
  readonly cacheResultInMemory?: boolean | undefined;
  readonly retries?: number | undefined;
  readonly resultStorage?: string | Storage | undefined;
  readonly resultSerializer?: string | Serializer | undefined;
  readonly resultStorageKey?: unknown;
}

/** A flow or task, as far as the decision goes. */
export interface Subject {
  readonly kind: "flow" | "task";
  readonly name: string;
  readonly options: OwnOptions;
  /** Who gave an option: the definition, or `withOptions`. */
  from(option: keyof OwnOptions): string;
}

/** What is set around all flows. */
export interface PersistenceSettings {
  /** Undefined where nobody has set it. */
  readonly persistByDefault: Sourced<boolean> | undefined;
  readonly storage: Sourced<string | Storage>;
  readonly serializer: Sourced<string | Serializer>;
}

/** Where a flow or task is called. */
export interface PersistenceContext {
  /** The runs it is called in, the nearest first. */
  readonly enclosing: readonly Subject[];
  readonly settings: PersistenceSettings;
}

/** What one rule says. The rules are numbered as in the documentation; the lower number wins. */
export interface Claim {
  readonly rule: 1 | 2 | 3 | 4 | 5 | 6 | 7;
  readonly persist: boolean;
  /** What makes it apply: `retries: 2`. */
  readonly because: string;
  readonly from: string;
}

/** Whether, where and how a result is persisted, and why. */
export interface Decision extends Claim {
  /** The rules that apply too, and lost, in order. */
  readonly lost: readonly Claim[];
  readonly storage: Sourced<string | Storage>;
  readonly serializer: Sourced<string | Serializer>;
}

/** Decides for one flow or task in one place. It looks at nothing but what it is given. */
export function decide(subject: Subject, context: PersistenceContext): Decision {
  const [winner, ...lost] = claims(subject, context);
  return {
    ...winner!,
    lost,
    storage: inherited(subject, context, "resultStorage") ?? context.settings.storage,
    serializer: inherited(subject, context, "resultSerializer") ?? context.settings.serializer,
  };
}

function* claims(subject: Subject, { enclosing, settings }: PersistenceContext): Generator<Claim, void, void> {
  const { options, kind } = subject;
  const own = (rule: Claim["rule"], persist: boolean, option: keyof OwnOptions, text?: string): Claim => {
    const because = text ?? `${option}: ${String(options[option])}`;
    return { rule, persist, because, from: subject.from(option) };
  };

  if (options.persistResult !== undefined) yield own(1, options.persistResult, "persistResult");

  if (options.cacheKey !== undefined) yield own(2, true, "cacheKey", "cacheKey");
  else if (options.cacheResultInMemory === false) yield own(2, true, "cacheResultInMemory");
  else if (kind === "task" && (options.retries ?? 0) > 0) yield own(2, true, "retries");

  const [parent] = enclosing;
  if (parent?.kind === "flow" && (parent.options.retries ?? 0) > 0) {
    const because = `retries: ${parent.options.retries} of the flow it is called in`;
    yield { rule: 3, persist: true, because, from: parent.from("retries") };
  }

  const place = (["resultStorage", "resultSerializer", "resultStorageKey"] as const).find(
    (option) => options[option] !== undefined,
  );
  if (place !== undefined) yield own(4, true, place, place);

  const outer = enclosing.find((each) => each.kind === "flow" && each.options.persistResult !== undefined);
  if (outer !== undefined) {
    const persist = outer.options.persistResult!;
    yield { rule: 5, persist, because: `persistResult: ${persist} around it`, from: outer.from("persistResult") };
  }

  const { persistByDefault } = settings;
  if (persistByDefault !== undefined) {
    const because = `persistByDefault: ${persistByDefault.value}`;
    yield { rule: 6, persist: persistByDefault.value, because, from: persistByDefault.from };
  }

  yield { rule: 7, persist: false, because: "nothing asks for it", from: "default" };
}

function inherited<Option extends "resultStorage" | "resultSerializer">(
  subject: Subject,
  { enclosing }: PersistenceContext,
  option: Option,
): Sourced<NonNullable<OwnOptions[Option]>> | undefined {
  const giver = [subject, ...enclosing].find((each) => each.options[option] !== undefined);
  return giver && { value: giver.options[option]!, from: giver.from(option) };
}
