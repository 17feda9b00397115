// Sends every kind of value through our serializers and their peers, and writes docs/fidelity.md.
// Run: npm run matrix --workspace benchmarks [-- --check | -- --why LIBRARY]
import { run } from "../run.mjs";

await run(new URL("main.ts", import.meta.url));
