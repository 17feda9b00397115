import { ConfigurationError } from "../errors.ts";
import { quote } from "../text.ts";
import type { OptionSpec, OptionTable } from "./plugin.ts";

const SCHEMES: Readonly<Record<string, string>> = { file: "local", gs: "gcs", az: "azure" };
/** Names of parameters that no URL may hold, whatever the storage: URLs are shown, logged, and kept in references. */
const SECRET = /secret|passw|token|credential|signature|(?:access|account|private|api)_?key|connection_?string|^sas/i;
/** On Windows the path of a URL has a slash before the drive that no path of a file has: `file:///C:/data`. */
const DRIVE = /^\/(?=[A-Za-z]:)/;
const URL_PATTERN = /^([a-z][a-z0-9-]*):(?:\/\/([^/?]*))?([^?]*)(?:\?(.*))?$/;

/** A storage URL in parts, decoded. */
export interface StorageUrl {
  /** The storage type its scheme stands for. */
  readonly type: string;
  readonly host: string;
  readonly path: string;
  readonly parameters: readonly (readonly [name: string, value: string])[];
}

/** The parts of a storage URL. Throws `InvalidOption`, and repeats nothing of a URL that may hold a password. */
export function parseStorageUrl(text: string): StorageUrl {
  const refuse = (why: string): ConfigurationError => new ConfigurationError("InvalidOption", why);
  const match = URL_PATTERN.exec(text);
  if (/:\/\/[^/?]*(?:@|:[^?]*@)/.test(text)) {
    throw refuse(
      "A storage URL cannot hold a user or a password. Credentials come from the environment, or from options.",
    );
  }
  if (match === null || text.includes("#")) {
    throw refuse(
      `${quote(text.split(/[?#]/, 1)[0]!)} is no storage URL. Give one like "file:./results" or "s3://bucket/prefix".`,
    );
  }
  const [, scheme, host = "", path, query] = match;
  const parameters = [...new URLSearchParams(query ?? "")];
  for (const [name, value] of parameters) {
    if (SECRET.test(name)) throw refuse(`A storage URL cannot hold ${quote(name)}, which is secret.`);
    if (/:\/\/[^/?#]*@/.test(value)) {
      throw refuse(`A storage URL cannot hold a user or a password, and its ${quote(name)} does.`);
    }
  }
  try {
    return {
      type: SCHEMES[scheme!] ?? scheme!,
      host: decodeURIComponent(host),
      path: decodeURIComponent(path!),
      parameters,
    };
  } catch {
    throw refuse(
      `${quote(text.split(/[?#]/, 1)[0]!)} is no storage URL: a % in it is not followed by two hexadecimal digits.`,
    );
  }
}

/** The options a URL stands for, by what the plugin says of each; unknown ones are kept, for the check to refuse. */
export function configOf({ type, host, path, parameters }: StorageUrl, table: OptionTable): Record<string, unknown> {
  const config: Record<string, unknown> = {};
  const place = (part: "host" | "path", value: string): void => {
    if (value === "") return;
    const name = Object.keys(table).find((option) => table[option]!.url === part);
    if (name === undefined) {
      throw new ConfigurationError(
        "InvalidOption",
        `A URL of storage type ${type} has no ${part}; found ${quote(value)}.`,
      );
    }
    config[name] = table[name]!.isPath === true && onWindows() ? value.replace(DRIVE, "") : value;
  };
  place("host", host);
  place("path", host === "" ? path : path.replace(/^\//, ""));
  for (const [name, value] of parameters) {
    const spec = Object.hasOwn(table, name) ? table[name] : undefined;
    if (spec?.secret === true) {
      throw new ConfigurationError("InvalidOption", `A storage URL cannot hold ${quote(name)}, which is secret.`);
    }
    if (Object.hasOwn(config, name)) {
      throw new ConfigurationError("InvalidOption", `The storage URL gives ${quote(name)} twice.`);
    }
    config[name] = optionFromText(spec, value);
  }
  return config;
}

function onWindows(): boolean {
  return (globalThis as { process?: { platform?: string } }).process?.platform === "win32";
}

/** The options that a storage URL stands for, by what the plugin of its type says of each. */
export function optionsFromUrl(url: string, table: OptionTable): Record<string, unknown> {
  return configOf(parseStorageUrl(url), table);
}

/** The value of an option from text: a number or a boolean where the option is one and the text reads as one. */
export function optionFromText(spec: OptionSpec | undefined, value: string): unknown {
  if (spec?.type === "number" && /^-?\d+(\.\d+)?$/.test(value)) return Number(value);
  if (spec?.type === "boolean" && (value === "true" || value === "false")) return value === "true";
  return value;
}
