import { existsSync, readFileSync, writeSync } from "node:fs";
import { local } from "@coatcheck/storage-local";
import { StorageError } from "@coatcheck/core";

// Once the file that is given says when to start, tries to create 50 keys, one every few milliseconds, with its own name
// in them, and prints those it won.
const [, , path, name, startFile] = process.argv;
const storage = local({ path: path!, durability: "none" });
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

await storage.put(`warm/${name}`, new Uint8Array());
writeSync(1, "ready\n");
while (!existsSync(startFile!)) await sleep(1);
const start = Number(readFileSync(startFile!, "utf8"));
const won: string[] = [];
for (let index = 0; index < 50; index++) {
  await sleep(start + index * 8 - Date.now());
  const key = `race/${index}`;
  try {
    await storage.put(key, new TextEncoder().encode(name), { when: "absent" });
    won.push(key);
  } catch (error) {
    if (!(error instanceof StorageError && error.code === "AlreadyExists")) throw error;
  }
}
writeSync(1, JSON.stringify(won));
