import { ConfigurationError } from "../errors.ts";
import type { Serializer } from "../serializer/serializer.ts";
import { Storage } from "../storage/storage.ts";
import { quote } from "../text.ts";
import type { Plugin } from "./plugin.ts";
import { isSlugPart, parseSlug } from "./slug.ts";
import { registry } from "./state.ts";

/**
 * Makes a plugin known by its type, in preference to a first-party package of that type. Registering the same plugin
 * again does nothing; another one of the same kind and type is `AlreadyRegistered`.
 */
export function register(plugin: Plugin): void {
  const { api, kind, type, open } = plugin;
  if ((api as number) !== 1 || !["storage", "serializer", "codec"].includes(kind) || typeof open !== "function") {
    const message = `This is no plugin of Coatcheck (api ${String(api)}, kind ${quote(String(kind))}). Pass the default export of a plugin package: { api: 1, kind, type, options, open }.`;
    throw new ConfigurationError("InvalidPlugin", message);
  }
  if (!isSlugPart(type) || (kind === "serializer" && type === "bytes")) {
    const message = `${quote(String(type))} cannot be the type of a plugin: lower-case letters, digits and single hyphens, and not "bytes".`;
    throw new ConfigurationError("InvalidPlugin", message);
  }
  const there = registry.plugins.get(`${kind}:${type}`);
  if (there !== undefined && there !== plugin) {
    throw new ConfigurationError("AlreadyRegistered", `Another plugin is registered for ${kind} type ${quote(type)}.`);
  }
  registry.plugins.set(`${kind}:${type}`, plugin);
}

/**
 * Names a storage: afterwards `slug` (`type/name`) works wherever a storage is asked for. Give a Storage, or the options
 * of its type, which are checked when it is first opened. A taken slug is `AlreadyRegistered` without `overwrite`.
 */
export function registerBlock(
  slug: string,
  block: Storage | object,
  options: { readonly overwrite?: boolean } = {},
): void {
  const { type } = parseSlug(slug);
  if (block instanceof Storage && block.type !== type) {
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

/**
 * The storage that a slug or URL names; a Storage is given back as it is. Opening sends no request. Each is opened once
 * and kept. Throws {@link ConfigurationError}: `InvalidSlug`, `UnknownBlock`, `UnknownType`, `MissingPackage`, …
 */
export async function openStorage(named: string | Storage): Promise<Storage> {
  if (typeof named !== "string") return named;
  let opening = registry.opened.get(named);
  if (opening === undefined) {
    opening = import("./by-name.ts").then(({ openNamedStorage }) => openNamedStorage(named));
    registry.opened.set(named, opening);
    // A failure is not kept: the package may be installed or the block registered by the next call.
    opening.catch(() => registry.opened.delete(named));
  }
  return await opening;
}

/** The serializer that a name gives (`"json"`, `"compressed/json"`); a Serializer is given back as it is. */
export async function openSerializer(named: string | Serializer): Promise<Serializer> {
  return typeof named === "string" ? await (await import("./by-name.ts")).openNamedSerializer(named) : named;
}
