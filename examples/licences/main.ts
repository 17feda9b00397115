// Works out licence, size and dependencies of every package that is installed here, and keeps each report as a result in
// ./.results. A second run is served from there, and another process, given nothing but the references, prints the same
// table.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { type Reference, ResultError, ResultStore } from "@coatcheck/core";
import { local } from "@coatcheck/storage-local";
import { inParallel } from "./in-parallel.ts";
import { inspect, type InstalledPackage, installedPackages, type Report } from "./packages.ts";
import { Progress } from "./progress.ts";
import { licenceTable } from "./table.ts";

interface Kept {
  readonly report: Report;
  readonly reference: Reference;
  readonly reused: boolean;
}

interface Summary {
  readonly table: string;
  readonly reports: readonly Reference[];
  /** Milliseconds that the run took in which the reports were made. */
  readonly took: number;
}

const root = fileURLToPath(new URL("../../../", import.meta.url));
const storage = local({ path: `${root}.results` });
const reports = new ResultStore<Report>({ storage, serializer: "json" });
const summaries = new ResultStore<Summary>({ storage, serializer: "compressed/msgpack" });
const SUMMARY = "licences/summary";

/** The report on a package: the one that is kept, else a new one, which is kept. */
async function keep(found: InstalledPackage): Promise<Kept> {
  const key = `licences/reports/${found.name}@${found.version}.json`;
  try {
    const result = await reports.resolve(key);
    return { report: await result.get(), reference: result.toJSON(), reused: true };
  } catch (error) {
    if (!(error instanceof ResultError && error.code === "Missing")) throw error;
  }
  const report = await inspect(found);
  const result = await reports.write(report, { key });
  return { report, reference: result.toJSON(), reused: false };
}

const started = performance.now();
const packages = await installedPackages(`${root}node_modules`);
const progress = new Progress(packages.length);
const kept = await inParallel(packages, 8, async (found) => {
  const one = await keep(found);
  progress.step(one.reused ? "from storage" : "inspected", `${found.name}@${found.version}`);
  return one;
});
progress.end();
const took = performance.now() - started;

const table = licenceTable(kept.map(({ report }) => report));
const references = kept.map(({ reference }) => reference);
const reused = kept.filter((one) => one.reused).length;
const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

console.log(`${table}\n`);
console.log(`${kept.length} packages in ${seconds(took)}: ${kept.length - reused} inspected, ${reused} from storage.`);
if (reused === kept.length && (await summaries.exists(SUMMARY))) {
  const before = await summaries.read(SUMMARY);
  console.log(`Inspecting them took ${seconds(before.took)}, so storage saved ${seconds(before.took - took)}.`);
} else {
  await summaries.write({ table, reports: references, took }, { key: SUMMARY });
  console.log("Run it again: then they come from storage.");
}

console.log(`\nA reference, which is all that has to be handed around:\n${JSON.stringify(references[0])}`);
await using file = await storage.get(SUMMARY, { range: { start: 0, end: 4096 } });
const [header] = new TextDecoder().decode(await file!.bytes()).split("\n", 1);
console.log(`\nThe first line of the summary's file in ${storage.url}:\n${header}`);

const reader = spawn(process.execPath, [fileURLToPath(new URL("reader.js", import.meta.url)), storage.url], {
  stdio: ["pipe", "pipe", "inherit"],
});
reader.stdin.end(references.map((reference) => `${JSON.stringify(reference)}\n`).join(""));
let printed = "";
reader.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString()));
await once(reader, "close");
const same = printed === `${table}\n`;
console.log(
  `\nAnother process was given ${references.length} references. It printed ${same ? "the same table" : `another table:\n${printed}`}.`,
);
process.exitCode = same ? 0 : 1;
