import { createHash } from "node:crypto";
import { checkOptions, ConfigurationError, type OptionTable } from "@coatcheck/core";
import { UnhashableInput } from "../hash/errors.ts";
import { hashInputs } from "../hash/hash.ts";

/** What a cache key is made of: one call of a task. */
export interface CacheContext {
  readonly task: {
    readonly name: string;
    /** What tells the task from others in keys: its name, that of its function, or a hash of its source. */
    readonly key: string;
    /** The text of its function. */
    readonly source: string;
  };
  /** By position (`0`), and by name where there are names: of `parameterNames`, or of a single object argument. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** The arguments as they were given, futures and states resolved. */
  readonly args: readonly unknown[];
  /** The names of the arguments, in their order, where the task has the option. */
  readonly parameterNames: readonly string[];
  /** The flow run around the call; undefined for a task that is called on its own. */
  readonly flowRun: { readonly id: string } | undefined;
  readonly taskRun: { readonly id: string };
}

/** A part of a cache key: {@link inputs}, {@link taskSource}, {@link runId}. */
export interface CachePolicy {
  /** How it is written, as in `inputs()`. */
  readonly text: string;
  /** Its part of the key of one call. */
  readonly part: (context: CacheContext) => string;
}

/**
 * The option `cacheKey`: calls of equal keys are computed once. A policy, or a list of them, all of which must be equal;
 * they have the task's key in them, so that no two tasks meet. Or a function that gives the whole key, which other tasks may
 * give too; where it gives undefined, that call is not cached.
 */
export type CacheKey =
  CachePolicy | readonly CachePolicy[] | ((context: CacheContext) => string | undefined | Promise<string | undefined>);

/** Options of {@link inputs}. */
export interface InputsOptions {
  /** Parameters that do not count: by name, or by position from 0. */
  readonly exclude?: readonly (string | number)[];
}

// A text is refused below, which says what it should be.
const INPUTS_OPTIONS: OptionTable = { exclude: { type: ["object", "string"] } };

/**
 * Calls with equal arguments are one: see {@link hashInputs} for what is equal. An argument that cannot be told from others,
 * such as a function, fails the call before it has begun ({@link UnhashableInput}); `exclude` leaves it out.
 */
export function inputs(options: InputsOptions = {}): CachePolicy {
  checkOptions("inputs()", INPUTS_OPTIONS, options);
  const { exclude = [] } = options;
  const known = Array.isArray(exclude) && exclude.every((each) => typeof each === "string" || isPosition(each));
  if (!known) throw invalid('inputs(): exclude is a list of names or positions: inputs({ exclude: ["logger", 1] }).');
  const text = exclude.length === 0 ? "inputs()" : `inputs({ exclude: ${JSON.stringify(exclude)} })`;
  return { text, part: (context) => `inputs:${hashInputs(without(exclude, context))}` };
}

/**
 * A changed function is another task: its text is part of the key. What it calls and closes over is not in its text, and a
 * bundler may change the text of what has not changed.
 */
export function taskSource(): CachePolicy {
  return { text: "taskSource()", part: ({ task }) => `source:${sha256(task.source)}` };
}

/** Calls in one flow run are computed once, and no other run sees it. On its own, without a flow, every call is one of its own. */
export function runId(): CachePolicy {
  return { text: "runId()", part: ({ flowRun, taskRun }) => `run:${flowRun?.id ?? taskRun.id}` };
}

/** Throws {@link ConfigurationError} `InvalidOption` where `cacheKey` is none; `label` is the task, as in `Task "extract"`. */
export function checkCacheKey(cacheKey: unknown, label: string): asserts cacheKey is CacheKey {
  const uncalled = [inputs, taskSource, runId].find((policy) => policy === cacheKey);
  if (uncalled !== undefined) {
    throw invalid(`${label}: cacheKey is the policy itself; call it: cacheKey: ${uncalled.name}().`);
  }
  if (typeof cacheKey === "function" || isPolicy(cacheKey)) return;
  if (Array.isArray(cacheKey) && cacheKey.length > 0 && cacheKey.every(isPolicy)) return;
  throw invalid(
    `${label}: cacheKey is a policy (inputs()), a list of policies ([inputs(), taskSource()]), or a function that gives the key.`,
  );
}

/** How a cache key is written, for explanations. */
export function describeCacheKey(cacheKey: CacheKey): string {
  if (typeof cacheKey === "function") return "a function";
  return isPolicy(cacheKey) ? cacheKey.text : `[${cacheKey.map(({ text }) => text).join(", ")}]`;
}

/**
 * The key of one call; undefined where a function says that it is not cached. Throws what the function throws,
 * {@link ConfigurationError} where it gives no text, {@link UnhashableInput} where the inputs cannot be told from others.
 */
export async function cacheKeyOf(cacheKey: CacheKey, context: CacheContext): Promise<string | undefined> {
  const { task } = context;
  if (typeof cacheKey === "function") {
    const key: unknown = await cacheKey(context);
    if (key === undefined || (typeof key === "string" && key !== "" && !LONE_SURROGATE.test(key))) return key;
    throw invalid(
      `Task "${task.name}": the function cacheKey gave ${described(key)}. Give a text, or undefined to not cache.`,
    );
  }
  const policies = isPolicy(cacheKey) ? [cacheKey] : cacheKey;
  try {
    return JSON.stringify([task.key, ...policies.map((policy) => partOf(policy, context)).sort()]);
  } catch (error) {
    if (!(error instanceof UnhashableInput)) throw error;
    const label = `Task "${task.name}" cannot be cached by its inputs`;
    throw new UnhashableInput({ path: error.path, reason: error.reason, label, cause: error.cause });
  }
}

// UTF-8 has none of them, so that keys which differ there only would be one.
const LONE_SURROGATE = /\p{Surrogate}/u;

function described(given: unknown): string {
  if (given === "") return "an empty text";
  if (typeof given === "string") return `${JSON.stringify(given)}, which has half of a character (a lone surrogate)`;
  return given === null ? "null" : given instanceof Promise ? "a promise" : `a value of type ${typeof given}`;
}

// A policy may be a user's own: what is no text would be the same for all calls.
function partOf({ text, part }: CachePolicy, context: CacheContext): string {
  const given: unknown = part(context);
  if (typeof given === "string") return given;
  throw invalid(`Task "${context.task.name}": the policy ${text} gave ${described(given)}. Its part gives a text.`);
}

// An argument that does not count is as if it had not been given; later ones keep their places.
function without(exclude: readonly (string | number)[], { args, parameterNames }: CacheContext): readonly unknown[] {
  if (exclude.length === 0) return args;
  const kept = args.slice();
  for (const each of exclude) {
    const position = typeof each === "number" ? each : parameterNames.indexOf(each);
    if (position >= 0) {
      if (position < kept.length) kept[position] = EXCLUDED;
    } else if (args.length === 1 && isPlain(args[0])) {
      const { [each]: _, ...rest } = kept[0] as Record<string, unknown>;
      kept[0] = rest;
    }
  }
  while (kept.at(-1) === EXCLUDED) kept.pop();
  return kept;
}

const EXCLUDED = Symbol.for("coatcheck.excluded");

function isPlain(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const prototype: object | null = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function isPosition(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0;
}

function isPolicy(value: unknown): value is CachePolicy {
  return typeof (value as CachePolicy | null | undefined)?.part === "function";
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function invalid(message: string): ConfigurationError {
  return new ConfigurationError("InvalidOption", message);
}
