import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { benchmarks, Report } from "./report.ts";
import { type Contender, takeTurns } from "./rounds.ts";

const ROUNDS = 15;
const home = mkdtempSync(join(tmpdir(), "coatcheck-start-"));
const bin = join(benchmarks, "../packages/cli/dist/main.js");

/** A process of its own, from its start to its end. */
function start(name: string, args: readonly string[], note?: string): Contender {
  const options = { cwd: benchmarks, env: { ...process.env, COATCHECK_HOME: home }, stdio: "pipe" } as const;
  return {
    name,
    ...(note === undefined ? {} : { note }),
    run: () => void execFileSync(process.execPath, args, options),
  };
}

/** A program beside the benchmarks, so that it finds what they find. */
let files = 0;
function program(code: string): string[] {
  const path = join(benchmarks, "node_modules", `.start-${process.pid}-${files++}.mjs`);
  writeFileSync(path, code);
  programs.push(path);
  return [path];
}
const programs: string[] = [];

const nothing = start("node, with nothing to do", program(""));
const importing = (name: string): Contender => start(name, program(`import ${JSON.stringify(name)};`));
const storage = JSON.stringify(`file://${home}/results`);
const path = JSON.stringify(`${home}/results`);

const imports = [
  nothing,
  ...[
    "@coatcheck/core",
    "@coatcheck/flows",
    "@coatcheck/storage-local",
    "@coatcheck/storage-s3",
    "@coatcheck/storage-gcs",
    "@coatcheck/storage-azure",
    "@coatcheck/serializer-json",
    "@coatcheck/serializer-msgpack",
    "@coatcheck/serializer-compressed",
    "@coatcheck/serializer-encrypted",
  ].map(importing),
  ...[
    "unstorage",
    "keyv",
    "flydrive",
    "msgpackr",
    "@aws-sdk/client-s3",
    "@google-cloud/storage",
    "@azure/storage-blob",
  ].map(importing),
];

const first = [
  nothing,
  start(
    "first result, by value: local, json",
    program(`
      import { ResultStore } from "@coatcheck/core";
      import { json } from "@coatcheck/serializer-json";
      import { local } from "@coatcheck/storage-local";
      const store = new ResultStore({ storage: local({ path: ${path} }), serializer: json() });
      await store.read(JSON.stringify(await store.write({ a: 1 })));`),
  ),
  ...["json", "msgpack", "compressed/json"].map((serializer) =>
    start(
      `first result, by name: local, ${serializer}`,
      program(`
        import { ResultStore } from "@coatcheck/core";
        const store = new ResultStore({ storage: ${storage}, serializer: ${JSON.stringify(serializer)} });
        await store.read(JSON.stringify(await store.write({ a: 1 })));`),
    ),
  ),
  start(
    "first flow with a task that is kept",
    program(`
      import { flow, task } from "@coatcheck/flows";
      const one = task(async () => ({ a: 1 }), { name: "one", persistResult: true, resultStorage: ${storage} });
      await flow(async () => await one(), { name: "first" })();`),
  ),
  start(
    "unstorage fs, first value",
    program(`
      import { createStorage } from "unstorage";
      import fs from "unstorage/drivers/fs";
      const storage = createStorage({ driver: fs({ base: ${JSON.stringify(`${home}/unstorage`)} }) });
      await storage.setItem("a", { a: 1 });
      await storage.getItem("a");`),
    "not durable, not verified",
  ),
];

const command = [
  nothing,
  ...[["--version"], ["--help"], ["config", "view"], ["result", "ls", `file://${home}/empty`]].map((args) =>
    start(`coatcheck ${args.slice(0, 2).join(" ")}`, [bin, ...args]),
  ),
];

try {
  const peers = ["unstorage", "keyv", "flydrive", "msgpackr", "@aws-sdk/client-s3", "@google-cloud/storage"];
  const report = new Report("Start: processes from their start to their end, beside Node with nothing to do", {
    peers: [...peers, "@azure/storage-blob"],
  });
  report.note("The built packages, one after the other in turns, each in a process of its own.");
  for (const [group, contenders] of Object.entries({ import: imports, "first result": first, command })) {
    const timed = await takeTurns(contenders, ROUNDS);
    const base = timed[0]!.ms;
    // The processor's time of other processes is not this one's.
    const lines = timed.map(({ name, note, ratio, quartiles, ms }) => ({
      name,
      ...(note === "" ? {} : { note }),
      values: { ratio, low: quartiles[0], high: quartiles[1], ms, "ms more": ms - base },
    }));
    report.table(group, "", lines);
  }
  await report.save();
} finally {
  for (const each of programs) rmSync(each);
  rmSync(home, { recursive: true, force: true });
}
