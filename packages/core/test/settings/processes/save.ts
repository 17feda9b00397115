// Saves blocks of type memory under the slugs that it is given, and prints each slug once it is saved, or "taken <slug>".
// With STALL it stops before calls of the system, now and then for so many milliseconds, as on a busy machine. With LOSE
// somebody removes each file that is about to be renamed.
import fs from "node:fs";
import { block } from "@coatcheck/core/settings";

const longest = Number(process.env["STALL"] ?? 0);
const clock = new Int32Array(new SharedArrayBuffer(4));
for (const name of longest > 0 ? (["readFileSync", "linkSync", "renameSync", "unlinkSync"] as const) : []) {
  const call = fs[name] as (...args: unknown[]) => unknown;
  (fs as unknown as Record<string, unknown>)[name] = (...args: unknown[]) => {
    if (Math.random() < 0.3) Atomics.wait(clock, 0, 0, Math.random() ** 3 * longest);
    return call(...args);
  };
}
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
