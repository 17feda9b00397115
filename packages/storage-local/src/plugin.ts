import { resolve } from "node:path";
import { checkOptions, ConfigurationError, Storage, type StoragePlugin } from "@coatcheck/core";
import { LocalDriver } from "./driver.ts";

/** Options of {@link local}. */
export interface LocalOptions {
  /**
   * The folder; a relative one is below the current directory at the time of the call. It is made by the first put. It
   * may be a link; links below it are refused.
   */
  readonly path: string;
  /** Keep every key under this prefix. */
  readonly prefix?: string | undefined;
  /**
   * What a write that has succeeded survives. `"full"`, the default: a power failure, as the file and its folder are
   * brought to disk (fsync) before the write resolves. `"none"`: the end of the process, but not of the system, which
   * may lose the last half minute, or keep files with none of their content. Measured on a disk, `"none"` takes 0.2 to 0.5
   * of the time of `"full"` for 1 KB and 100 KB, and 0.7 for 10 MB.
   */
  readonly durability?: "full" | "none" | undefined;
}

/**
 * A storage that keeps each object as a file below a folder, for any number of processes at once. Writes are all or
 * nothing. Nothing is read or made before the first operation.
 *
 * A folder that cannot be used shows with the first operation, as a StorageError: `PermissionDenied` where the user may
 * not, or the disk is read-only; `Misconfigured` where the path is no folder; `Unavailable` where the disk is full.
 */
export function local(options: LocalOptions): Storage {
  checkOptions("Storage type local", localPlugin.options, options);
  const { path, prefix, durability = "full" } = options;
  if (path === "" || path.includes("\0")) {
    throw new ConfigurationError("InvalidOption", 'Storage type local: option "path" is the path of a folder.');
  }
  if (/^file:/i.test(path)) {
    const message = `Storage type local: option "path" is a path, not the URL ${JSON.stringify(path)}. Give fileURLToPath(url) of node:url, or open the URL by name.`;
    throw new ConfigurationError("InvalidOption", message);
  }
  if (/^~($|[/\\])/.test(path)) {
    const message = `Storage type local: option "path" is ${JSON.stringify(path)}, and ~ is the home of a user to shells only. Give join(homedir(), …) of node:os, or ./~ for a folder of that name.`;
    throw new ConfigurationError("InvalidOption", message);
  }
  return new Storage(new LocalDriver(resolve(path), durability === "full"), { prefix });
}

/** The storage type `local`: `file:///path`. */
export const localPlugin: StoragePlugin = {
  api: 1,
  kind: "storage",
  type: "local",
  options: {
    path: { type: "string", required: true, url: "path", isPath: true },
    prefix: { type: "string" },
    durability: { type: "string", values: ["full", "none"] },
  },
  open: (config) => local(config),
};
