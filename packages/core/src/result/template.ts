import { ConfigurationError, StorageError } from "../errors.ts";
import { keyProblem } from "../storage/keys.ts";
import { quote, suggest } from "../text.ts";
import { formatDate, isDateFormat } from "./strftime.ts";

/** What a template's variables stand for, by name; a name may hold more names: `{parameters.user}`. */
export interface TemplateVariables {
  readonly [name: string]: unknown;
}

/**
 * What a variable is: told apart so that a format that cannot fit it is refused when the template is made. `any` shows only
 * when it is rendered; a table names the members that there are.
 */
export type TemplateVariableKind = "text" | "number" | "date" | "any" | TemplateVariableTable;

/** The variables that there are, by name. */
export interface TemplateVariableTable {
  readonly [name: string]: TemplateVariableKind;
}

interface Variable {
  /** As it stands in the template. */
  readonly text: string;
  readonly path: readonly string[];
  readonly format: string | undefined;
}

/**
 * A template of keys: `{date:%Y-%m-%d}/{task_name}.json`. `{name}`, `{name.part}` or `{name[part]}` is a variable, in
 * snake_case or camelCase; after a colon stands its format: strftime for a date (in UTC), `03d` for a whole number. `{{` and
 * `}}` are braces. A value cannot choose a folder: `/`, `\`, `%` and control characters in it are percent-encoded.
 *
 * The text is checked when it is made: an unknown name, a bad format, a template of which no key can come, are
 * `InvalidTemplate`.
 */
export class KeyTemplate {
  readonly text: string;
  readonly #parts: readonly (string | Variable)[];

  /** `known` are the names that a variable may begin with, or a table of what they are. */
  constructor(text: string, known: readonly string[] | TemplateVariableTable) {
    if (typeof text !== "string") throw invalid(String(text), "it is no text");
    this.text = text;
    this.#parts = parse(text);
    const table = Array.isArray(known) ? Object.fromEntries(known.map((name) => [name, "any"])) : known;
    for (const part of this.#parts) if (typeof part !== "string") checkVariable(text, part, table);
    const sample = this.#parts.map((part) => (typeof part === "string" ? part : "x")).join("");
    const problem = keyProblem(sample);
    if (problem !== undefined) throw invalid(text, `no key can come of it: ${problem}`);
  }

  /** The key for these values. A value that is missing or does not fit its format is `InvalidTemplate`. */
  render(variables: TemplateVariables): string {
    const key = this.#parts
      .map((part) =>
        typeof part === "string" ? part : formatValue(this.text, part, lookUp(this.text, part, variables)),
      )
      .join("");
    const problem = keyProblem(key);
    if (problem === undefined) return key;
    const detail = `the template ${quote(this.text)} gives it, but ${problem}.`;
    throw new StorageError({ code: "InvalidKey", detail, key });
  }
}

function invalid(text: string, why: string): ConfigurationError {
  return new ConfigurationError("InvalidTemplate", `The key template ${quote(text)} cannot work: ${why}.`);
}

function parse(text: string): readonly (string | Variable)[] {
  const parts: (string | Variable)[] = [];
  const pattern = /\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+/g;
  for (const [token, inner] of text.matchAll(pattern)) {
    if (token === "{{" || token === "}}") parts.push(token[0]!);
    else if (inner !== undefined) parts.push(parseVariable(text, inner));
    else if (token === "{" || token === "}")
      throw invalid(text, `a ${token} stands alone; write ${token}${token} for the character`);
    else parts.push(token);
  }
  return parts;
}

function parseVariable(text: string, inner: string): Variable {
  const colon = inner.indexOf(":");
  const name = colon < 0 ? inner : inner.slice(0, colon);
  const path = name.replace(/\[([^[\].]+)\]/g, ".$1").split(".");
  if (!path.every((part) => /^[\p{L}\p{N}_$-]+$/u.test(part))) throw invalid(text, `{${inner}} is no variable`);
  return { text: `{${inner}}`, path, format: colon < 0 ? undefined : inner.slice(colon + 1) };
}

function checkVariable(text: string, { text: variable, path, format }: Variable, table: TemplateVariableTable): void {
  let kind: TemplateVariableKind = table;
  for (const [depth, name] of path.entries()) {
    if (kind === "any") break;
    if (typeof kind === "string")
      throw invalid(text, `${variable} has no parts: ${path.slice(0, depth).join(".")} is a ${kind}`);
    const names: readonly string[] = Object.keys(kind);
    const found = names.find((known) => known === name) ?? names.find((known) => camelCase(known) === camelCase(name));
    if (found === undefined) {
      const before = path
        .slice(0, depth)
        .map((part) => `${part}.`)
        .join("");
      throw invalid(text, `there is no variable ${quote(before + name)}. ${suggest(name, names).slice(0, -1)}`);
    }
    kind = kind[found]!;
  }
  if (typeof kind !== "string")
    throw invalid(text, `${variable} is more than one value. Known: ${Object.keys(kind).join(", ")}`);
  if (format === undefined) return;
  const ofDate = isDateFormat(format);
  if (!ofDate && !/^(?:0?\d{1,2})?d$/.test(format)) {
    throw invalid(text, `the format of ${variable} is neither a date's (like %Y-%m-%d) nor a number's (like 03d)`);
  }
  if (kind !== "any" && kind !== (ofDate ? "date" : "number")) {
    throw invalid(text, `${variable} has a ${ofDate ? "date" : "number"}'s format, but it is a ${kind}`);
  }
}

function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function lookUp(text: string, { text: variable, path }: Variable, variables: TemplateVariables): unknown {
  let value: unknown = variables;
  for (const part of path) {
    // Own members only: no prototype is walked, and no getter of one is run.
    const names = typeof value === "object" && value !== null ? Object.keys(value) : [];
    const name = names.find((own) => own === part) ?? names.find((own) => camelCase(own) === camelCase(part));
    if (name === undefined) throw invalid(text, `${variable} has no value here`);
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

function formatValue(text: string, { text: variable, format }: Variable, value: unknown): string {
  const isDate = Object.prototype.toString.call(value) === "[object Date]";
  if (isDate && Number.isNaN((value as Date).getTime())) throw invalid(text, `${variable} is an invalid date`);
  if (format === undefined) {
    if (isDate) return (value as Date).toISOString();
    if (typeof value === "string") return encode(value);
    if (["number", "bigint", "boolean"].includes(typeof value)) return String(value);
    throw invalid(
      text,
      `${variable} is ${value === null ? "null" : `a value of type ${typeof value}`}, of which no name can be made`,
    );
  }
  if (isDateFormat(format)) {
    // A / in the format is the template's own, and so a folder.
    if (isDate) return formatDate(value as Date, format).replaceAll("%", "%25");
    throw invalid(text, `${variable} has a date's format, but its value is no date`);
  }
  if (typeof value !== "bigint" && !Number.isSafeInteger(value)) {
    throw invalid(text, `${variable} has a number's format, but its value is no whole number`);
  }
  const [, zero, width] = /^(0?)(\d*)d$/.exec(format)!;
  const [, sign, digits] = /^(-?)(\d+)$/.exec(String(value))!;
  return zero === ""
    ? `${sign}${digits}`.padStart(Number(width))
    : sign + digits!.padStart(Number(width) - sign!.length, "0");
}

// A % too: else "a/b" and "a%2Fb" would get the same key.
function encode(value: string): string {
  return value.replace(/[/\\%\p{Cc}]/gu, encodeURIComponent);
}
