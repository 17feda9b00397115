// What a task call costs without persistence, beside p-map over the same plain functions: node benchmarks/flows/overhead.mjs
import { run } from "../run.mjs";

await run(new URL("overhead.ts", import.meta.url), { flags: ["--expose-gc"] });
