import { ConfigurationError } from "../errors.ts";
import { nodeBuiltin } from "../environment.ts";
import { quote } from "../text.ts";
import type { OptionSpec, OptionTable } from "../registry/plugin.ts";

/**
 * Stands for a value that is kept elsewhere: in an environment variable, or in a file, of which one newline at the end
 * does not count. It is looked up each time the storage is opened.
 */
export type SecretReference = { readonly $env: string } | { readonly $file: string };

/** Options, of which each value may be a {@link SecretReference}. */
export type Referable<T> =
  | T
  | SecretReference
  | (T extends (...given: never[]) => unknown
      ? T
      : T extends object
        ? { readonly [Name in keyof T]: Referable<T[Name]> }
        : T);

/** Whether `value` is a {@link SecretReference}. */
export function isReference(value: unknown): value is SecretReference {
  if (!isPlainObject(value)) return false;
  const names = Object.keys(value);
  return names.length === 1 && (names[0] === "$env" || names[0] === "$file") && typeof value[names[0]] === "string";
}

/** Whether `value` is an object as a literal or JSON makes it. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/**
 * The options with what their references stand for. `what` begins the message of `UnresolvedReference`, which names the
 * variable or the file, never what is in it.
 */
export function resolveReferences(what: string, table: OptionTable, config: object): Record<string, unknown> {
  const resolved = Object.entries(config).map(([name, value]) => {
    const spec = Object.hasOwn(table, name) ? table[name] : undefined;
    return [
      name,
      isReference(value) ? typed(what, name, spec, lookUp(what, name, value)) : inside(what, name, value),
    ] as const;
  });
  return Object.fromEntries(resolved);
}

function inside(what: string, path: string, value: unknown): unknown {
  if (isReference(value)) return lookUp(what, path, value);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, inside(what, `${path}.${name}`, each)]));
}

function lookUp(what: string, path: string, reference: SecretReference): string {
  const fail = (why: string, cause?: unknown): ConfigurationError =>
    new ConfigurationError("UnresolvedReference", `${what}: option ${quote(path)} refers to ${why}`, { cause });
  if ("$env" in reference) {
    const name = reference.$env;
    const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
    const text = process?.env?.[name];
    if (text !== undefined && text !== "") return text;
    throw fail(`the environment variable ${quote(name)}, which is ${text === "" ? "empty" : "not set"}. Set it.`);
  }
  let text: string | undefined;
  try {
    text = nodeBuiltin("fs")
      ?.readFileSync?.(reference.$file, "utf8")
      .replace(/\r?\n$/, "");
  } catch (cause) {
    const code = String((cause as { code?: string }).code);
    throw fail(
      `the file ${quote(reference.$file, 300)}, which cannot be read (${code}). Put it there, readable.`,
      cause,
    );
  }
  if (text !== undefined && text !== "") return text;
  throw fail(`the file ${quote(reference.$file, 300)}, which is empty.`);
}

// What is looked up is text; an option that cannot be text takes it as JSON.
function typed(what: string, name: string, spec: OptionSpec | undefined, text: string): unknown {
  const types = spec === undefined ? ["string"] : typeof spec.type === "string" ? [spec.type] : spec.type;
  if (types.includes("string")) return text;
  try {
    return JSON.parse(text);
  } catch {
    const message = `${what}: option ${quote(name)} is no text, so what it refers to has to be JSON, and it is not.`;
    throw new ConfigurationError("UnresolvedReference", message);
  }
}
