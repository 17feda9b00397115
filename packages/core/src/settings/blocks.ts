// What opening a storage by its slug needs, in one module that is loaded with the first slug.
import { ConfigurationError } from "../errors.ts";
import type { StoragePlugin } from "../registry/plugin.ts";
import { registry } from "../registry/state.ts";
import { quote, suggest } from "../text.ts";
import { blockOptions, blockTitle } from "./block-options.ts";
import { isObject } from "./config-file.ts";
import { blockVariable, definedSlugs, findBlock } from "./find-block.ts";
import { loadSources, type Sources } from "./load.ts";
import { resolveReferences } from "./references.ts";

/** A block that is about to be opened. */
export interface Block {
  /** What messages call it. */
  readonly title: string;
  /** Its options, with what their references stand for; still to be checked. */
  options(plugin: StoragePlugin): Record<string, unknown>;
}

/**
 * The block of a slug: with the options that were registered, else as the environment or a file defines it.
 * `UnknownBlock` lists all there are, and the nearest.
 */
export function blockOf(slug: string, registered: object | undefined): Block {
  if (registered !== undefined) {
    const title = `Block ${quote(slug)}`;
    if (!isObject(registered)) {
      const message = `${title} was registered with what is no Storage and no object of options: registerBlock(${quote(slug)}, { … }).`;
      throw new ConfigurationError("InvalidOption", message);
    }
    return { title, options: (plugin) => resolveReferences(title, plugin.options, registered) };
  }
  const found = findBlock(slug);
  if (found === undefined) throw unknownBlock(slug);
  const title = blockTitle(found);
  return { title, options: (plugin) => resolveReferences(title, plugin.options, blockOptions(found, plugin)) };
}

/** Whether a block of this slug is defined in the environment or in a file. */
export function isDefined(slug: string): boolean {
  return findBlock(slug) !== undefined;
}

/** The slugs of all blocks, wherever they are defined. */
export function allSlugs(sources: Sources = loadSources()): readonly string[] {
  return [...new Set([...registry.blocks.keys(), ...definedSlugs(sources)])];
}

/** The error that says that there is no such block, and how there can be one. */
export function unknownBlock(slug: string): ConfigurationError {
  const message = `Block ${quote(slug)} is not defined. ${suggest(slug, allSlugs())} Define it: registerBlock(${quote(slug)}, …) in code, ${blockVariable(slug)}=<URL> in the environment, or coatcheck block create ${slug} <URL>.`;
  return new ConfigurationError("UnknownBlock", message);
}
