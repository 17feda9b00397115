import { ConfigurationError } from "../errors.ts";
import type { OptionSpec, OptionTable } from "../registry/plugin.ts";
import { quote } from "../text.ts";
import { isPlainObject, isReference } from "./references.ts";

/** Throws `InvalidOption` where options hold what JSON does not carry: functions, clients, dates, … */
export function checkStorable(slug: string, value: unknown, path = ""): void {
  if (value === undefined || value === null || typeof value === "string" || typeof value === "boolean") return;
  if (typeof value === "number" && Number.isFinite(value)) return;
  if (Array.isArray(value) || isPlainObject(value)) {
    const under = path === "" ? "" : `${path}.`;
    for (const [name, each] of Object.entries(value)) checkStorable(slug, each, `${under}${name}`);
    return;
  }
  const what = `Block ${quote(slug)}: option ${quote(path)} cannot be kept in a file.`;
  throw new ConfigurationError("InvalidOption", `${what} Leave it out, or define the block in code: registerBlock.`);
}

/** Options with something of the right type for each reference, for a check that looks nothing up. */
export function placeholders(options: Readonly<Record<string, unknown>>, table: OptionTable): Record<string, unknown> {
  const entries = Object.entries(options).map(([name, value]) => {
    const spec = Object.hasOwn(table, name) ? table[name] : undefined;
    return [name, isReference(value) && spec !== undefined ? placeholder(spec) : value] as const;
  });
  return Object.fromEntries(entries);
}

/** Whether any value in `value` is a reference. */
export function hasReference(value: unknown): boolean {
  if (isReference(value)) return true;
  return isPlainObject(value) && Object.values(value).some(hasReference);
}

function placeholder({ type, values }: OptionSpec): unknown {
  if (values !== undefined) return values[0];
  const [first] = typeof type === "string" ? [type] : type;
  return { string: "", number: 0, boolean: false, object: {}, function: () => undefined }[first!];
}
