import { ConfigurationError } from "../errors.ts";
import type { Plugin } from "./plugin.ts";

interface FirstParty {
  readonly package: string;
  load(): Promise<unknown>;
}

// The imports are literal, so that bundlers see them, and each stands alone, so that one loads nothing but itself. The
// packages are optional peers: with none of them installed core works.
const TABLE: Readonly<Record<Plugin["kind"], Readonly<Record<string, FirstParty>>>> = {
  storage: {
    local: { package: "@coatcheck/storage-local", load: async () => await import("@coatcheck/storage-local") },
  },
  serializer: {
    json: { package: "@coatcheck/serializer-json", load: async () => await import("@coatcheck/serializer-json") },
    msgpack: {
      package: "@coatcheck/serializer-msgpack",
      load: async () => await import("@coatcheck/serializer-msgpack"),
    },
  },
  codec: {
    compressed: {
      package: "@coatcheck/serializer-compressed",
      load: async () => await import("@coatcheck/serializer-compressed"),
    },
  },
};

/** The types that first-party packages bring, for suggestions. */
export function firstPartyTypes(kind: Plugin["kind"]): readonly string[] {
  return Object.keys(TABLE[kind]);
}

/**
 * The plugin of a first-party package, loaded now; undefined where no such package is. `MissingPackage` names the command
 * that installs it; a package that is there but fails to load is `BrokenPackage`, with its own error as the cause.
 */
export async function loadFirstParty(kind: Plugin["kind"], type: string): Promise<Plugin | undefined> {
  const entry = Object.hasOwn(TABLE[kind], type) ? TABLE[kind][type] : undefined;
  if (entry === undefined) return undefined;
  const what = `${kind[0]!.toUpperCase()}${kind.slice(1)} type "${type}"`;
  try {
    return ((await entry.load()) as { default: Plugin }).default;
  } catch (cause) {
    if (isMissing(cause, entry.package)) {
      const message = `${what} needs the package ${entry.package}, which is not installed. Run: npm install ${entry.package}`;
      throw new ConfigurationError("MissingPackage", message, { cause });
    }
    const message = `${what} needs the package ${entry.package}, which is installed but failed to load: ${String(cause)}`;
    throw new ConfigurationError("BrokenPackage", message, { cause });
  }
}

// A package that is there but lacks one of its own dependencies fails with the same code: the name tells them apart.
function isMissing(error: unknown, name: string): boolean {
  const { code, message = "" } = (error ?? {}) as { code?: string; message?: string };
  if (code !== undefined && code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") return false;
  const quoted = message.split("\n")[0]!.match(/['"]([^'"]+)['"]/)?.[1];
  return quoted === name || (code === undefined && message.includes(name));
}
