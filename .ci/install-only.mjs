// Installs nothing but core, core with every package, and core with packages that are broken, in empty projects of npm, of
// pnpm with hoisting off and of Yarn with Plug'n'Play: each type by its slug alone. Then bundles a program that opens by
// slug, without the packages, with esbuild, webpack, rollup and Vite.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { pack, packages, root, run } from "./packages.mjs";

const VERSIONS = {
  pnpm: "10.34.9",
  "@yarnpkg/cli-dist": "4.18.1",
  esbuild: "0.28.2",
  webpack: "5.112.2",
  rollup: "4.68.7",
  "@rollup/plugin-node-resolve": "16.0.3",
  vite: "7.3.8",
};
// Each type, how it is opened, and the package that brings it.
const TYPES = [
  ["storage", "local", "local/probe", "@coatcheck/storage-local"],
  ["storage", "s3", "s3/probe", "@coatcheck/storage-s3"],
  ["storage", "gcs", "gcs/probe", "@coatcheck/storage-gcs"],
  ["storage", "azure", "azure/probe", "@coatcheck/storage-azure"],
  ["serializer", "json", "json", "@coatcheck/serializer-json"],
  ["serializer", "msgpack", "msgpack", "@coatcheck/serializer-msgpack"],
  ["codec", "compressed", "compressed/own", "@coatcheck/serializer-compressed"],
  ["codec", "encrypted", "encrypted/own", "@coatcheck/serializer-encrypted"],
];
const BLOCKS = {
  "local/probe": "file:./kept",
  "s3/probe": "s3://bucket?region=eu-west-1",
  "gcs/probe": "gs://bucket",
  "azure/probe": "az://container?account=account",
};
const KEYS = { COATCHECK_ENCRYPTION_KEYS: `k:${Buffer.alloc(32, 1).toString("base64")}` };

// Says of each type what opening it by name gives.
const PROBE = `
  import { openSerializer, openStorage, register } from "@coatcheck/core";
  const own = { type: "own", serialize: (value) => new TextEncoder().encode(JSON.stringify(value)), deserialize: (bytes) => JSON.parse(new TextDecoder().decode(bytes)) };
  register({ api: 1, kind: "serializer", type: "own", options: {}, open: () => own });
  const outcomes = {};
  for (const [kind, type, name] of ${JSON.stringify(TYPES)}) {
    try {
      if (kind === "storage") outcomes[type] = (await openStorage(name)).url.split(":")[0];
      else {
        const serializer = await openSerializer(name);
        const value = { a: [1, "x"] };
        outcomes[type] = JSON.stringify(await serializer.deserialize(await serializer.serialize(value)));
      }
    } catch ({ code, message }) {
      outcomes[type] = { code, message };
    }
  }
  if (typeof outcomes.local === "string") {
    const storage = await openStorage("local/probe");
    await storage.put("k", new Uint8Array(3));
    outcomes.local = (await storage.stat("k")).size;
  }
  console.log(JSON.stringify(outcomes));
`;

const FLOWS = `
  import { task } from "@coatcheck/flows";
  const kept = task(async () => 42, { name: "kept", resultStorage: "local/probe", resultSerializer: "json" });
  const state = await kept.returnState();
  if (state.type !== "Completed") throw await state.result({ raiseOnFailure: false });
  console.log(await state.result());
`;

