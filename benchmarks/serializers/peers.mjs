// Our serializers beside what one would pick instead: npm run serializers --workspace benchmarks
//
// Ratios of speed to msgpackr's records: above 1 is faster. Medians of the ratios of single rounds with their quartiles, by
// processor time, all taking turns in one process per value; memory is the peak of a process above its start. Where a library does
// not give the same value back there is nothing to compare.
import { run } from "../run.mjs";

await run(new URL("peers.ts", import.meta.url), { flags: ["--single-threaded-gc"] });
