// Reads strangers' bytes with every deserializer and the result file format: npm run fuzz [-- --minutes 30] [--seed N]
// [--target NAME] [--inputs N]. Exits with 1 where something happened that must not, and prints the input.
import { isMainThread } from "node:worker_threads";
import { supervise } from "./supervise.ts";

if (isMainThread) process.exitCode = await supervise(new URL(import.meta.url), process.argv.slice(2));
else await (await import("./run-targets.ts")).runTargets();
