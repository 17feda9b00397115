import type { CheckedOptions } from "./option-check.ts";

/**
 * The arguments of a call by position (`0`), and by name: those of the option `parameterNames`, or of a single argument
 * that is a plain object.
 */
export function parametersOf(args: readonly unknown[], { parameterNames }: CheckedOptions): Record<string, unknown> {
  const [only] = args;
  // No prototype: `__proto__` is a name like any other here.
  const parameters = Object.create(null) as Record<string, unknown>;
  if (parameterNames === undefined && args.length === 1 && isPlainObject(only)) Object.assign(parameters, only);
  for (const [position, value] of args.entries()) parameters[position] = value;
  for (const [position, name] of (parameterNames ?? []).entries()) parameters[name] = args[position];
  return parameters;
}

/** Whether `value` is an object as `{ … }` makes it: nothing of a class, no array. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
