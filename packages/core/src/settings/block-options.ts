import { ConfigurationError } from "../errors.ts";
import type { OptionTable, StoragePlugin } from "../registry/plugin.ts";
import { isPlainObject, isReference } from "./references.ts";
import { parseSlug } from "../registry/slug.ts";
import { configOf, parseStorageUrl } from "../registry/url.ts";
import { quote } from "../text.ts";
import { inCamelCase } from "./config-file.ts";
import type { FoundBlock } from "./find-block.ts";
import { host } from "./host.ts";
import { absolute } from "./load.ts";

/** What messages call a block. */
export function blockTitle({ slug, origin }: FoundBlock): string {
  return `Block ${quote(slug)} (${origin})`;
}

/**
 * The options of a block, named in camelCase, relative paths made absolute, references still in place. A secret that
 * stands there as it is, is refused.
 */
export function blockOptions(found: FoundBlock, plugin: StoragePlugin): Record<string, unknown> {
  const what = blockTitle(found);
  const options = typeof found.config === "string" ? fromUrl(what, found, plugin) : inCamelCase(what, found.config);
  for (const [name, value] of Object.entries(options)) {
    const spec = Object.hasOwn(plugin.options, name) ? plugin.options[name] : undefined;
    if (spec?.secret === true) checkSecret(what, name, value);
    options[name] = located(spec?.isPath === true, value, found.base);
  }
  return options;
}

/** The options with whatever is secret and no reference taken out, to be shown. Where no table is known, all of it. */
export function shownOptions(options: object, table: OptionTable | undefined): Record<string, unknown> {
  const hide = (value: unknown): unknown => {
    if (isReference(value)) return value;
    if (!isPlainObject(value)) return "(hidden)";
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, hide(each)]));
  };
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => {
      const spec = table !== undefined && Object.hasOwn(table, name) ? table[name] : undefined;
      const plain =
        spec !== undefined && spec.secret !== true && typeof value !== "object" && typeof value !== "function";
      return [name, plain ? value : hide(value)];
    }),
  );
}

function fromUrl(what: string, { slug, config }: FoundBlock, plugin: StoragePlugin): Record<string, unknown> {
  const { type, name } = parseSlug(slug);
  try {
    const parts = parseStorageUrl(config as string);
    if (parts.type === type) return configOf(parts, plugin.options);
    throw new ConfigurationError(
      "InvalidSlug",
      `its URL is of a storage of type ${quote(parts.type)}. Name it "${parts.type}/${name}".`,
    );
  } catch (cause) {
    if (!(cause instanceof ConfigurationError)) throw cause;
    throw new ConfigurationError(cause.code, `${what}: ${cause.message}`, { cause });
  }
}

function checkSecret(what: string, path: string, value: unknown): void {
  if (isReference(value) || value === null || value === undefined) return;
  if (isPlainObject(value)) {
    for (const [name, each] of Object.entries(value)) checkSecret(what, `${path}.${name}`, each);
    return;
  }
  const variable = path.replace(/[^A-Za-z0-9]+|(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase();
  throw new ConfigurationError(
    "InvalidOption",
    `${what}: option ${quote(path)} is secret, and files of settings are read by people and backed up as they are. Put it into a variable or a file of its own and refer to that: { "$env": "${variable}" } or { "$file": "/run/secrets/…" }.`,
  );
}

function located(isPath: boolean, value: unknown, base: string | undefined): unknown {
  const machine = host();
  if (isPath && typeof value === "string") return absolute(machine, value, base);
  if (isReference(value)) return "$file" in value ? { $file: absolute(machine, value.$file, base) } : value;
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, located(false, each, base)]));
}
