// What a cached task costs beside reading and writing a result, and a hash of inputs beside sha256 of their JSON:
// node benchmarks/flows/cache.mjs
import { run } from "../run.mjs";

await run(new URL("cache.ts", import.meta.url));
