import { ConfigurationError } from "../errors.ts";
import { isMissingPackage } from "../missing-package.ts";
import type { Plugin } from "./plugin.ts";

const PACKAGES: Readonly<Record<Plugin["kind"], Readonly<Record<string, string>>>> = {
  storage: {
    local: "@coatcheck/storage-local",
    s3: "@coatcheck/storage-s3",
    gcs: "@coatcheck/storage-gcs",
    azure: "@coatcheck/storage-azure",
  },
  serializer: { json: "@coatcheck/serializer-json", msgpack: "@coatcheck/serializer-msgpack" },
  codec: { compressed: "@coatcheck/serializer-compressed", encrypted: "@coatcheck/serializer-encrypted" },
};

/** The types that first-party packages bring, for suggestions. */
export function firstPartyTypes(kind: Plugin["kind"]): readonly string[] {
  return Object.keys(PACKAGES[kind]);
}

/**
 * The plugin of a first-party package, loaded now; undefined where no such package is. `MissingPackage` names the command
 * that installs it; a package that is there but fails to load is `BrokenPackage`, with its own error as the cause.
 */
export async function loadFirstParty(kind: Plugin["kind"], type: string): Promise<Plugin | undefined> {
  const name = Object.hasOwn(PACKAGES[kind], type) ? PACKAGES[kind][type] : undefined;
  if (name === undefined) return undefined;
  // Each import is literal and stands in a try: bundlers then see it, and build whether or not the package is there. The
  // packages are optional peers; one that is asked for loads nothing but itself.
  const load = async (): Promise<unknown> => {
    try {
      switch (name) {
        case "@coatcheck/storage-local":
          return await import("@coatcheck/storage-local");
        case "@coatcheck/storage-s3":
          return await import("@coatcheck/storage-s3");
        case "@coatcheck/storage-gcs":
          return await import("@coatcheck/storage-gcs");
        case "@coatcheck/storage-azure":
          return await import("@coatcheck/storage-azure");
        case "@coatcheck/serializer-json":
          return await import("@coatcheck/serializer-json");
        case "@coatcheck/serializer-msgpack":
          return await import("@coatcheck/serializer-msgpack");
        case "@coatcheck/serializer-encrypted":
          return await import("@coatcheck/serializer-encrypted");
        default:
          return await import("@coatcheck/serializer-compressed");
      }
    } catch (cause) {
      const what = `${kind[0]!.toUpperCase()}${kind.slice(1)} type "${type}" needs the package ${name}, which is`;
      if (isMissingPackage(cause, name)) {
        throw new ConfigurationError("MissingPackage", `${what} not installed. Run: npm install ${name}`, { cause });
      }
      throw new ConfigurationError("BrokenPackage", `${what} installed but failed to load: ${String(cause)}`, {
        cause,
      });
    }
  };
  return ((await load()) as { default: Plugin }).default;
}
