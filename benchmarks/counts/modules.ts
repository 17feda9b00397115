import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { benchmarks } from "../report.ts";

/** What a piece of code loads, beside what Node brings with it. */
export interface Loaded {
  /** Modules of ours, by their paths in the repository. */
  readonly modules: readonly string[];
  /** Packages of others that ours import. */
  readonly packages: readonly string[];
}

const ours = [
  "core",
  "flows",
  "storage-local",
  "storage-s3",
  "storage-gcs",
  "storage-azure",
  "serializer-json",
  "serializer-msgpack",
  "serializer-compressed",
  "serializer-encrypted",
];

/** A first result, written and read back. */
const first = (serializer: string): string => `
  const { ResultStore } = await import("@coatcheck/core");
  const store = new ResultStore({ storage: "file://" + process.argv[1] + "/results", serializer: "${serializer}" });
  await store.read(JSON.stringify(await store.write({ a: 1 })));`;

/** What is loaded by importing each built package, and until a first result is there. */
export function loadedModules(): Record<string, Loaded> {
  const folder = mkdtempSync(join(tmpdir(), "coatcheck-modules-"));
  try {
    const cases = Object.fromEntries(ours.map((name) => [`import ${name}`, `await import("@coatcheck/${name}");`]));
    for (const serializer of ["json", "msgpack"]) {
      cases[`first result, local and ${serializer} by name`] = first(serializer);
    }
    return Object.fromEntries(Object.entries(cases).map(([name, code]) => [name, load(folder, code)]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function load(folder: string, code: string): Loaded {
  const hooks = join(folder, "hooks.mjs");
  // Each import, as who imports what.
  writeFileSync(
    hooks,
    `import { writeSync } from "node:fs";
    export async function resolve(specifier, context, next) {
      const found = await next(specifier, context);
      writeSync(2, "loaded " + context.parentURL + " " + found.url + "\\n");
      return found;
    }`,
  );
  const program = `
    import { register } from "node:module";
    register(${JSON.stringify(pathToFileURL(hooks).href)});
    ${code}`;
  const args = ["--input-type=module", "--no-warnings", "--eval", program, "--", folder];
  const { status, stderr } = spawnSync(process.execPath, args, {
    cwd: benchmarks,
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(`This did not run: ${code}\n${stderr}`);
  const modules = new Set<string>();
  const packages = new Set<string>();
  for (const line of stderr.split("\n")) {
    const [, importer = "", url = ""] = /^loaded (\S+) (file:\S+)$/.exec(line) ?? [];
    // What others import is their business, and differs with the system.
    if (url === "" || importer.includes("/node_modules/")) continue;
    const [, name] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url) ?? [];
    if (name === undefined) modules.add(url.replace(/.*\/packages\//, ""));
    else packages.add(name);
  }
  return { modules: [...modules], packages: [...packages] };
}
