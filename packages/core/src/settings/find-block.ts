import { ConfigurationError } from "../errors.ts";
import { isUrl, parseSlug } from "../registry/slug.ts";
import type { BlockConfig } from "./config-file.ts";
import { environment } from "./host.ts";
import { loadSources, type Sources } from "./load.ts";

/** A block that is defined outside of code. */
export interface FoundBlock {
  readonly slug: string;
  readonly config: BlockConfig;
  /** `environment variable COATCHECK_BLOCK_S3__PROD`, or the path of a file. */
  readonly origin: string;
  /** The folder that relative paths in it start from. */
  readonly base: string | undefined;
}

const PREFIX = "COATCHECK_BLOCK_";

/** The variable that defines the block: `s3/my-prod` is `COATCHECK_BLOCK_S3__MY_PROD`. */
export function blockVariable(slug: string): string {
  return PREFIX + slug.replace("/", "__").replaceAll("-", "_").toUpperCase();
}

/** The block as it is defined here and now: in the environment, the project's file or the user's file, in that order. */
export function findBlock(slug: string, sources: () => Sources = loadSources): FoundBlock | undefined {
  const fromEnvironment = environmentBlock(slug);
  if (fromEnvironment !== undefined) return fromEnvironment;
  const { host: machine, files } = sources();
  for (const { path, blocks } of files) {
    const config = Object.hasOwn(blocks, slug) ? blocks[slug] : undefined;
    if (config !== undefined) return { slug, config, origin: path, base: machine?.paths.dirname(path) };
  }
  return undefined;
}

/** The slugs of all blocks that are defined outside of code. */
export function definedSlugs(sources: Sources): ReadonlySet<string> {
  const slugs = new Set<string>();
  for (const [variable, url] of Object.entries(environment())) {
    if (variable.startsWith(PREFIX) && url !== "") slugs.add(slugOf(variable));
  }
  for (const { blocks } of sources.files) for (const slug of Object.keys(blocks)) slugs.add(slug);
  return slugs;
}

function environmentBlock(slug: string): FoundBlock | undefined {
  const variable = blockVariable(slug);
  const config = environment()[variable];
  if (config === undefined || config === "") return undefined;
  if (!isUrl(config)) {
    const message = `${variable} is no URL. Give one, as in ${variable}=s3://bucket/prefix?region=eu-west-1.`;
    throw new ConfigurationError("InvalidConfigFile", message);
  }
  return { slug, config, origin: `environment variable ${variable}`, base: undefined };
}

function slugOf(variable: string): string {
  const slug = variable.slice(PREFIX.length).toLowerCase().replace("__", "/").replaceAll("_", "-");
  try {
    parseSlug(slug);
    return slug;
  } catch (cause) {
    const message = `The environment variable ${variable} names no block. It is ${PREFIX}, the type, two underscores and the name, as in ${PREFIX}S3__PROD.`;
    throw new ConfigurationError("InvalidSlug", message, { cause });
  }
}