const work = mkdtempSync(join(tmpdir(), "coatcheck-managers-"));
const started = Date.now();
const say = (text) => console.log(`${String(Math.round((Date.now() - started) / 1000)).padStart(4)} s  ${text}`);
try {
  const tarballs = new Map(packages.map(({ folder, manifest }) => [manifest.name, pack(folder, work).tarball]));
  const broken = new Map(TYPES.map(([, , , name]) => [name, packBroken(name)]));
  const tools = join(work, "tools");
  mkdirSync(tools);
  writeFileSync(join(tools, "package.json"), "{}");
  const wanted = Object.entries(VERSIONS).map(([name, version]) => `${name}@${version}`);
  run("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", ...wanted], tools);
  say("packed the packages, installed the managers and the bundlers");

  const CORE_FILE = { "@coatcheck/core": `file:${tarballs.get("@coatcheck/core")}` };
  const managers = {
    npm: {
      // Peers that a storage needs are not part of this: their absence has an error of its own.
      install: (folder) => run("npm", ["install", "--no-audit", "--no-fund", "--legacy-peer-deps"], folder),
      node: (folder, args) => run(process.execPath, args, folder, KEYS),
      manifest: (files) => ({ overrides: files }),
    },
    pnpm: {
      install: (folder) => run(process.execPath, [join(tools, "node_modules/pnpm/bin/pnpm.cjs"), "install"], folder),
      node: (folder, args) => run(process.execPath, args, folder, KEYS),
      files: () => ({
        ".npmrc": "hoist=false\nshamefully-hoist=false\nauto-install-peers=false\nstrict-peer-dependencies=false\n",
      }),
      manifest: (files) => ({ pnpm: { overrides: files } }),
    },
    "yarn (Plug'n'Play)": {
      install: (folder) => yarn(folder, ["install", "--no-immutable"]),
      node: (folder, args) => yarn(folder, ["node", ...args]),
      files: () => ({ ".yarnrc.yml": yarnSettings(), "yarn.lock": "" }),
      // Not every registry has all bindings of the newest; those are optional, but Yarn does not count them so.
      manifest: (files) => ({ resolutions: { ...files, "msgpackr-extract": "3.0.4" } }),
    },
  };
  function yarn(folder, args) {
    return run(process.execPath, [join(tools, "node_modules/@yarnpkg/cli-dist/bin/yarn.js"), ...args], folder, {
      ...KEYS,
      YARN_GLOBAL_FOLDER: join(work, "yarn"),
      YARN_ENABLE_TELEMETRY: "0",
    });
  }
  // Yarn reads no settings of npm: it is told which registry npm uses.
  function yarnSettings() {
    const registry = run("npm", ["config", "get", "registry"], work).trim();
    const host = new URL(registry).hostname;
    return `nodeLinker: pnp\nnpmRegistryServer: "${registry}"\nunsafeHttpWhitelist: ["${host}"]\nenableScripts: false\n`;
  }

  for (const [manager, how] of Object.entries(managers)) {
    const project = (name, dependencies) => {
      const folder = join(work, `${manager.split(" ")[0]}-${name}`);
      mkdirSync(folder);
      const needed = Object.fromEntries([...dependencies].map(([each, path]) => [each, `file:${path}`]));
      // What depends on core is to get this one, which is not published yet.
      const manifest = {
        name: "user",
        private: true,
        type: "module",
        dependencies: needed,
        ...how.manifest(CORE_FILE),
      };
      writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
      writeFileSync(join(folder, "coatcheck.config.json"), JSON.stringify({ blocks: BLOCKS }));
      writeFileSync(join(folder, "probe.js"), PROBE);
      for (const [path, text] of Object.entries(how.files?.() ?? {})) writeFileSync(join(folder, path), text);
      how.install(folder);
      return folder;
    };
    const probe = (folder) => JSON.parse(how.node(folder, ["probe.js"]).trim().split("\n").at(-1));
    const core = ["@coatcheck/core", tarballs.get("@coatcheck/core")];

    const nothing = probe(project("core-only", new Map([core])));
    for (const [kind, type, , name] of TYPES) {
      const what = `${kind[0].toUpperCase()}${kind.slice(1)} type "${type}"`;
      const message = `${what} needs the package ${name}, which is not installed. Run: npm install ${name}`;
      assert.deepEqual(nothing[type], { code: "MissingPackage", message }, `${manager}, ${type}, not installed`);
    }

    const all = TYPES.map(([, , , name]) => [name, tarballs.get(name)]);
    const cli = ["@coatcheck/cli", tarballs.get("@coatcheck/cli")];
    const installed = project("all", new Map([core, cli, ...all]));
    const opened = probe(installed);
    const json = '{"a":[1,"x"]}';
    assert.deepEqual(
      opened,
      { local: 3, s3: "s3", gcs: "gs", azure: "az", json, msgpack: json, compressed: json, encrypted: json },
      `${manager}, installed`,
    );
    const doctor = commandOf(how, installed, ["doctor", "--json"]);
    const found = doctor.filter(({ kind }) => kind !== undefined);
    assert.equal(found.length, TYPES.length);
    assert.ok(
      found.every((each) => each.installed),
      `${manager}: the command sees what is installed`,
    );

    // Who installs flows does not install core: what core loads by name is found all the same.
    const through = ["@coatcheck/flows", "@coatcheck/storage-local", "@coatcheck/serializer-json"];
    const flows = project("flows", new Map(through.map((name) => [name, tarballs.get(name)])));
    writeFileSync(join(flows, "flows.js"), FLOWS);
    assert.equal(how.node(flows, ["flows.js"]).trim().split("\n").at(-1), "42", `${manager}: through flows`);

    const failing = probe(project("broken", new Map([core, ...broken])));
    for (const [, type, , name] of TYPES) {
      assert.equal(failing[type].code, "BrokenPackage", `${manager}, ${type}, broken: ${failing[type].message}`);
      assert.ok(
        failing[type].message.includes(`${name}, which is installed but failed to load`),
        failing[type].message,
      );
      assert.ok(failing[type].message.includes("a-dependency-that-is-not-there"), failing[type].message);
    }
    if (manager === "npm") {
      const used = ["@coatcheck/storage-local", "@coatcheck/serializer-json"];
      project("by-value", new Map([core, ...used.map((name) => [name, tarballs.get(name)])]));
    }
    say(`${manager}: ${TYPES.length} types not installed, installed, and installed but broken, each as it should be`);
  }

  function commandOf(how, folder, args) {
    // The command as the manager links it. It exits with 1 where clouds cannot be reached, which is not the point here.
    writeFileSync(
      join(folder, "command.js"),
      `import { spawnSync } from "node:child_process";
      import { createRequire } from "node:module";
      import { dirname, join } from "node:path";
      const require = createRequire(import.meta.url);
      const bin = join(dirname(require.resolve("@coatcheck/cli/package.json")), "dist/main.js");
      process.stdout.write(spawnSync(process.execPath, [bin, ...${JSON.stringify(args)}], { encoding: "utf8" }).stdout);`,
    );
    const printed = how.node(folder, ["command.js"]).trim().split("\n");
    return printed.map((line) => JSON.parse(line));
  }

  checkTypes();
  await bundle();

  // Slugs and options are typed without an import: where a package is installed by its options, where not by the slug alone.
  function checkTypes() {
    const common = `
      import { openStorage, registerBlock } from "@coatcheck/core";
      registerBlock("s3/prod", { anything: 1 });
      await openStorage("s3/prod");
      // @ts-expect-error -- A type that there is not.
      registerBlock("s4/prod", {});
      // @ts-expect-error -- A type that there is not.
      await openStorage("s4/prod");`;
    const localInstalled = `
      registerBlock("local/prod", { path: "/x", durability: "none" });
      // @ts-expect-error -- An option that there is not.
      registerBlock("local/prod", { pth: "/x" });`;
    for (const [name, text] of [
      ["npm-core-only", `${common}\nregisterBlock("local/prod", { pth: "/x" });`],
      ["npm-by-value", common + localInstalled],
    ]) {
      const folder = join(work, name);
      writeFileSync(join(folder, "types.ts"), text);
      const libraries = "ES2023,DOM,DOM.Iterable,DOM.AsyncIterable,ESNext.Disposable";
      const flags = ["--strict", "--module", "nodenext", "--target", "es2022", "--lib", libraries, "--types", ""];
      run(join(root, "node_modules/.bin/tsc"), ["--noEmit", ...flags, "types.ts"], folder);
    }
    say("types: checked with and without the package, and core's own declarations with them");
  }

  async function bundle() {
    const folder = join(work, "npm-core-only");
    const entry = join(folder, "entry.js");
    writeFileSync(
      entry,
      `import { memory, openStorage } from "@coatcheck/core";
      await memory().put("k", new Uint8Array(1));
      console.log((await openStorage("memory:x")).url);
      try {
        await openStorage("file:///tmp/x");
      } catch ({ code, message }) {
        console.log(code + ": " + message);
      }`,
    );
    const tool = async (name) => await import(pathToFileURL(join(tools, "node_modules", name)).href);
    const [esbuild, webpack, rollup, resolvePlugin, vite] = await Promise.all([
      tool("esbuild/lib/main.js"),
      tool("webpack/lib/index.js"),
      tool("rollup/dist/rollup.js"),
      tool("@rollup/plugin-node-resolve/dist/es/index.js"),
      tool("vite/dist/node/index.js"),
    ]);
    const out = (name) => join(work, "bundles", name);
    const bundlers = {
      esbuild: async (outdir) =>
        await esbuild.build({
          entryPoints: [entry],
          outdir,
          bundle: true,
          splitting: true,
          format: "esm",
          platform: "node",
          outExtension: { ".js": ".mjs" },
          logLevel: "error",
        }),
      webpack: async (path) =>
        await new Promise((resolve, reject) => {
          const options = {
            mode: "production",
            target: "node20",
            entry,
            experiments: { outputModule: true },
            output: { path, filename: "entry.mjs", chunkFilename: "[id].mjs", module: true, chunkFormat: "module" },
            optimization: { minimize: false },
          };
          webpack.default(options, (error, stats) =>
            error !== null || stats.hasErrors() ? reject(error ?? new Error(stats.toString("errors-only"))) : resolve(),
          );
        }),
      rollup: async (dir) => {
        const plugins = [resolvePlugin.default({ exportConditions: ["module-sync", "node"] })];
        const built = await rollup.rollup({ input: entry, plugins, onwarn: () => undefined });
        await built.write({ dir, format: "esm", entryFileNames: "entry.mjs", chunkFileNames: "[name]-[hash].mjs" });
      },
      vite: async (outDir) =>
        await vite.build({
          root: folder,
          configFile: false,
          logLevel: "error",
          ssr: { noExternal: true },
          build: { ssr: entry, outDir, emptyOutDir: true, rollupOptions: { output: { entryFileNames: "entry.mjs" } } },
        }),
    };
    for (const [name, build] of Object.entries(bundlers)) {
      const dir = out(name);
      mkdirSync(dir, { recursive: true });
      await build(dir);
      const [memory, missing] = run(process.execPath, [join(dir, "entry.mjs")], tmpdir())
        .trim()
        .split("\n");
      assert.equal(memory, "memory:x", name);
      assert.equal(
        missing,
        'MissingPackage: Storage type "local" needs the package @coatcheck/storage-local, which is not installed. Run: npm install @coatcheck/storage-local',
        name,
      );
      say(`${name}: bundled by slug without the packages; it works, and says what to install`);
    }

    const value = join(work, "npm-by-value", "value.js");
    writeFileSync(
      value,
      `import { ResultStore } from "@coatcheck/core";
      import { json } from "@coatcheck/serializer-json";
      import { local } from "@coatcheck/storage-local";
      const store = new ResultStore({ storage: local({ path: process.argv[2] }), serializer: json() });
      console.log(JSON.stringify(await store.read(JSON.stringify(await store.write([1, 2])))));`,
    );
    const outfile = out("by-value.mjs");
    await esbuild.build({
      entryPoints: [value],
      outfile,
      bundle: true,
      format: "esm",
      platform: "node",
      logLevel: "error",
    });
    assert.equal(run(process.execPath, [outfile, join(work, "kept")], tmpdir()).trim(), "[1,2]");
    say("esbuild: bundled by value; it works where nothing is installed");
  }

  // A package of that name that needs something that is not there.
  function packBroken(name) {
    const folder = join(work, "broken", basename(name));
    mkdirSync(folder, { recursive: true });
    const { version } = packages.find(({ manifest }) => manifest.name === name).manifest;
    writeFileSync(
      join(folder, "package.json"),
      JSON.stringify({ name, version, type: "module", exports: "./index.js" }),
    );
    writeFileSync(join(folder, "index.js"), 'import "a-dependency-that-is-not-there"; export default {};');
    return pack(folder, folder).tarball;
  }
} finally {
  if (process.env.KEEP === undefined) rmSync(work, { recursive: true, force: true });
  else console.log(work);
}
