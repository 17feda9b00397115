import { ConfigurationError } from "../errors.ts";
import { isStorage, type Storage } from "../storage/storage.ts";
import { quote } from "../text.ts";
import type { BlockOptions, StorageName } from "./block-types.ts";
import { checkOptions } from "./options.ts";
import type { Plugin } from "./plugin.ts";
import { checkType, parseSlug } from "./slug.ts";
import { registry } from "./state.ts";

/**
 * Makes a plugin known by its type, in preference to a first-party package of that type. Registering the same plugin
 * again does nothing; another one of the same kind and type is `AlreadyRegistered`.
 */
export function register(plugin: Plugin): void {
  const { api, kind, type, options, open } = (plugin ?? {}) as Plugin;
  const isPlugin = (api as number) === 1 && typeof open === "function" && typeof options === "object";
  if (!isPlugin || !["storage", "serializer", "codec"].includes(kind)) {
    const message = `This is no plugin of Coatcheck (api ${String(api)}, kind ${quote(String(kind))}). Pass the default export of a plugin package: { api: 1, kind, type, options, open }.`;
    throw new ConfigurationError("InvalidPlugin", message);
  }
  checkType(kind, type);
  const there = registry.plugins.get(`${kind}:${type}`);
  if (there !== undefined && there !== plugin) {
    throw new ConfigurationError("AlreadyRegistered", `Another plugin is registered for ${kind} type ${quote(type)}.`);
  }
  registry.plugins.set(`${kind}:${type}`, plugin);
}

/**
 * Names a storage: afterwards `slug` (`type/name`) works wherever a storage is asked for, and counts before a block of the
 * same slug in the environment or in a file. Give a Storage, or the options of its type, which are checked when it is
 * first opened; a value in them may be `{ $env: "NAME" }` or `{ $file: "/path" }`, which is looked up then. A taken slug
 * is `AlreadyRegistered` without `overwrite`.
 */
export function registerBlock<const Slug extends string>(
  slug: StorageName<Slug>,
  block: Storage | BlockOptions<Slug>,
  options: { readonly overwrite?: boolean } = {},
): void {
  const { type } = parseSlug(slug);
  // Its options are checked with the plugin of their type, which is loaded when it is opened.
  if (typeof block !== "object" || block === null) checkOptions(`Block ${quote(slug)}`, {}, block);
  if (isStorage(block) && block.type !== type) {
    const message = `Block ${quote(slug)} is given a storage of type ${quote(block.type)}. Name it "${block.type}/…".`;
    throw new ConfigurationError("InvalidSlug", message);
  }
  if (registry.blocks.has(slug) && options.overwrite !== true) {
    const message = `Block ${quote(slug)} is registered already. Choose another name, or pass { overwrite: true }.`;
    throw new ConfigurationError("AlreadyRegistered", message);
  }
  registry.blocks.set(slug, block);
  registry.opened.delete(slug);
}
