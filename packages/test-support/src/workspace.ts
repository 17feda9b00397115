import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Plugin } from "esbuild";

/**
 * Takes `@coatcheck/x` from the source of that package. Of the packages that core loads by name, those stay outside of the
 * bundle that `byName` leaves out.
 */
export function workspace(repository: string, { byName }: { readonly byName: boolean | readonly string[] }): Plugin {
  const bundled = (path: string): boolean => (typeof byName === "boolean" ? byName : byName.includes(path));
  const packages = join(repository, "packages");
  return {
    name: "workspace",
    setup(builder) {
      builder.onResolve({ filter: /^@coatcheck\// }, ({ path, kind }) => {
        const [, name, ...subpath] = path.split("/");
        return kind === "dynamic-import" && !bundled(path)
          ? { path, external: true }
          : { path: join(packages, name!, "src", ...subpath, "index.ts") };
      });
    },
  };
}

/** The folder of the repository that a file is in. */
export function repositoryOf(path: string): string {
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, "lerna.json"))) return folder;
  }
  throw new Error(`${path} is in no repository with packages.`);
}
