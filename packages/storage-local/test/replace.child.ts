import { writeSync } from "node:fs";
import { local } from "@coatcheck/storage-local";

// Replaces the objects 0 to count - 1, in turn, until it is killed.
const [, , path, count] = process.argv;
const storage = local({ path: path!, durability: "none" });
writeSync(1, "ready");
for (let index = 0; ; index = (index + 1) % Number(count)) await storage.put(String(index), new Uint8Array(10));
