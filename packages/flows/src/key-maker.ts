import {
  ConfigurationError,
  KeyTemplate,
  type TemplateVariableKind,
  type TemplateVariableTable,
} from "@coatcheck/core";
import { checkResultKey } from "@coatcheck/core/reserved";
import type { Definition } from "./definition.ts";
import type { KeyContext } from "./options.ts";

const FLOW_RUN = {
  id: "text",
  name: "text",
  flow_name: "text",
  run_count: "number",
  scheduled_start_time: "date",
} as const;
const TASK_RUN = { id: "text", name: "text", task_name: "text", run_count: "number" } as const;

/** Makes the key of a result from the option `resultStorageKey`, which is checked when the flow or task is defined. */
export class KeyMaker {
  readonly #make: (context: KeyContext) => string;

  private constructor(make: (context: KeyContext) => string) {
    this.#make = make;
  }

  /** The one of a definition; undefined where it has no such option. Throws `InvalidTemplate` on what can never work. */
  static of({ kind, label, options }: Pick<Definition, "kind" | "label" | "options">): KeyMaker | undefined {
    const { resultStorageKey: option, parameterNames } = options;
    if (option === undefined) return undefined;
    if (typeof option === "function") return new KeyMaker((context) => text(label, option(context)));
    const template = new KeyTemplate(option, variables(kind, parameterNames));
    return new KeyMaker((context) => template.render(values(context)));
  }

  /**
   * The key. Throws what a function of the user's throws, `InvalidTemplate` where a variable has no value, `InvalidKey`
   * where no result can be kept under what came out.
   */
  make(context: KeyContext): string {
    const key = this.#make(context);
    checkResultKey(key);
    return key;
  }
}

function text(label: string, key: unknown): string {
  if (typeof key === "string") return key;
  const given = key instanceof Promise ? "a promise" : key === null ? "null" : `a value of type ${typeof key}`;
  throw new ConfigurationError("InvalidOption", `${label}: the function resultStorageKey gave ${given}. Give a text.`);
}

function variables(kind: "flow" | "task", names: readonly string[] | undefined): TemplateVariableTable {
  const parameters: TemplateVariableKind =
    names === undefined
      ? "any"
      : Object.fromEntries([...names, ...names.keys()].map((name) => [String(name), "any" as const]));
  const ofBoth = {
    flow_run: { ...FLOW_RUN, parameters: "any" },
    parameters,
    date: "date",
    flow_name: "text",
    map_index: "number",
  } as const;
  return kind === "flow" ? ofBoth : { ...ofBoth, task_run: TASK_RUN, task_name: "text", task_run_id: "text" };
}

// Without a value where there is none: the template then says so.
function values({ date, parameters, flowRun, taskRun, mapIndex }: KeyContext): Record<string, unknown> {
  return {
    date,
    parameters,
    ...(flowRun === undefined ? {} : { flow_run: flowRun, flow_name: flowRun.flowName }),
    ...(taskRun === undefined ? {} : { task_run: taskRun, task_name: taskRun.taskName, task_run_id: taskRun.id }),
    ...(mapIndex === undefined ? {} : { map_index: mapIndex }),
  };
}
