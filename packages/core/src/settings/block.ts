import { ConfigurationError } from "../errors.ts";
import type { BlockOptions, StorageName } from "../registry/block-types.ts";
import { findPlugin } from "../registry/by-name.ts";
import { checkOptions } from "../registry/options.ts";
import type { StoragePlugin } from "../registry/plugin.ts";
import { parseSlug } from "../registry/slug.ts";
import { registry } from "../registry/state.ts";
import { isStorage } from "../storage/storage.ts";
import { quote } from "../text.ts";
import { blockOptions, blockTitle, shownOptions } from "./block-options.ts";
import { allSlugs, unknownBlock } from "./blocks.ts";
import { inCamelCase, isObject, readConfigFile, userFile } from "./config-file.ts";
import { findBlock, type FoundBlock } from "./find-block.ts";
import { needHost } from "./host.ts";
import { loadHome, loadSources, type Sources } from "./load.ts";
import { checkStorable, hasReference, placeholders } from "./storable.ts";
import { updateUserFile } from "./update.ts";

/** A block as it is defined. */
export interface BlockInfo {
  /** `type/name`. */
  readonly slug: string;
  readonly type: string;
  readonly name: string;
  /** `code`, the environment variable, or the path of the file. */
  readonly origin: string;
  /** The options as they stand there, references unresolved; what is secret and no reference is `"(hidden)"`. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** Options of {@link save}. */
export interface SaveOptions {
  /** Replace the block of this slug that the user's file has. */
  readonly overwrite?: boolean | undefined;
}

/**
 * Saves a block in the user's file, for all of the user's processes: `block.save("s3/prod", { bucket: "my-bucket" })`, or
 * with a URL. Relative paths are made absolute. Secrets are given by reference, `{ $env: "NAME" }` or `{ $file: "/path" }`;
 * one that is not is refused. It loads the package of the type, to check the options by it. Of any number of processes
 * that save at once each succeeds, or finds the slug taken (`AlreadyRegistered`, unless `overwrite`); if it rejects, the
 * file is as it was, save that `NotWritable` may come after the last moment at which that could be told.
 */
export async function save<const Slug extends string>(
  slug: StorageName<Slug>,
  config: string | BlockOptions<Slug>,
  options: SaveOptions = {},
): Promise<void> {
  const { type } = parseSlug(slug);
  const machine = needHost();
  const path = userFile(machine, loadHome(machine));
  if (options.overwrite !== true && isIn(path, slug)) throw taken(slug, path);
  const plugin = await findPlugin("storage", type);
  const given: unknown = config;
  if (typeof given !== "string" && !isObject(given)) {
    throw new ConfigurationError("InvalidOption", `Block ${quote(slug)}: give a URL, or an object of options.`);
  }
  checkStorable(slug, given);
  const found: FoundBlock = { slug, config: given, origin: path, base: machine.cwd };
  const saved = blockOptions(found, plugin);
  checkOptions(`Block ${quote(slug)}`, plugin.options, placeholders(saved, plugin.options));
  // Opening sends no request, and checks what no table can.
  if (!hasReference(saved)) await (await plugin.open(saved, { origin: slug })).close();
  updateUserFile((file) => {
    const blocks = (file["blocks"] ??= {}) as Record<string, unknown>;
    if (Object.hasOwn(blocks, slug) && options.overwrite !== true) throw taken(slug, path);
    blocks[slug] = saved;
  });
  registry.opened.delete(slug);
}

/** The block of a slug, wherever it is defined. `UnknownBlock` lists all there are, and the nearest. */
export async function load(slug: string): Promise<BlockInfo> {
  return await infoOf(slug, loadSources);
}

async function infoOf(slug: string, sources: () => Sources): Promise<BlockInfo> {
  const { type, name } = parseSlug(slug);
  const registered = registry.blocks.get(slug);
  const found = registered === undefined ? findBlock(slug, sources) : undefined;
  if (registered === undefined && found === undefined) throw unknownBlock(slug);
  const plugin = await findPlugin("storage", type).catch(() => undefined);
  const info = { slug, type, name, origin: found?.origin ?? "code" };
  if (found !== undefined) return { ...info, options: shown(found, plugin) };
  if (isStorage(registered!)) return { ...info, options: {} };
  return { ...info, options: shownOptions(registered!, plugin?.options) };
}

/** All blocks, wherever they are defined, each as it counts, in the order of their slugs. */
export async function list(): Promise<readonly BlockInfo[]> {
  // Read once, however many blocks there are.
  const sources = loadSources();
  return await Promise.all([...allSlugs(sources)].sort().map(async (slug) => await infoOf(slug, () => sources)));
}

/**
 * Deletes a block from the user's file, and says whether it was there. One that is defined elsewhere only is an error that
 * says where (`InvalidOption`): that is not this function's to change. Results are not touched.
 */
async function remove(slug: string): Promise<boolean> {
  parseSlug(slug);
  const machine = needHost();
  if (!isIn(userFile(machine, loadHome(machine)), slug)) {
    const elsewhere = registry.blocks.has(slug) ? "code" : findBlock(slug)?.origin;
    if (elsewhere === undefined) return false;
    throw new ConfigurationError("InvalidOption", `Block ${quote(slug)} is defined in ${elsewhere}. Delete it there.`);
  }
  let deleted = false;
  updateUserFile((file) => {
    const blocks = file["blocks"] as Record<string, unknown> | undefined;
    deleted = blocks !== undefined && delete blocks[slug];
  });
  registry.opened.delete(slug);
  return deleted;
}
export { remove as delete };

function shown(found: FoundBlock, plugin: StoragePlugin | undefined): Record<string, unknown> {
  if (plugin === undefined) {
    return typeof found.config === "string"
      ? {}
      : shownOptions(inCamelCase(blockTitle(found), found.config), undefined);
  }
  if (typeof found.config === "string") return blockOptions(found, plugin);
  return shownOptions(inCamelCase(blockTitle(found), found.config), plugin.options);
}

function isIn(path: string, slug: string): boolean {
  return Object.hasOwn(readConfigFile(needHost(), path)?.blocks ?? {}, slug);
}

function taken(slug: string, path: string): ConfigurationError {
  const message = `Block ${quote(slug)} is saved already, in ${path}. Choose another name, or overwrite it: { overwrite: true } in code, --overwrite on the command line.`;
  return new ConfigurationError("AlreadyRegistered", message);
}
