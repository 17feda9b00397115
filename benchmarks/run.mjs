import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Bundles the TypeScript module at `entry` with the sources of this repository's packages, and runs it in a process that
 * gets the arguments of this one, or `args`. Other packages are found where the benchmarks find them. Resolves with the
 * code it ended with, which is this process's too where it is not 0.
 */
export async function run(entry, { flags = [], args = process.argv.slice(2), env = {} } = {}) {
  mkdirSync(join(root, "benchmarks/node_modules"), { recursive: true });
  const folder = mkdtempSync(join(root, "benchmarks/node_modules/.run-"));
  try {
    const outfile = join(folder, "main.mjs");
    await build({
      entryPoints: [fileURLToPath(entry)],
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20",
      packages: "external",
      logLevel: "warning",
      plugins: [
        {
          name: "workspace",
          setup(builder) {
            builder.onResolve({ filter: /^@coatcheck\// }, ({ path }) => {
              const [, name, ...subpath] = path.split("/");
              return { path: join(root, "packages", name, "src", ...subpath, "index.ts") };
            });
          },
        },
      ],
    });
    const child = spawn(process.execPath, [...flags, outfile, ...args], {
      stdio: "inherit",
      env: { ...process.env, COATCHECK_BENCHMARKS: join(root, "benchmarks"), ...env },
    });
    const code = await new Promise((resolve) => child.once("close", (code) => resolve(code ?? 1)));
    if (code !== 0) process.exitCode = code;
    return code;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
