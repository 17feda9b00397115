// How long the built command takes to start, beside Node with nothing to do, by turns in one run:
// npm run build && node benchmarks/cli/cold-start.mjs
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROUNDS = 31;
const bin = fileURLToPath(new URL("../../packages/cli/dist/main.js", import.meta.url));
const home = mkdtempSync(join(tmpdir(), "coatcheck-cold-"));
const cases = {
  "node -e 0": ["-e", "0"],
  "coatcheck --version": [bin, "--version"],
  "coatcheck --help": [bin, "--help"],
  "coatcheck config view": [bin, "config", "view"],
  "coatcheck result ls file:./empty": [bin, "result", "ls", "file:./empty"],
};
try {
  const times = Object.fromEntries(Object.keys(cases).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, args] of Object.entries(cases)) {
      const start = performance.now();
      execFileSync(process.execPath, args, { cwd: home, env: { ...process.env, COATCHECK_HOME: home }, stdio: "pipe" });
      times[name].push(performance.now() - start);
    }
  }
  const median = (name) => times[name].toSorted((a, b) => a - b)[(ROUNDS - 1) / 2];
  const least = (name) => Math.min(...times[name]);
  for (const name of Object.keys(cases)) {
    const [ratio, best] = [median(name) / median("node -e 0"), least(name) / least("node -e 0")];
    console.log(`${name}: ${ratio.toFixed(2)} × node -e 0 (of the fastest rounds ${best.toFixed(2)} ×)`);
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}
