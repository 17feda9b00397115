// Packs every package as npm would publish it, checks what was packed, installs the tarballs in an empty folder, and uses
// each there once: imported and required.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import esbuild from "esbuild";
import { checkLoadedModules } from "./loaded-modules.mjs";
import { pack, packages, root, run } from "./packages.mjs";

const work = mkdtempSync(join(tmpdir(), "coatcheck-packed-"));
const alone = mkdtempSync(join(tmpdir(), "coatcheck-alone-"));
try {
  const tarballs = packages.map(({ folder, manifest }) => {
    const { tarball, paths } = pack(folder, work);
    // A command is run, not imported.
    const isCommand = manifest.exports["."] === undefined;
    const library = ["dist/esm/index.js", "dist/cjs/index.js", "dist/cjs/package.json"];
    for (const needed of ["README.md", ...(isCommand ? ["dist/main.js"] : library)]) {
      if (!paths.includes(needed)) throw new Error(`${manifest.name} is packed without ${needed}`);
    }
    const stray = paths.filter((path) => /(^|\/)(src|test|node_modules)\/|\.tsbuildinfo$/.test(path));
    if (stray.length > 0) throw new Error(`${manifest.name} is packed with ${stray.join(", ")}`);
    run("npx", ["publint", "run", tarball, "--strict"], root);
    if (!isCommand) run("npx", ["attw", tarball, "--profile", "node16"], root);
    console.log(`packed ${manifest.name}: ${paths.length} files, publint and attw are content`);
    return tarball;
  });

  writeFileSync(join(work, "package.json"), JSON.stringify({ name: "user", version: "1.0.0", private: true }));
  run("npm", ["install", "--no-audit", "--no-fund", ...tarballs], work);

  const use = `
    const value = { rows: [1, 2, 3], at: new Date(0) };
    const stores = [
      new core.ResultStore({ storage: local({ path: "by-value" }), serializer: json() }),
      new core.ResultStore({ storage: core.memory(), serializer: msgpack() }),
      new core.ResultStore({ storage: "file://" + process.cwd() + "/by-name", serializer: "compressed/json" }),
      new core.ResultStore({ storage: core.memory(), serializer: compressed(msgpack()) }),
      new core.ResultStore({ storage: "memory:default" }),
      new core.ResultStore({ storage: core.memory(), serializer: encrypted(json(), { keys: { a: new Uint8Array(32) } }) }),
    ];
    for (const store of stores) {
      const text = JSON.stringify(await store.write(value));
      assert.deepEqual(await store.read(text), value);
    }
    const bucket = s3({ bucket: "packed", endpoint: process.env.S3_ENDPOINT, credentials: { accessKeyId: "id", secretAccessKey: "secret" } });
    const kept = new core.ResultStore({ storage: bucket, serializer: json() });
    assert.deepEqual(await kept.read(JSON.stringify(await kept.write(value))), value);
    await bucket.close();
    const container = azure({ container: "packed", connectionString: process.env.AZURE_CONNECTION });
    const blobs = new core.ResultStore({ storage: container, serializer: json() });
    assert.deepEqual(await blobs.read(JSON.stringify(await blobs.write(value))), value);
    await container.close();
    const objects = gcs({ bucket: "packed", endpoint: process.env.GCS_ENDPOINT, credentials: process.env.GCS_CREDENTIALS });
    const stored = new core.ResultStore({ storage: objects, serializer: json() });
    assert.deepEqual(await stored.read(JSON.stringify(await stored.write(value))), value);
    await objects.close();
    let runs = 0;
    const twice = task(async (n) => (runs++, n * 2), { name: "packed-" + how, cacheKey: inputs(), resultStorage: local({ path: "tasks-" + process.pid }), resultSerializer: json() });
    assert.deepEqual([await twice(2), await twice(2), runs], [4, 4, 1]);
    assert.equal(typeof storageConformance, "function");
    assert.equal(typeof serializerConformance, "function");
    console.log(how + ": one round trip through every package");
  `;
  const names = {
    core: ["core", "* as core"],
    "storage-local": ["local"],
    "serializer-json": ["json"],
    "serializer-msgpack": ["msgpack"],
    "serializer-compressed": ["compressed"],
    "serializer-encrypted": ["encrypted"],
    "storage-s3": ["s3"],
    "storage-azure": ["azure"],
    "storage-gcs": ["gcs"],
    flows: ["inputs", "task"],
    testing: ["storageConformance", "serializerConformance"],
  };
  const libraries = packages.filter(({ manifest }) => manifest.exports["."] !== undefined);
  const unused = libraries.filter(({ manifest }) => !(manifest.name.replace("@coatcheck/", "") in names));
  if (unused.length > 0)
    throw new Error(`not used by this check: ${unused.map(({ manifest }) => manifest.name).join(", ")}`);
  const entries = Object.entries(names);
  const imports = entries.map(([name, what]) =>
    name === "core"
      ? `import * as core from "@coatcheck/core";`
      : `import { ${what.join(", ")} } from "@coatcheck/${name}";`,
  );
  const requires = entries.map(([name, what]) =>
    name === "core"
      ? `const core = require("@coatcheck/core");`
      : `const { ${what.join(", ")} } = require("@coatcheck/${name}");`,
  );
  writeFileSync(
    join(work, "use.mjs"),
    `import assert from "node:assert/strict";\n${imports.join("\n")}\nconst how = "imported";\n${use}`,
  );
  writeFileSync(
    join(work, "use.cjs"),
    `const assert = require("node:assert/strict");\n${requires.join("\n")}\nconst how = "required";\n(async () => {${use}})().catch((error) => { console.error(error); process.exit(1); });`,
  );
  // What is on a network is used over HTTP, with the servers that the tests have.
  const { outputFiles } = await esbuild.build({
    entryPoints: [join(root, "packages/test-servers/src/index.ts")],
    bundle: true,
    platform: "node",
    format: "esm",
    write: false,
  });
  // Where Azurite is found.
  const serverFile = join(root, "node_modules/.cache/packed-server.mjs");
  mkdirSync(dirname(serverFile), { recursive: true });
  writeFileSync(
    serverFile,
    `${outputFiles[0].text}
    const account = { accessKeyId: "id", secretAccessKey: "secret" };
    const s3 = await S3TestServer.start({ buckets: ["packed"], accounts: [account] });
    const azure = await AzureTestServer.start({ containers: ["packed"] });
    const crypto = await import("node:crypto");
    const { privateKey } = crypto.generateKeyPairSync("rsa", {
      modulusLength: 2048,
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    });
    const gcs = await GcsTestServer.start({ buckets: ["packed"], accounts: [{ email: "a@b", privateKey }] });
    // Outside of Google's public universe the SDK signs tokens itself, and asks Google for none.
    const key = { client_email: "a@b", private_key: privateKey, universe_domain: "universe.invalid" };
    console.log(
      JSON.stringify({
        S3_ENDPOINT: s3.url,
        AZURE_CONNECTION: azure.connectionString,
        GCS_ENDPOINT: gcs.url,
        GCS_CREDENTIALS: JSON.stringify(key),
      }),
    );`,
  );
  const server = spawn(process.execPath, [serverFile], { stdio: ["ignore", "pipe", "inherit"] });
  const [ready] = await once(server.stdout, "data");
  Object.assign(process.env, JSON.parse(String(ready)));
  try {
    for (const file of ["use.mjs", "use.cjs"]) console.log(run(process.execPath, [file], work).trim());
    // The CommonJS files themselves, as a runtime without require(esm) takes them.
    console.log(run(process.execPath, ["--no-experimental-require-module", "use.cjs"], work).trim());
  } finally {
    server.kill();
    rmSync(serverFile);
  }

  checkLoadedModules(work);

  // Core alone: it works, bundles though no plugin package is there, and says what to install.
  // In a folder of its own: below the other one its packages would be found.
  writeFileSync(join(alone, "package.json"), JSON.stringify({ name: "alone", version: "1.0.0", private: true }));
  run(
    "npm",
    [
      "install",
      "--no-audit",
      "--no-fund",
      tarballs[packages.findIndex(({ manifest }) => manifest.name === "@coatcheck/core")],
    ],
    alone,
  );
  const installed = readdirSync(join(alone, "node_modules")).filter((name) => !name.startsWith("."));
  const scoped = readdirSync(join(alone, "node_modules/@coatcheck"));
  if (installed.length !== 1 || scoped.length !== 1)
    throw new Error(`core brings more than itself: ${[...installed, ...scoped].join(", ")}`);
  writeFileSync(
    join(alone, "alone.mjs"),
    `import { memory, ResultStore } from "@coatcheck/core";
    const bytes = await new ResultStore({ storage: memory(), serializer: { type: "none", serialize() {}, deserialize() {} } }).write(new Uint8Array(3));
    if ((await bytes.get()).length !== 3) throw new Error("bytes did not come back");
    for (const [options, line] of [
      [{ storage: "memory:a" }, "npm install @coatcheck/serializer-msgpack"],
      [{ storage: "memory:a", serializer: "json" }, "npm install @coatcheck/serializer-json"],
      [{ storage: "memory:a", serializer: "compressed/json" }, "npm install @coatcheck/serializer-"],
      [{ storage: "file:///tmp/x", serializer: { type: "none", serialize() {}, deserialize() {} } }, "npm install @coatcheck/storage-local"],
    ]) {
      const error = await new ResultStore(options).open().catch((caught) => caught);
      if (error.code !== "MissingPackage" || !error.message.includes(line)) throw error;
    }
    console.log("core alone: works, and says what to install");`,
  );
  await esbuild.build({
    entryPoints: [join(alone, "alone.mjs")],
    outfile: join(alone, "bundle.mjs"),
    bundle: true,
    format: "esm",
    platform: "node",
    logLevel: "error",
  });
  for (const file of ["alone.mjs", "bundle.mjs"])
    console.log(`${file}: ${run(process.execPath, [file], alone).trim()}`);
} finally {
  for (const folder of [work, alone]) rmSync(folder, { recursive: true, force: true });
}
