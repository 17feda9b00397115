import { fileURLToPath } from "node:url";
import { join } from "node:path";
import esbuild from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Bundles programs in TypeScript, with the sources of this repository's packages, into `outdir` as `<name>.mjs`. Other
 * packages are left to Node, and so is what is imported by name, but for `dynamic`.
 */
export async function bundle(entryPoints, outdir, dynamic = /^$/) {
  await esbuild.build({
    entryPoints,
    outdir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    target: "node20",
    sourcemap: "inline",
    plugins: [
      {
        name: "workspace",
        setup(builder) {
          builder.onResolve({ filter: /^@coatcheck\// }, ({ path, kind }) => {
            const [, name, ...subpath] = path.split("/");
            if (kind === "dynamic-import" && !dynamic.test(path)) return { path, external: true };
            return { path: join(root, "packages", name, "src", ...subpath, "index.ts") };
          });
        },
      },
    ],
  });
}
