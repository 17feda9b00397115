// The other process: references come in, a line each, and the table goes out. All it knows besides is the storage.
import { createInterface } from "node:readline";
import { ResultStore } from "@coatcheck/core";
import type { Report } from "./packages.ts";
import { licenceTable } from "./table.ts";

const store = new ResultStore<Report>({ storage: process.argv[2]!, serializer: "json" });
const reports: Report[] = [];
for await (const reference of createInterface(process.stdin)) reports.push(await store.read(reference));
console.log(licenceTable(reports));
