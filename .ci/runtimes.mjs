// Bundles core for the browser and runs a round trip with it where there is no Node: in a context with web globals only,
// and in workerd, Bun and Deno, which are installed at pinned versions into a folder that is kept between runs. Then runs, on
// newer versions of Node, the tests of what the oldest one does not have: zstd, and kinds of values as Temporal.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import vm from "node:vm";
import esbuild from "esbuild";

const root = new URL("..", import.meta.url).pathname;
const cache = join(root, "node_modules", ".cache", "runtimes");
const platform = `${process.platform}-${process.arch}`;
// Packages that are Node itself; not for all platforms there is one.
const nodes = ["linux-x64", "linux-arm64"].includes(platform) ? { node22: "22.23.3", node26: "26.10.0" } : {};
const versions = {
  miniflare: "4.20251217.0",
  bun: "1.4.5",
  deno: "2.9.6",
  ...Object.fromEntries(Object.entries(nodes).map(([name, version]) => [name, `npm:node-${platform}@${version}`])),
};

const entry = `
  import { memory, openSerializer, register, ResultError, ResultStore } from "@coatcheck/core";
  import json from "@coatcheck/serializer-json";
  import compressed from "@coatcheck/serializer-compressed";

  globalThis.roundTrip = async () => {
    register(json);
    register(compressed);
    const storage = memory();
    for (const serializer of ["json", "compressed/json"]) {
      for (const digest of ["crc32", "sha256"]) {
        const store = new ResultStore({ storage, serializer, digest, cacheBytes: 0 });
        const value = { text: "x".repeat(1000), at: new Date(0), big: 2n ** 70n, map: new Map([[1, new Set(["a"])]]) };
        const back = await store.read(JSON.stringify(await store.write(value, { key: "k/" + digest, expiresIn: "1h" })));
        if (back.text !== value.text || back.big !== value.big || +back.at !== 0 || !back.map.get(1).has("a")) {
          throw new Error(serializer + ": another value came back");
        }
        const stream = new Blob(["x".repeat(300000)]).stream();
        const bytes = await new Response(await store.read((await store.write(stream)).toJSON())).arrayBuffer();
        if (bytes.byteLength !== 300000) throw new Error("another stream came back");
      }
    }
    const file = await (await storage.get("k/crc32")).bytes();
    file[file.length - 1] ^= 1;
    await storage.put("k/crc32", file);
    const store = new ResultStore({ storage, serializer: "compressed/json" });
    const error = await store.read("k/crc32").catch((caught) => caught);
    if (!(error instanceof ResultError && error.code === "Corrupt")) throw new Error("a flipped bit went unnoticed");
    return "round trip done";
  };
`;

const { outputFiles } = await esbuild.build({
  stdin: { contents: entry, resolveDir: join(root, "packages", "core") },
  alias: Object.fromEntries(
    ["core/src/serializer", "core/src", "serializer-json/src", "serializer-compressed/src"].map((path) => [
      `@coatcheck/${path.replace("/src", "")}`,
      join(root, "packages", path, "index.ts"),
    ]),
  ),
  external: ["@coatcheck/storage-*", "@coatcheck/serializer-msgpack"],
  bundle: true,
  format: "iife",
  platform: "browser",
  target: "es2022",
  write: false,
});
const bundle = outputFiles[0].text;
const nodeImport = /\brequire\(["'](node:)?(fs|path|zlib|crypto|stream|os)["']\)|from ["']node:/.exec(bundle);
if (nodeImport !== null) throw new Error(`the bundle reaches for Node: ${nodeImport[0]}`);

mkdirSync(cache, { recursive: true });
const script = join(cache, "round-trip.js");
writeFileSync(
  script,
  `${bundle}\nroundTrip().then(console.log, (error) => { console.error(error); globalThis.process?.exit?.(1) ?? Deno.exit(1); });`,
);

const webGlobals = [
  "AbortController",
  "AbortSignal",
  "Blob",
  "CompressionStream",
  "DecompressionStream",
  "DOMException",
  "Event",
  "EventTarget",
  "Headers",
  "ReadableStream",
  "Response",
  "TextDecoder",
  "TextEncoder",
  "TransformStream",
  "URL",
  "URLSearchParams",
  "WritableStream",
  "atob",
  "btoa",
  "clearTimeout",
  "crypto",
  "queueMicrotask",
  "setTimeout",
  "structuredClone",
];
const context = vm.createContext(Object.fromEntries(webGlobals.map((name) => [name, globalThis[name]])));
vm.runInContext("globalThis.self = globalThis;", context);
vm.runInContext(bundle, context);
console.log(`web globals only (node:vm): ${await context.roundTrip()}`);

const installed = JSON.stringify(versions);
const stamp = join(cache, "installed.json");
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== installed) {
  writeFileSync(join(cache, "package.json"), JSON.stringify({ private: true, dependencies: versions }));
  execFileSync("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"], {
    cwd: cache,
    stdio: "inherit",
  });
  writeFileSync(stamp, installed);
}

const { Miniflare } = createRequire(join(cache, "package.json"))("miniflare");
const contents = `${bundle}\nexport default { fetch: async () => new Response(await globalThis.roundTrip()) };`;
const worker = new Miniflare({
  modules: [{ type: "ESModule", path: "worker.mjs", contents }],
  compatibilityDate: "2025-06-01",
});
try {
  const response = await worker.dispatchFetch("http://localhost/");
  const text = await response.text();
  if (!response.ok) throw new Error(`workerd: ${text}`);
  console.log(`workerd: ${text}`);
} finally {
  await worker.dispose();
}

// The packages named bun and deno fetch their binary when they are installed; it is in a package of its own as well.
const binary = (scope, names) => {
  const folder = join(cache, "node_modules", scope);
  for (const each of existsSync(folder) ? readdirSync(folder) : []) {
    for (const name of names) {
      const path = join(folder, each, name);
      if (existsSync(path)) return path;
    }
  }
  throw new Error(`${scope} has no binary for this platform`);
};
for (const { name, command } of [
  { name: "bun", command: [binary("@oven", ["bin/bun", "bin/bun.exe"]), "run", script] },
  { name: "deno", command: [binary("@deno", ["deno", "deno.exe"]), "run", "--quiet", script] },
]) {
  const { status, stdout, stderr, error } = spawnSync(command[0], command.slice(1), {
    encoding: "utf8",
    timeout: 60_000,
  });
  if (status !== 0) throw new Error(`${name}: ${error?.message ?? stderr}`);
  console.log(`${name} ${versions[name]}: ${stdout.trim()}`);
}

if (Object.keys(nodes).length === 0) {
  console.log(`skipped: zstd and newer kinds of values on Node 22 and 26: no package of Node for ${platform}`);
}
const newer = ["serializer-compressed", "serializer-json", "serializer-msgpack", "flows"];
for (const [name, version] of Object.entries(nodes)) {
  const jest = [join(root, "node_modules/jest/bin/jest.js"), "--selectProjects", ...newer];
  const { status, stderr, error } = spawnSync(
    join(cache, "node_modules", name, "bin/node"),
    [...jest, "--testPathPatterns", "test/zstd", "test/fidelity", "test/golden", "flows/test/hash"],
    { encoding: "utf8", timeout: 180_000, cwd: root },
  );
  if (status !== 0) throw new Error(`Node ${version}: ${error?.message ?? stderr}`);
  console.log(`Node ${version}: ${/^Tests: +(.*)$/m.exec(stderr)[1]}`);
}
