import { nodeBuiltin } from "../environment.ts";
import { type ConfigFile, projectFile, readConfigFile, userFile } from "./config-file.ts";
import { environment, type Host, host, needHost } from "./host.ts";
import { FILE_SETTINGS, type FileSettings, parseSetting, type Settings, SETTINGS } from "./setting-table.ts";

/** The settings, and for each what it comes from: an environment variable, a file, or `default`. */
export interface LoadedSettings {
  readonly values: Settings;
  readonly origins: Readonly<Record<keyof Settings, string>>;
}

/** Where settings and blocks come from. */
export interface Sources {
  readonly host: Host | undefined;
  readonly home: string;
  /** In the order in which they count: the project's file, the user's. */
  readonly files: readonly ConfigFile[];
}

/**
 * The settings of this process: from the environment, the project's file, the user's file, or the default, in that order.
 * Everything is read anew by each call (a few small files; tens of microseconds). A variable that is empty counts as not
 * set, except that an empty COATCHECK_PERSIST_BY_DEFAULT means no. Folders are given from the root: a relative one starts from
 * that of the file, in the environment from the current one. Where there are no files (browsers), there is the
 * environment, if any.
 *
 * Rejects with a ConfigurationError that names the variable or the file: `InvalidSetting`, `UnknownSetting`,
 * `InvalidConfigFile` (with line and column), `InvalidSlug`.
 */
export async function loadSettings(): Promise<LoadedSettings> {
  const { host: machine, home, files } = loadSources();
  const fallback = machine === undefined ? `${home}/storage` : machine.paths.join(home, "storage");
  const values: { -readonly [Name in keyof Settings]: Settings[Name] } = {
    persistByDefault: false,
    defaultStorage: undefined,
    defaultSerializer: "msgpack",
    localStoragePath: fallback,
    home,
  };
  const origins: Record<keyof Settings, string> = {
    persistByDefault: "default",
    defaultStorage: "default",
    defaultSerializer: "default",
    localStoragePath: "default",
    home: fromEnvironment("COATCHECK_HOME") === undefined ? "default" : "environment variable COATCHECK_HOME",
  };
  const set = (name: keyof FileSettings, value: unknown, origin: string, base: string | undefined): void => {
    Object.assign(values, { [name]: located(machine, name, value, base) });
    origins[name] = origin;
  };
  for (const { path, settings } of files.toReversed()) {
    for (const name of FILE_SETTINGS) {
      if (settings[name] !== undefined) set(name, settings[name], path, machine?.paths.dirname(path));
    }
  }
  for (const [variable, name] of Object.entries(SETTINGS)) {
    const text = fromEnvironment(variable);
    if (text === undefined || name === "home") continue;
    set(name, parseSetting(name, text, variable), `environment variable ${variable}`, machine?.cwd);
  }
  return { values, origins };
}

/** The files that count here and now, read and checked. */
export function loadSources(): Sources {
  const machine = host();
  const home = loadHome(machine);
  if (machine === undefined) return { host: undefined, home, files: [] };
  const paths = [projectFile(machine), userFile(machine, home)].filter((path) => path !== undefined);
  const files = paths.map((path) => readConfigFile(machine, path)).filter((file) => file !== undefined);
  return { host: machine, home, files };
}

/** The folder of the user's settings and blocks. */
export function loadHome(machine: Host | undefined): string {
  return absolute(machine, fromEnvironment("COATCHECK_HOME") ?? "~/.coatcheck", machine?.cwd);
}

/** The path from the root: a relative one starts from `base`, one that begins with `~/` from the user's own folder. */
export function absolute(machine: Host | undefined, path: string, base: string | undefined): string {
  if (machine === undefined) return path;
  const expanded = /^~(?=$|[/\\])/.test(path) ? machine.userFolder + path.slice(1) : path;
  return machine.paths.resolve(base ?? machine.cwd, expanded);
}

/** A folder as settings give it, from the root: `~/` is in the user's own folder, and a relative one in the current one. */
export function settingFolder(path: string): string {
  const machine = needHost();
  return absolute(machine, path, machine.cwd);
}

/** The value of a setting, with a folder in it from the root: as {@link absolute}, and in a URL, `file:./results`. */
export function located(
  machine: Host | undefined,
  name: keyof Settings,
  value: unknown,
  base: string | undefined,
): unknown {
  if (machine === undefined || typeof value !== "string") return value;
  if (name === "localStoragePath") return absolute(machine, value, base);
  const [, path, query = ""] = (name === "defaultStorage" && RELATIVE_FOLDER.exec(value)) || [];
  if (path === undefined) return value;
  return nodeBuiltin("url")!.pathToFileURL!(absolute(machine, decodeURIComponent(path), base)).href + query;
}

const RELATIVE_FOLDER = /^file:(?!\/)([^?]*)(\?.*)?$/;

function fromEnvironment(variable: string): string | undefined {
  const text = environment()[variable];
  return text === "" && variable !== "COATCHECK_PERSIST_BY_DEFAULT" ? undefined : text;
}
