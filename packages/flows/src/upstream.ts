import { Future } from "./future.ts";
import { isPlainObject } from "./parameters.ts";
import { State } from "./state.ts";

/** A run whose value is needed: what was given for it in the arguments of a call. */
export type Upstream = Future | State;

/** Whether `value` is a future or a state. */
export function isUpstream(value: unknown): value is Upstream {
  return value instanceof Future || value instanceof State;
}

function* members(value: unknown): Generator<unknown, void, void> {
  if (Array.isArray(value)) yield* value;
  else if (isPlainObject(value)) yield* Object.values(value);
}

/** Whether futures or states are among the arguments: as an argument, or in an array or plain object that is one. */
export function hasUpstream(args: readonly unknown[]): boolean {
  for (const arg of args) {
    if (typeof arg !== "object" || arg === null) continue;
    if (isUpstream(arg)) return true;
    if (Array.isArray(arg)) {
      for (const each of arg) if (typeof each === "object" && isUpstream(each)) return true;
    } else if (isPlainObject(arg)) {
      for (const name in arg) if (typeof arg[name] === "object" && isUpstream(arg[name])) return true;
    }
  }
  return false;
}

/** All futures and states among the arguments. */
export function upstreamOf(args: readonly unknown[]): readonly Upstream[] {
  return args.flatMap((arg) => (isUpstream(arg) ? [arg] : [...members(arg)].filter(isUpstream)));
}

/** The arguments with what `replace` gives for each future and state. */
export function replaceUpstream(
  args: readonly unknown[],
  replace: (upstream: Upstream) => unknown,
): readonly unknown[] {
  const one = (value: unknown): unknown => (isUpstream(value) ? replace(value) : value);
  return args.map((arg) => {
    if (isUpstream(arg)) return replace(arg);
    if (![...members(arg)].some(isUpstream)) return arg;
    if (Array.isArray(arg)) return arg.map(one);
    return Object.fromEntries(Object.entries(arg as object).map(([name, value]) => [name, one(value)]));
  });
}
