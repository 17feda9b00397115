// What is loaded when: importing core loads nothing but core, opening storages by name no SDK.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./packages.mjs";

const STEPS = `
  step("import");
  const { openStorage } = await load("@coatcheck/core");
  step("open");
  for (const url of ["file:./x", "s3://bucket?region=eu-west-1", "gs://bucket", "az://container?account=account"]) await openStorage(url);
  step("use");
  const { url } = await openStorage("s3://bucket?region=eu-west-1&endpoint=http://127.0.0.1:9");
  await (await openStorage(url)).stat("k", { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
  step("done");
`;

/** Checks it in `folder`, where all packages and SDKs are installed; once as ES modules, once as CommonJS. */
export function checkLoadedModules(folder) {
  writeFileSync(
    join(folder, "log-loads.mjs"),
    `import { appendFileSync } from "node:fs";
    export async function load(url, context, next) {
      appendFileSync("loads.txt", url + "\\n");
      return await next(url, context);
    }`,
  );
  writeFileSync(
    join(folder, "loads.mjs"),
    `import { appendFileSync } from "node:fs";
    import { register } from "node:module";
    register("./log-loads.mjs", import.meta.url);
    const step = (name) => appendFileSync("loads.txt", "step " + name + "\\n");
    const load = async (name) => await import(name);
    ${STEPS}`,
  );
  writeFileSync(
    join(folder, "loads.cjs"),
    `const { appendFileSync } = require("node:fs");
    const Module = require("node:module");
    const original = Module._load;
    Module._load = function (request, parent) {
      const path = Module.isBuiltin(request) ? request : Module._resolveFilename(request, parent);
      appendFileSync("loads.txt", (Module.isBuiltin(request) ? "node:" + request.replace("node:", "") : "file://" + path) + "\\n");
      return original.apply(this, arguments);
    };
    const step = (name) => appendFileSync("loads.txt", "step " + name + "\\n");
    const load = async (name) => require(name);
    (async () => {${STEPS}})();`,
  );
  for (const args of [["loads.mjs"], ["--no-experimental-require-module", "loads.cjs"]]) {
    writeFileSync(join(folder, "loads.txt"), "");
    run(process.execPath, args, folder);
    const loaded = {};
    let step;
    for (const line of run("cat", ["loads.txt"], folder).trim().split("\n")) {
      if (line.startsWith("step ")) loaded[(step = line.slice(5))] = [];
      else loaded[step]?.push(line);
    }
    const how = args.at(-1);
    const packageOf = (url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ?? url;
    const packagesOf = (name) => [...new Set(loaded[name].map(packageOf))];
    assert.deepEqual(packagesOf("import"), ["@coatcheck/core"], `${how}: importing core`);
    const opening = packagesOf("open").filter((name) => !name.startsWith("@coatcheck/") && !name.startsWith("node:"));
    assert.deepEqual(opening, [], `${how}: opening storages`);
    assert.ok(packagesOf("use").includes("@aws-sdk/client-s3"), `${how}: using one loads its SDK`);
    console.log(
      `${how}: core loads ${loaded.import.length} files of its own; storages load no SDK before they are used`,
    );
  }
}
