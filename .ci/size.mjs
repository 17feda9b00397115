// Bundles core as an application with code splitting does, so that size-limit can weigh what importing it costs and what
// comes when it is first used.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import esbuild from "esbuild";

const root = new URL("..", import.meta.url).pathname;
const out = join(root, "node_modules", ".cache", "size");
rmSync(out, { recursive: true, force: true });

const { metafile, outputFiles } = await esbuild.build({
  entryPoints: [join(root, "packages/core/dist/esm/index.js")],
  bundle: true,
  splitting: true,
  minify: true,
  format: "esm",
  outdir: out,
  // What a first write and read do not load has no share in this: files of settings are read by a module of its own, with
  // the first slug that is looked up; so are lists of results, many at once, what a signal ends, and bodies that
  // are streams.
  external: [
    "@coatcheck/*",
    "../settings/*",
    "./listing.js",
    "./many.js",
    "../concurrency.js",
    "../abortable.js",
    "../sources.js",
    "./stream-body.js",
  ],
  metafile: true,
  write: false,
});
const chunks = new Map(Object.entries(metafile.outputs).map(([path, chunk]) => [basename(path), chunk]));
const eager = new Set();
const visit = (name) => {
  if (eager.has(name) || !chunks.has(name)) return;
  eager.add(name);
  for (const { kind, path } of chunks.get(name).imports) if (kind === "import-statement") visit(basename(path));
};
visit("index.js");
for (const { path, contents } of outputFiles) {
  const folder = join(out, eager.has(basename(path)) ? "import" : "first-use");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, basename(path)), contents);
}
