import { ConfigurationError } from "../errors.ts";
import { withCodec } from "../serializer/pipeline.ts";
import type { Codec, Serializer } from "../serializer/serializer.ts";
import { memoryPlugin } from "../storage/memory.ts";
import { isStorage, type Storage } from "../storage/storage.ts";
import { quote, suggest } from "../text.ts";
import { firstPartyTypes, loadFirstParty } from "./first-party.ts";
import { checkOptions } from "./options.ts";
import type { CodecPlugin, Plugin, SerializerPlugin, StoragePlugin } from "./plugin.ts";
import { isUrl, parseSerializerName, parseSlug } from "./slug.ts";
import { registry } from "./state.ts";
import { configOf, parseStorageUrl } from "./url.ts";

/** The plugin of each kind. */
export interface PluginOf {
  readonly storage: StoragePlugin;
  readonly serializer: SerializerPlugin;
  readonly codec: CodecPlugin;
}

/** The storage that a URL or a slug names, opened anew. */
export async function openNamedStorage(named: string): Promise<Storage> {
  return await (isUrl(named) ? openUrl(named) : openBlock(named));
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
  const registered = registry.blocks.get(slug);
  if (registered !== undefined && isStorage(registered)) return registered;
  const { blockOf } = await import("../settings/blocks.ts");
  const block = blockOf(slug, registered);
  const plugin = await findPlugin("storage", type);
  const config = block.options(plugin);
  checkOptions(block.title, plugin.options, config);
  return await plugin.open(config, { origin: slug });
}

/** The serializer that a name gives, with the codecs in front of it. */
export async function openNamedSerializer(named: string): Promise<Serializer> {
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
  const id = `${kind}:${type}`;
  let found = registry.plugins.get(id) ?? builtIn ?? (await loadFirstParty(kind, type));
  if (found === undefined) {
    await (await import("../settings/plugins.ts")).registerPlugins();
    found = registry.plugins.get(id);
  }
  if (found !== undefined) return found as PluginOf[Kind];
  const types = [...registry.plugins.values()].filter((plugin) => plugin.kind === kind).map((plugin) => plugin.type);
  const known = [...new Set([...types, ...(kind === "storage" ? ["memory"] : []), ...firstPartyTypes(kind)])];
  const message = `There is no ${kind} type ${quote(type)}. ${suggest(type, known)} Your own: register(plugin), or name its package under "plugins" in coatcheck.config.json.`;
  throw new ConfigurationError("UnknownType", message);
}
