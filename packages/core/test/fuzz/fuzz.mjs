// npm run fuzz: bundles fuzz.ts with the sources of the packages, and runs it.
import { fileURLToPath } from "node:url";
import { run } from "../../../../benchmarks/run.mjs";

process.env.COATCHECK_ROOT = fileURLToPath(new URL("../../../..", import.meta.url));
await run(new URL("fuzz.ts", import.meta.url));
