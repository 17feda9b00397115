// The other process: references come in, a line each, and the table goes out. All it knows besides is the storage.
import { createInterface } from "node:readline";
import { ResultStore } from "@coatcheck/core";
import { inParallel } from "./in-parallel.ts";
import type { Report } from "./packages.ts";
import { licenceTable } from "./table.ts";

const store = new ResultStore<Report>({ storage: process.argv[2]!, serializer: "json" });
const references: string[] = [];
for await (const line of createInterface(process.stdin)) references.push(line);
console.log(licenceTable(await inParallel(references, 8, (reference) => store.read(reference))));
