// What a user of Windows does first, with the packages as they are built: the first example of the README, names, URLs, odd
// keys, large objects, the command line.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { registerBlock, ResultStore } from "@coatcheck/core";
import { flow, inputs, task } from "@coatcheck/flows";
import { local } from "@coatcheck/storage-local";

const folder = process.argv[3];

async function story() {
  mkdirSync(folder, { recursive: true });
  process.chdir(folder);
  process.env["COATCHECK_HOME"] = join(folder, "home");

  // Neither names a storage: results are kept in the user's own folder.
  let calls = 0;
  const fetchRows = task(async (day) => ({ day, rows: new Map([["a", ++calls]]) }), {
    name: "fetchRows",
    cacheKey: inputs(),
  });
  const report = flow(async (days) => (await Promise.all(days.map((day) => fetchRows(day)))).length, {
    name: "report",
  });
  assert.equal(await report(["2026-11-20", "2026-11-21"]), 2);
  assert.equal(await report(["2026-11-20", "2026-11-21"]), 2);
  assert.equal(calls, 2);

  registerBlock("local/prod", { path: "./prod" });
  const url = pathToFileURL(join(folder, "by url")).href;
  for (const storage of ["local/prod", url, "file:./relative", local({ path: join(folder, "by-value") })]) {
    const store = new ResultStore({ storage, serializer: "json" });
    for (const key of [
      "numbers",
      "a/CON/nul.txt/at the end. /a:b?*<|>",
      "a/B/c",
      "A/b/C",
      "long/".repeat(40) + "key",
    ]) {
      const ticket = JSON.stringify(await store.write([1, 2, { key }], { key }));
      assert.deepEqual(await store.read(ticket), [1, 2, { key }]);
      assert.deepEqual(await store.read(key), [1, 2, { key }]);
    }
    for (const letter of ["x", "y"]) {
      await store.write(new Blob([letter.repeat(20_000_000)]).stream(), { key: "large" });
      const back = await new Response(await store.read("large")).text();
      assert.ok(back === letter.repeat(20_000_000));
    }
  }

  assert.match(coatcheck("block", "create", "local/saved", url), /Saved local\/saved/);
  assert.match(coatcheck("block", "ls"), /local\/saved/);
  assert.match(coatcheck("result", "ls", "local/saved"), /20\.0 MB +bytes +large/);
  assert.match(coatcheck("result", "get", "local/saved", "numbers"), /"key": ?"numbers"/);
  assert.match(coatcheck("doctor"), /local\/saved/);
}

// Through a file: it is the same on every system.
function coatcheck(...args) {
  const program = createRequire(import.meta.url).resolve("@coatcheck/cli/package.json");
  const output = join(folder, "output");
  const file = openSync(output, "w");
  const { status } = spawnSync(process.execPath, [join(program, "..", "dist", "main.js"), ...args], {
    stdio: ["ignore", file, file],
  });
  closeSync(file);
  const text = readFileSync(output, "utf8");
  assert.equal(status, 0, text);
  return text;
}

try {
  await story();
  process.send("done", () => process.exit(0));
} catch (error) {
  process.send(error.stack, () => process.exit(1));
}
