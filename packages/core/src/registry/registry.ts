import { ConfigurationError } from "../errors.ts";
import { shared } from "../environment.ts";
import { withCodec } from "../serializer/pipeline.ts";
import type { Codec, Serializer } from "../serializer/serializer.ts";
import { memoryPlugin } from "../storage/memory.ts";
import { Storage } from "../storage/storage.ts";
import { quote, suggest } from "../text.ts";
import { firstPartyTypes, loadFirstParty } from "./first-party.ts";
import { checkOptions } from "./options.ts";
import type { CodecPlugin, Plugin, SerializerPlugin, StoragePlugin } from "./plugin.ts";
import { isSlugPart, isUrl, parseSerializerName, parseSlug } from "./slug.ts";
import { configOf, parseStorageUrl } from "./url.ts";

interface PluginOf {
  readonly storage: StoragePlugin;
  readonly serializer: SerializerPlugin;
  readonly codec: CodecPlugin;
}

interface State {
  readonly plugins: Map<string, Plugin>;
  readonly blocks: Map<string, Storage | object>;
  readonly opened: Map<string, Promise<Storage>>;
}

// One registry for all copies of core in the process, so that it does not matter which of them a plugin imported.
const state: State = shared("registry.1", () => ({ plugins: new Map(), blocks: new Map(), opened: new Map() }));

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
  const there = state.plugins.get(`${kind}:${type}`);
  if (there !== undefined && there !== plugin) {
    throw new ConfigurationError("AlreadyRegistered", `Another plugin is registered for ${kind} type ${quote(type)}.`);
  }
  state.plugins.set(`${kind}:${type}`, plugin);
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
  if (state.blocks.has(slug) && options.overwrite !== true) {
    const message = `Block ${quote(slug)} is registered already. Choose another name, or pass { overwrite: true }.`;
    throw new ConfigurationError("AlreadyRegistered", message);
  }
  state.blocks.set(slug, block);
  state.opened.delete(slug);
}

/** The slugs of the blocks that are registered. */
export function registeredBlocks(): readonly string[] {
  return [...state.blocks.keys()];
}

/**
 * The storage that a slug or URL names; a Storage is given back as it is. Opening sends no request. Each is opened once
 * and kept. Throws {@link ConfigurationError}: `InvalidSlug`, `UnknownBlock`, `UnknownType`, `MissingPackage`, …
 */
export async function openStorage(named: string | Storage): Promise<Storage> {
  if (typeof named !== "string") return named;
  let opening = state.opened.get(named);
  if (opening === undefined) {
    opening = isUrl(named) ? openUrl(named) : openBlock(named);
    state.opened.set(named, opening);
    // A failure is not kept: the package may be installed or the block registered by the next call.
    opening.catch(() => state.opened.delete(named));
  }
  return await opening;
}

async function openUrl(url: string): Promise<Storage> {
  const parts = parseStorageUrl(url);
  const plugin = await findPlugin("storage", parts.type);
  const config = configOf(parts, plugin.options);
  checkOptions(`Storage type ${parts.type}`, plugin.options, config);
  return await plugin.open(config, { origin: url });
}

async function openBlock(slug: string): Promise<Storage> {
  const { type } = parseSlug(slug);
  const block = state.blocks.get(slug);
  if (block === undefined) {
    const message = `Block ${quote(slug)} is not registered. ${suggest(slug, registeredBlocks())} Register it: registerBlock(${quote(slug)}, …).`;
    throw new ConfigurationError("UnknownBlock", message);
  }
  if (block instanceof Storage) return block;
  const plugin = await findPlugin("storage", type);
  checkOptions(`Block ${slug}`, plugin.options, block);
  return await plugin.open(block, { origin: slug });
}

/** The serializer that a name gives (`"json"`, `"compressed/json"`); a Serializer is given back as it is. */
export async function openSerializer(named: string | Serializer): Promise<Serializer> {
  if (typeof named !== "string") return named;
  const parts = parseSerializerName(named);
  const last = await findPlugin("serializer", parts.at(-1)!);
  checkOptions(`Serializer type ${last.type}`, last.options, {});
  let serializer = await last.open({}, { origin: named });
  for (const type of parts.slice(0, -1).toReversed()) {
    serializer = withCodec(await openCodec(type, named), serializer);
  }
  return serializer;
}

/** The codec of a type, with no options. */
export async function openCodec(type: string, origin: string): Promise<Codec> {
  const plugin = await findPlugin("codec", type);
  checkOptions(`Codec type ${type}`, plugin.options, {});
  return await plugin.open({}, { origin });
}

/** The plugin of a type: what was registered, else what is built in, else the first-party package. `UnknownType` suggests. */
export async function findPlugin<Kind extends Plugin["kind"]>(kind: Kind, type: string): Promise<PluginOf[Kind]> {
  const builtIn = kind === "storage" && type === "memory" ? memoryPlugin : undefined;
  const found = state.plugins.get(`${kind}:${type}`) ?? builtIn ?? (await loadFirstParty(kind, type));
  if (found !== undefined) return found as PluginOf[Kind];
  const registered = [...state.plugins.values()].filter((plugin) => plugin.kind === kind).map((plugin) => plugin.type);
  const known = [...new Set([...registered, ...(kind === "storage" ? ["memory"] : []), ...firstPartyTypes(kind)])];
  const message = `There is no ${kind} type ${quote(type)}. ${suggest(type, known)} Your own: register(plugin).`;
  throw new ConfigurationError("UnknownType", message);
}
