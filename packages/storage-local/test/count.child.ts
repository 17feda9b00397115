import { writeSync } from "node:fs";
import { local } from "@coatcheck/storage-local";
import { StorageError } from "@coatcheck/core";
import { stallBefore } from "@coatcheck/test-support/stall";

// Adds one to the number at the key "counter", as often as told, and writes a + for each that is kept. With STALL it stands
// still now and then between its steps.
const [, , path, times] = process.argv;
stallBefore(
  ["readlinkSync", "lstatSync", "symlinkSync", "renameSync", "unlinkSync"],
  Number(process.env["STALL"] ?? 0),
);
const storage = local({ path: path!, durability: "none" });

async function addOne(): Promise<boolean> {
  const object = await storage.get("counter");
  if (object === undefined) throw new Error("There is no counter.");
  const value = Number(new TextDecoder().decode(await object.bytes()));
  try {
    const next = new TextEncoder().encode(String(value + 1));
    await storage.put("counter", next, { when: { version: object.info.version } });
    return true;
  } catch (error) {
    if (error instanceof StorageError && error.code === "Conflict") return false;
    throw error;
  }
}

for (let kept = 0; kept < Number(times);) {
  if (!(await addOne())) continue;
  kept++;
  writeSync(1, "+");
}
