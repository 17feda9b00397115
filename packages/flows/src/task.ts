import { callable } from "./callable.ts";
import { type AnyFunction, Definition } from "./definition.ts";
import type { TaskOptions } from "./options.ts";
import type { Task } from "./task-types.ts";

/**
 * Makes a function a task: its result can be kept, cached and reused, and it can be retried, limited in time and cancelled. The
 * function may be async or not; it is called without `this`. Options are checked here: a name that is not known, a value
 * that cannot be, two options that contradict each other, a key template that can never work throw a ConfigurationError.
 */
export function task<F extends AnyFunction>(fn: F, options: TaskOptions = {}): Task<F> {
  return make(Definition.create("task", fn, options)) as Task<F>;
}

function make(definition: Definition): unknown {
  return callable(definition, (changes) => make(definition.with(changes)));
}
