import type { Duration, Serializer, Storage } from "@coatcheck/core";
import type { CacheKey } from "./cache/policies.ts";

/** What a function that makes a key, as `resultStorageKey`, is told. */
export interface KeyContext {
  readonly date: Date;
  /** By position (`0`), and by name where there are names: of `parameterNames`, or of a single object argument. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** The flow run: the nearest one around a task, or this run. Undefined for a task that is called on its own. */
  readonly flowRun: FlowRunVariables | undefined;
  /** The task run; undefined for a flow. */
  readonly taskRun: TaskRunVariables | undefined;
  /** The place in `map`, from 0; undefined for a call that is not mapped. */
  readonly mapIndex: number | undefined;
}

/** What keys can be made of, of a flow run. */
export interface FlowRunVariables {
  readonly id: string;
  readonly name: string;
  readonly flowName: string;
  /** Which attempt it is, from 1. */
  readonly runCount: number;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** When it was called. */
  readonly scheduledStartTime: Date;
}

/** What keys can be made of, of a task run. */
export interface TaskRunVariables {
  readonly id: string;
  readonly name: string;
  readonly taskName: string;
  /** Which attempt it is, from 1. */
  readonly runCount: number;
}

/** The wait before an attempt: always the same; one for each retry, the last for all further ones; or a function of the attempt that failed, from 1. */
export type RetryDelay = Duration | readonly Duration[] | ((attempt: number) => Duration);

/** Options that flows and tasks have in common. `null` resets an option in `withOptions`; undefined counts as not given. */
export interface RunOptions {
  /** The name, in messages, keys and for telling runs apart; default that of the function. */
  readonly name?: string | null | undefined;
  /** Names of the function's parameters, for `{parameters.user}` in templates. A single object argument brings its own. */
  readonly parameterNames?: readonly string[] | null | undefined;
  /** How many more times the function is called when it fails. Default 0. */
  readonly retries?: number | null | undefined;
  /** The wait before each retry. Default none. */
  readonly retryDelay?: RetryDelay | null | undefined;
  /** Spreads the waits: 0.5 makes each up to half longer, at random. Default 0. */
  readonly retryJitter?: number | null | undefined;
  /** Asked before a retry; false ends the run with the error at once. Default: every error is retried. */
  readonly retryIf?: ((error: unknown) => boolean | Promise<boolean>) | null | undefined;
  /** How long one call of the function may take before the run is `TimedOut`. Default no limit. */
  readonly timeout?: Duration | null | undefined;
  /** Whether the result is kept in storage. Without it, rules decide; `explain()` shows which. */
  readonly persistResult?: boolean | null | undefined;
  /** Where results are kept: a slug, a URL or a Storage. Inherited by what is called inside. */
  readonly resultStorage?: string | Storage | null | undefined;
  /** How results become bytes: a name or a Serializer. Inherited by what is called inside. */
  readonly resultSerializer?: string | Serializer | null | undefined;
  /** The key of the result: a template, or a function. Default a unique id. */
  readonly resultStorageKey?: string | ((context: KeyContext) => string) | null | undefined;
  /** False: the value is let go of once it is kept, and read again where it is needed. Default true; not inherited. */
  readonly cacheResultInMemory?: boolean | null | undefined;
}

/** What caching adds to a task. */
export interface CachingOptions {
  /** Runs of equal keys are computed once: a policy, as `inputs()`, or a function that gives the key, or undefined for no caching. */
  readonly cacheKey?: CacheKey | null | undefined;
  /** The age from which on what is in the cache is not used, but computed anew. Default: none. */
  readonly cacheExpiration?: Duration | null | undefined;
  /** True: computed anew, and the cache is overwritten. */
  readonly refreshCache?: boolean | null | undefined;
}

type SnakeCase<Name extends string> = Name extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${SnakeCase<Rest>}`
  : Name;

type InSnakeCase<Options> = { [Name in keyof Options as SnakeCase<Name & string>]: Options[Name] };

/** The options under both spellings, camelCase and snake_case. */
type Spelled<Options> = Options & InSnakeCase<Options>;

type NotGiven<Options> = { readonly [Name in keyof Options]?: null | undefined };

interface Kept {
  readonly persistResult?: true | null | undefined;
}

// Caching needs the result kept, and the options of caching need a key: the types say so too.
type Caching =
  | (Spelled<Omit<CachingOptions, "cacheKey">> &
      Spelled<Kept> & { readonly cacheKey: CacheKey; readonly cache_key?: undefined })
  | (Spelled<Omit<CachingOptions, "cacheKey">> &
      Spelled<Kept> & { readonly cache_key: CacheKey; readonly cacheKey?: undefined })
  | NotGiven<Spelled<CachingOptions>>;

/** Options of {@link flow}, in camelCase or snake_case. */
export type FlowOptions = Spelled<RunOptions>;

/** Options of {@link task}, in camelCase or snake_case. */
export type TaskOptions = Spelled<RunOptions> & Caching;

/** Options of a task's `withOptions`: those that are given replace those of the task, and contradictions are looked for again. */
export type TaskChanges = Spelled<RunOptions & CachingOptions>;
