import { ConfigurationError } from "../errors.ts";
import { quote, suggest } from "../text.ts";
import type { OptionSpec, OptionTable } from "./plugin.ts";

/**
 * Throws `UnknownOption` or `InvalidOption` where `config` does not fit `table`. `what` names the owner in the message,
 * as in `Storage type local`. Options that are undefined count as not given.
 */
export function checkOptions(what: string, table: OptionTable, config: object): void {
  if (typeof config !== "object" || config === null) {
    throw new ConfigurationError("InvalidOption", `${what}: options are an object, not ${String(config)}.`);
  }
  for (const [name, value] of Object.entries(config)) {
    const spec = Object.hasOwn(table, name) ? table[name] : undefined;
    if (spec === undefined) {
      const names = Object.keys(table);
      throw new ConfigurationError("UnknownOption", `${what} has no option ${quote(name)}. ${suggest(name, names)}`);
    }
    if (value !== undefined) checkOption(what, name, spec, value);
  }
  for (const [name, spec] of Object.entries(table)) {
    if (spec.required === true && (config as Record<string, unknown>)[name] === undefined) {
      throw new ConfigurationError("InvalidOption", `${what} needs the option ${quote(name)} (${expected(spec)}).`);
    }
  }
}

function checkOption(what: string, name: string, spec: OptionSpec, value: unknown): void {
  const type = value === null ? "null" : typeof value;
  const fits = typesOf(spec).includes(type);
  if (fits && (spec.values === undefined || spec.values.includes(value as string | number))) return;
  const given = spec.secret === true ? "what was given" : typeof value === "string" ? quote(value) : String(value);
  throw new ConfigurationError("InvalidOption", `${what}: option ${quote(name)} is ${expected(spec)}, not ${given}.`);
}

function expected(spec: OptionSpec): string {
  if (spec.values !== undefined) return `one of ${spec.values.map((value) => JSON.stringify(value)).join(", ")}`;
  return typesOf(spec)
    .map((type) => (type === "object" ? "an object" : `a ${type}`))
    .join(" or ");
}

function typesOf({ type }: OptionSpec): readonly string[] {
  return typeof type === "string" ? [type] : type;
}
