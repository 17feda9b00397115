// Works out licence, size and dependencies of every package that is installed here, and keeps each report as a result in
// ./.results. A second run is served from there, and another process, given nothing but the references, prints the same
// table.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { type Reference, ResultError, ResultStore } from "@coatcheck/core";
import { flow, task } from "@coatcheck/flows";
import { local } from "@coatcheck/storage-local";
import { inspect, type InstalledPackage, installedPackages } from "./packages.ts";
import { licenceTable } from "./table.ts";

interface Summary {
  readonly table: string;
  readonly reports: readonly Reference[];
  /** How many of the reports were there already. */
  readonly reused: number;
  /** Milliseconds that the reports took in this run, and in the one in which they were made. */
  readonly took: number;
  readonly inspecting: number;
}

const root = fileURLToPath(new URL("../../../", import.meta.url));
// What a power failure takes can be made again: no need to wait for the disk.
const storage = local({ path: `${root}.results`, durability: "none" });
const SUMMARY = "licences/summary";

/** A package of one version stays as it is, so its report is made once. */
const report = task(inspect, {
  name: "report",
  cacheKey: ({ args: [found] }) => {
    const { name, version } = found as InstalledPackage;
    return `report on ${name}@${version}`;
  },
  resultSerializer: "json",
});

const licences = flow(
  async (): Promise<Summary> => {
    const started = performance.now();
    const packages = await installedPackages(`${root}node_modules`);
    const states = await Promise.all(report.map(packages, { concurrency: 8 }).map((future) => future.wait()));
    const reports = await Promise.all(states.map((state) => state.result()));
    const took = performance.now() - started;
    const reused = states.filter(({ name }) => name === "Cached").length;
    return {
      table: licenceTable(reports),
      reports: states.map(({ data }) => data!.toJSON()),
      reused,
      took,
      inspecting: reused === states.length ? ((await summaryBefore())?.inspecting ?? took) : took,
    };
  },
  {
    name: "licences",
    persistResult: true,
    resultStorage: storage,
    resultSerializer: "compressed/msgpack",
    resultStorageKey: SUMMARY,
  },
);

/** The summary of the run before, if there was one. */
async function summaryBefore(): Promise<Summary | undefined> {
  try {
    return await new ResultStore<Summary>({ storage }).read(SUMMARY);
  } catch (error) {
    if (error instanceof ResultError && error.code === "Missing") return undefined;
    throw error;
  }
}

const { table, reports, reused, took, inspecting } = await licences();
const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

console.log(`${table}\n`);
console.log(
  `${reports.length} packages in ${seconds(took)}: ${reports.length - reused} inspected, ${reused} from storage.`,
);
if (reused === reports.length) {
  console.log(`Inspecting them took ${seconds(inspecting)}, so storage saved ${seconds(inspecting - took)}.`);
} else {
  console.log("Run it again: then they come from storage.");
}

console.log(`\nA reference, which is all that has to be handed around:\n${JSON.stringify(reports[0])}`);
await using file = await storage.get(SUMMARY, { range: { start: 0, end: 4096 } });
const [header] = new TextDecoder().decode(await file!.bytes()).split("\n", 1);
console.log(`\nThe first line of the summary's file in ${storage.url}:\n${header}`);

const reader = spawn(process.execPath, [fileURLToPath(new URL("reader.js", import.meta.url)), storage.url], {
  stdio: ["pipe", "pipe", "inherit"],
});
reader.stdin.end(reports.map((reference) => `${JSON.stringify(reference)}\n`).join(""));
let printed = "";
reader.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString()));
await once(reader, "close");
const same = printed === `${table}\n`;
console.log(
  `\nAnother process was given ${reports.length} references. It printed ${same ? "the same table" : `another table:\n${printed}`}.`,
);
process.exitCode = same ? 0 : 1;
