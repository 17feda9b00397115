import { ConfigurationError } from "../errors.ts";
import { isUrl, parseSlug } from "../registry/slug.ts";
import { quote, suggest } from "../text.ts";
import { type Host, systemCode } from "./host.ts";
import { syntaxErrorAt } from "./json-syntax.ts";
import { checkSetting, FILE_SETTINGS, type FileSettings } from "./setting-table.ts";

/** A block as it stands in a file: a URL, or the options of its type. */
export type BlockConfig = string | Readonly<Record<string, unknown>>;

/** What a file of settings and blocks says, checked. */
export interface ConfigFile {
  readonly path: string;
  readonly settings: Partial<FileSettings>;
  /** By slug. */
  readonly blocks: Readonly<Record<string, BlockConfig>>;
  /** Packages to ask for types that are neither registered nor first-party. */
  readonly plugins: readonly string[];
}

/** The name of a project's file. */
const PROJECT_FILE = "coatcheck.config.json";

/** The user's file, in the folder `home`. */
export function userFile({ paths }: Host, home: string): string {
  return paths.join(home, "config.json");
}

/**
 * The project's file: the first `coatcheck.config.json` in the current folder or one above it; undefined where there is
 * none. One above that belongs to neither this user, root, nor the owner of the current folder is refused: it may name
 * packages to load, and anybody can put one into a folder that all can write to. Where it cannot be told whether there is
 * one, that is `InvalidConfigFile` too.
 */
export function projectFile({ fs, paths, cwd }: Host): string | undefined {
  for (let folder = cwd; ; folder = paths.dirname(folder)) {
    const path = paths.join(folder, PROJECT_FILE);
    const found = look(fs, path);
    if (found !== undefined) {
      if (folder !== cwd) checkOwner(path, found.uid, fs.statSync(cwd, { bigint: true, throwIfNoEntry: false })?.uid);
      return path;
    }
    if (paths.dirname(folder) === folder) return undefined;
  }
}

function look(fs: Host["fs"], path: string): ReturnType<Host["fs"]["statSync"]> {
  try {
    return fs.statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch (cause) {
    const message = `Whether there is a file ${path} cannot be told (${systemCode(cause)}). Start in a folder that this user can read, with all above it.`;
    throw new ConfigurationError("InvalidConfigFile", message, { cause });
  }
}

function checkOwner(path: string, owner: bigint, ownerOfCwd: bigint | undefined): void {
  const user = (globalThis as { process?: { getuid?(): number } }).process?.getuid?.();
  if (user === undefined || [0n, BigInt(user), ownerOfCwd].includes(owner)) return;
  const message = `${path} belongs to another user (${owner}), so it is not used. Remove it, make it yours, or work in a folder with a ${PROJECT_FILE} of its own.`;
  throw new ConfigurationError("InvalidConfigFile", message);
}

/** What the file says; undefined where there is none. Throws `InvalidConfigFile`, `UnknownSetting`, `InvalidSetting`, … */
export function readConfigFile({ fs }: Host, path: string): ConfigFile | undefined {
  let text: string;
  try {
    text = fs.readFileSync(path, "utf8");
  } catch (cause) {
    if (systemCode(cause) === "ENOENT" || systemCode(cause) === "ENOTDIR") return undefined;
    throw new ConfigurationError("InvalidConfigFile", `${path} cannot be read: ${String(cause)}`, { cause });
  }
  return checkConfig(parseConfig(text, path), path);
}

/** The object that the text of a file is. `InvalidConfigFile` names file, line and column, and shows nothing of the text. */
export function parseConfig(text: string, path: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.replace(/^\ufeff/, ""));
  } catch {
    const { line, column } = syntaxErrorAt(text.replace(/^\ufeff/, ""));
    throw new ConfigurationError("InvalidConfigFile", `${path}:${line}:${column}: this is not JSON from here on.`);
  }
  if (isObject(parsed)) return parsed;
  throw new ConfigurationError("InvalidConfigFile", `${path} holds no object. Begin with { "blocks": {} }.`);
}

/** The name as the project writes it, of a name that may be in snake_case. */
export function camelCase(name: string): string {
  return name.replace(/(?<=[a-z0-9])_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** The members under their names in camelCase; `what` and the code `InvalidConfigFile` say where one is given twice. */
export function inCamelCase(what: string, members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const named: Record<string, unknown> = {};
  for (const [given, value] of Object.entries(members)) {
    const name = camelCase(given);
    if (Object.hasOwn(named, name)) {
      const message = `${what} gives ${quote(name)} twice, in camelCase and in snake_case. Remove one of the two.`;
      throw new ConfigurationError("InvalidConfigFile", message);
    }
    Object.defineProperty(named, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return named;
}

/** What the members of a file say, checked as {@link readConfigFile} does. */
export function checkConfig(parsed: Record<string, unknown>, path: string): ConfigFile {
  const { $schema: _, blocks = {}, plugins = [], ...settings } = inCamelCase(path, parsed);
  const known = [...FILE_SETTINGS, "blocks", "plugins"];
  for (const name of Object.keys(settings)) {
    if ((FILE_SETTINGS as readonly string[]).includes(name)) continue;
    const message =
      name === "home"
        ? `${path} cannot set "home": it says where the user's file is, so only COATCHECK_HOME sets it.`
        : `${path} has no setting ${quote(name)}. ${suggest(name, known)}`;
    throw new ConfigurationError("UnknownSetting", message);
  }
  for (const name of FILE_SETTINGS) {
    if (settings[name] !== undefined) checkSetting(name, settings[name], `${path}: ${name}`);
  }
  if (!isObject(blocks)) throw invalid(path, '"blocks" is an object of blocks by their slugs.');
  for (const [slug, config] of Object.entries(blocks)) checkBlock(path, slug, config);
  if (!Array.isArray(plugins) || !plugins.every((name) => typeof name === "string" && PACKAGE_NAME.test(name))) {
    throw invalid(path, '"plugins" is a list of names of packages, as in ["my-redis-storage"].');
  }
  return { path, settings, blocks: blocks as Record<string, BlockConfig>, plugins };
}

const PACKAGE_NAME = /^(?:@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*$/i;

function checkBlock(path: string, slug: string, config: unknown): void {
  try {
    parseSlug(slug);
  } catch (cause) {
    throw new ConfigurationError("InvalidSlug", `${path}: ${(cause as Error).message}`, { cause });
  }
  if (isObject(config) || (typeof config === "string" && isUrl(config))) return;
  throw invalid(path, `block ${quote(slug)} is a URL or an object of options.`);
}

function invalid(path: string, what: string): ConfigurationError {
  return new ConfigurationError("InvalidConfigFile", `${path}: ${what}`);
}

/** Whether `value` is an object with members by name. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
