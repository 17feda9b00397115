import { callable } from "./callable.ts";
import { type AnyFunction, Definition } from "./definition.ts";
import type { FlowOptions } from "./options.ts";
import type { Flow } from "./task-types.ts";

/**
 * Makes a function a flow: tasks and flows that it calls are runs of it, and inherit from it where and how results are kept. It
 * may give back a value, a state or future, or a list of these; it has failed if one of them has. With `retries` it is called again
 * when it fails, and what had completed in it is not computed again. Options are checked as those of {@link task}.
 */
export function flow<F extends AnyFunction>(fn: F, options: FlowOptions = {}): Flow<F> {
  return make(Definition.create("flow", fn, options)) as Flow<F>;
}

function make(definition: Definition): unknown {
  return callable(definition, (changes) => make(definition.with(changes)));
}
