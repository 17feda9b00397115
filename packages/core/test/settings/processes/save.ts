// Saves blocks of type memory under the slugs that it is given, and prints each slug once it is saved, or "taken <slug>".
// With STALL it stops before calls of the system, now and then for so many milliseconds, as on a busy machine. With LOSE
// somebody removes each file that is about to be renamed.
import fs from "node:fs";
import { block } from "@coatcheck/core/settings";
import { stallBefore } from "@coatcheck/test-support/stall";

stallBefore(["readFileSync", "linkSync", "renameSync", "unlinkSync"], Number(process.env["STALL"] ?? 0));
if (process.env["LOSE"] !== undefined) {
  const { renameSync } = fs;
  fs.renameSync = (from, to) => {
    fs.unlinkSync(from);
    renameSync(from, to);
  };
}

for (const slug of process.argv.slice(2)) {
  try {
    await block.save(slug, { name: slug.replace("/", "-") });
    console.log(`saved ${slug}`);
  } catch (error) {
    if ((error as { code?: string }).code !== "AlreadyRegistered") throw error;
    console.log(`taken ${slug}`);
  }
}
