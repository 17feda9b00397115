import type { AnyFunction } from "./definition.ts";
import type { Explanation } from "./explain.ts";
import type { Future } from "./future.ts";
import type { FlowOptions, TaskChanges } from "./options.ts";
import type { State } from "./state.ts";

/** An argument: a value, or a future or state that stands for one. */
export type Argument<T> = T | Future<T> | State<T>;

/** The arguments of a call: each may be a future or a state, and so may what is in an array or plain object among them. */
export type Arguments<Args extends readonly unknown[]> = {
  [Index in keyof Args]: Argument<Args[Index]> | Members<Args[Index]>;
};

type Members<T> = T extends readonly (infer Each)[]
  ? readonly Argument<Each>[]
  : T extends AnyFunction | Date | ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>
    ? T
    : T extends object
      ? { readonly [Name in keyof T]: Argument<T[Name]> }
      : T;

/** The value of a flow: a state or future that its function gives back stands for its value, and so does each in a list. */
export type Returned<T> = T extends Future<infer Value> | State<infer Value>
  ? Value
  : T extends readonly unknown[]
    ? { [Index in keyof T]: T[Index] extends Future<infer Value> | State<infer Value> ? Value : T[Index] }
    : T;

/** The value of a task: what its function gives, once it is there. */
export type TaskValue<F extends AnyFunction> = Awaited<ReturnType<F>>;

/** The value of a flow. */
export type FlowValue<F extends AnyFunction> = Returned<Awaited<ReturnType<F>>>;

// An async function keeps its own type, with its type parameters and overloads; any other one now gives a promise.
type Call<F extends AnyFunction, Value> = [ReturnType<F>, Promise<Value>] extends [
  Promise<infer Given>,
  Promise<infer Wanted>,
]
  ? [Given] extends [Wanted]
    ? F
    : (...args: Parameters<F>) => Promise<Value>
  : (...args: Parameters<F>) => Promise<Value>;

/** Options of `map`. */
export interface MapOptions {
  /** How many runs are under way at once, their results kept included. Default no limit. */
  readonly concurrency?: number;
}

/** What one can do with a flow or a task besides calling it. */
interface Runnable<Args extends readonly unknown[], Value> {
  /** As the call, but gives the state the run ended in: how it fails is in the state. */
  returnState(...args: Arguments<Args>): Promise<State<Value>>;
  /** Begins the run and gives a future at once. */
  submit(...args: Arguments<Args>): Future<Value>;
  /** Submits a run for each item, with the item as its only argument, and gives their futures in order. */
  map(items: [Args[0]] extends Args ? Iterable<Argument<Args[0]>> : never, options?: MapOptions): Future<Value>[];
  /**
   * Whether, where and how the result of a call made here would be persisted, by which rule, and what to change. Given the
   * arguments of the call, it says what depends on them too. Nothing is called.
   */
  explain(...args: Partial<Arguments<Args>>): Promise<Explanation>;
}

/**
 * A function as a task. Called in a flow it is a run of that flow, called on its own a run of its own; either way the call gives the
 * value, or throws what the function threw. Futures and states among the arguments are waited for.
 */
export type Task<F extends AnyFunction> = Call<F, TaskValue<F>> &
  ((...args: Arguments<Parameters<F>>) => Promise<TaskValue<F>>) &
  Runnable<Parameters<F>, TaskValue<F>> & {
    /** The same task with some options replaced; `null` resets one. Throws as {@link task} does. */
    withOptions(changes: TaskChanges): Task<F>;
  };

/** A function as a flow: as a {@link Task}, and what is called in it inherits from it. */
export type Flow<F extends AnyFunction> = Call<F, FlowValue<F>> &
  ((...args: Arguments<Parameters<F>>) => Promise<FlowValue<F>>) &
  Runnable<Parameters<F>, FlowValue<F>> & {
    /** The same flow with some options replaced; `null` resets one. Throws as {@link flow} does. */
    withOptions(changes: FlowOptions): Flow<F>;
  };
