import { ConfigurationError } from "../errors.ts";
import { isUrl, parseSerializerName, parseSlug } from "../registry/slug.ts";
import { parseStorageUrl } from "../registry/url.ts";
import { quote, suggest } from "../text.ts";

/** What is set for the whole process. */
export interface Settings {
  /** Whether results are persisted where nothing else decides. Default false. */
  readonly persistByDefault: boolean;
  /** Where results are kept where nothing else decides: a slug or a URL. Without it, in `localStoragePath`. */
  readonly defaultStorage: string | undefined;
  /** The serializer where nothing else decides. Default `msgpack`. */
  readonly defaultSerializer: string;
  /** The folder of results that have no other storage. Default `storage` in `home`. Absolute. */
  readonly localStoragePath: string;
  /** The folder of the user's settings and blocks. Default `~/.coatcheck`. Absolute. */
  readonly home: string;
}

/** The settings that files may hold. */
export type FileSettings = Omit<Settings, "home">;

/** The settings by the environment variables that set them. */
export const SETTINGS: Readonly<Record<`COATCHECK_${string}`, keyof Settings>> = {
  COATCHECK_PERSIST_BY_DEFAULT: "persistByDefault",
  COATCHECK_DEFAULT_STORAGE: "defaultStorage",
  COATCHECK_DEFAULT_SERIALIZER: "defaultSerializer",
  COATCHECK_LOCAL_STORAGE_PATH: "localStoragePath",
  COATCHECK_HOME: "home",
};

/** The names of {@link FileSettings}. */
export const FILE_SETTINGS: readonly (keyof FileSettings)[] = [
  "persistByDefault",
  "defaultStorage",
  "defaultSerializer",
  "localStoragePath",
];

/**
 * The setting that `name` means: its name, that in snake_case, or its environment variable. `UnknownSetting` lists them
 * and the nearest.
 */
export function settingOf(name: string): keyof Settings {
  const bare = name
    .replace(/^COATCHECK_/i, "")
    .replaceAll("_", "")
    .toLowerCase();
  const found = Object.values(SETTINGS).find((setting) => setting.toLowerCase() === bare);
  if (found !== undefined) return found;
  const known = /^COATCHECK_|^[A-Z_]+$/.test(name) ? Object.keys(SETTINGS) : Object.values(SETTINGS);
  throw new ConfigurationError("UnknownSetting", `There is no setting ${quote(name)}. ${suggest(name, known)}`);
}

/** The value of a setting from text, as an environment variable has it. `InvalidSetting` begins with `what`. */
export function parseSetting(name: keyof Settings, text: string, what: string): string | boolean {
  if (name !== "persistByDefault") {
    checkSetting(name, text, what);
    return text;
  }
  if (/^(?:1|true|yes|on)$/i.test(text)) return true;
  if (/^(?:0|false|no|off|)$/i.test(text)) return false;
  const message = `${what} is ${quote(text)}. Give 1, true, yes or on; or 0, false, no, off or nothing.`;
  throw new ConfigurationError("InvalidSetting", message);
}

/** Throws `InvalidSetting`, which begins with `what`, where `value` cannot be that of the setting. */
export function checkSetting(name: keyof Settings, value: unknown, what: string): void {
  if (name === "persistByDefault") {
    if (typeof value === "boolean") return;
    throw new ConfigurationError("InvalidSetting", `${what} is true or false.`);
  }
  if (typeof value !== "string" || value === "" || value.includes("\0")) {
    throw new ConfigurationError("InvalidSetting", `${what} is a text that is not empty.`);
  }
  try {
    if (name === "defaultStorage" && isUrl(value)) parseStorageUrl(value);
    else if (name === "defaultStorage") parseSlug(value);
    if (name === "defaultSerializer") parseSerializerName(value);
  } catch (cause) {
    throw new ConfigurationError("InvalidSetting", `${what}: ${(cause as Error).message}`, { cause });
  }
}
