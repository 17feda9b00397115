import { ConfigurationError } from "../errors.ts";
import { nodeBuiltin } from "../environment.ts";
import { isMissingPackage } from "../missing-package.ts";
import type { Plugin } from "../registry/plugin.ts";
import { register } from "../registry/register.ts";
import { quote } from "../text.ts";
import { loadSources } from "./load.ts";

/**
 * Registers the packages that the files of settings name under `plugins`, found from the folder of the file. Nothing else
 * that is not first-party is ever loaded by name.
 */
export async function registerPlugins(): Promise<void> {
  const { host: machine, files } = loadSources();
  for (const { path, plugins } of files) {
    // A name inside node_modules, so that Node says nothing of its own when a package is an ES module.
    const from = machine!.paths.join(machine!.paths.dirname(path), "node_modules", "plugins.js");
    for (const name of plugins) {
      const what = `${path} names the plugin ${quote(name)}, which`;
      const plugin = load(name, what, from);
      try {
        register(plugin);
      } catch (cause) {
        const { code, message } = cause as ConfigurationError;
        throw new ConfigurationError(code, `${what} cannot be registered. ${message}`, { cause });
      }
    }
  }
}

function load(name: string, what: string, from: string): Plugin {
  try {
    const loaded = nodeBuiltin("module")!.createRequire!(from)(name) as { readonly default?: Plugin } & Plugin;
    return loaded.default ?? loaded;
  } catch (cause) {
    if (isMissingPackage(cause, name)) {
      const message = `${what} is not installed there. Install it, or take it out of "plugins".`;
      throw new ConfigurationError("MissingPackage", message, { cause });
    }
    throw new ConfigurationError("BrokenPackage", `${what} failed to load: ${String(cause)}`, { cause });
  }
}
