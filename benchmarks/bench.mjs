// npm run bench [-- NAME... | --quick | --figures] [--at PLACE]: see README.md
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { benchmarks } from "./list.mjs";
import { run } from "./run.mjs";

const USAGE = `npm run bench                    all but those that are marked *, which must be named
npm run bench -- NAME...         those: ${Object.entries(benchmarks)
  .map(([name, { named }]) => (named ? `${name}*` : name))
  .join(" ")}
npm run bench -- --quick         counts alone, against those that were agreed on
npm run bench -- --figures       docs/figures.md and its charts, from benchmarks/results
  --at PLACE                     a folder (local, large), or an endpoint (s3), instead of where it is measured by default`;

const options = {
  quick: { type: "boolean", default: false },
  figures: { type: "boolean", default: false },
  at: { type: "string" },
  help: { type: "boolean", default: false },
};
const { values, positionals } = parseArgs({ options, allowPositionals: true });
const unknown = positionals.filter((name) => !Object.hasOwn(benchmarks, name));
if (values.help || unknown.length > 0) {
  if (unknown.length > 0) console.error(`There is no benchmark ${unknown.join(", ")}.`);
  console.log(USAGE);
  process.exit(unknown.length > 0 ? 2 : 0);
}
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";

const entry = (path) => new URL(path, import.meta.url);

/** What is loaded is that of the built packages, as users have them. */
function build() {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const { status } = spawnSync("npm", ["run", "--silent", "build"], { cwd: root, stdio: "ignore" });
  if (status === 0) return;
  console.error("The packages, which are measured as they are built, do not build. See: npm run build");
  process.exit(1);
}

if (values.quick) {
  build();
  await run(entry("counts/main.ts"), { args: [] });
} else if (values.figures) {
  await run(entry("figures/main.ts"), { args: [] });
} else {
  const all = Object.keys(benchmarks).filter((name) => !benchmarks[name].named);
  const chosen = positionals.length > 0 ? positionals : all;
  if (chosen.some((name) => benchmarks[name].build)) build();
  for (const [index, name] of chosen.entries()) {
    const { path, args = [], flags = [] } = benchmarks[name];
    console.log(`${index > 0 ? "\n" : ""}== ${name}`);
    const at = values.at === undefined ? [] : ["--at", values.at];
    const start = performance.now();
    const code = await run(entry(path), { flags, args: [...args, ...at], env: { COATCHECK_BENCHMARK: name } });
    console.log(`\n${name}: ${code === 0 ? "done" : "FAILED"} in ${((performance.now() - start) / 1000).toFixed(0)} s`);
  }
}
