import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { isMainThread } from "node:worker_threads";
import { format, resolveConfig } from "prettier";
import type { Letter } from "./classify.ts";
import { corpus } from "./corpus.ts";
import { type Line, runGuarded } from "./guarded.ts";
import type { Entry } from "./library.ts";
import { ours } from "./ours.ts";
import { type Column, LONG_TEXT, page } from "./page.ts";
import { peers } from "./peers.ts";

const entries: readonly Entry[] = [...ours, ...peers];
const kinds = corpus(LONG_TEXT);

interface Found {
  readonly letter: Letter;
  readonly why: string;
}

/** Measures a library: a process after the other, since one that runs away or crashes is gone. */
async function measure({ name }: Entry): Promise<ReadonlyMap<string, Found>> {
  const found = new Map<string, Found>();
  while (found.size < kinds.length) {
    const from = found.size;
    const args = ["--max-old-space-size=2500", process.argv[1]!, "--guarded", name, String(from)];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (text: Buffer) => (stderr = `${stderr}${text.toString()}`.slice(-2000)));
    for await (const text of createInterface({ input: child.stdout })) {
      const line = JSON.parse(text) as Line;
      found.set(
        line.kind,
        "runaway" in line ? { letter: "R", why: line.runaway } : { letter: line.letter as Letter, why: line.why },
      );
    }
    if (child.exitCode === null && child.signalCode === null)
      await new Promise((resolve) => child.once("close", resolve));
    if (found.size === from && from === 0 && child.exitCode === 1) throw new Error(`${name} cannot run: ${stderr}`);
    // Whatever ended it without a word ended it at the kind after the last.
    const isOver = found.size === kinds.length || [...found.values()].at(-1)?.why === "never settles";
    const said = found.size > from && ["time", "memory"].includes([...found.values()].at(-1)!.why);
    if (!isOver && !said) found.set(kinds[found.size]!.name, { letter: "R", why: `crash: ${stderr.slice(-200)}` });
  }
  console.error(`${name}: measured`);
  return found;
}

async function measureAll(chosen: readonly Entry[]): Promise<readonly ReadonlyMap<string, Found>[]> {
  const results: ReadonlyMap<string, Found>[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < chosen.length) {
      const index = next++;
      results[index] = await measure(chosen[index]!);
    }
  };
  await Promise.all([work(), work()]);
  return results;
}

function versions(): Record<string, string> {
  const require = createRequire(import.meta.url);
  const found: Record<string, string> = { node: process.versions.node };
  for (const { package: npm } of entries) {
    if (npm === undefined) continue;
    const folder = require.resolve.paths(npm)!.map((path) => join(path, npm, "package.json"));
    for (const path of folder) {
      try {
        found[npm] ??= (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
      } catch {}
    }
  }
  return found;
}

async function main([flag, name, from]: readonly string[]): Promise<void> {
  const chosen = entries.filter((entry) => entry.name === name);
  if (flag === "--guarded") return await runGuarded(chosen[0]!, Number(from));
  if (flag === "--why") {
    if (chosen.length === 0) throw new Error(`--why takes one of: ${entries.map((entry) => entry.name).join("; ")}`);
    const [found] = await measureAll(chosen);
    for (const [kind, { letter, why }] of found!) console.log(`${letter}  ${kind}${why === "" ? "" : `: ${why}`}`);
    return;
  }
  const results = await measureAll(entries);
  const columns = results.map((found): Column =>
    Object.fromEntries([...found].map(([kind, { letter }]) => [kind, letter])),
  );
  const path = new URL("../../docs/fidelity.md", `file://${process.env["COATCHECK_BENCHMARKS"]}/fidelity/`);
  const text = page(kinds, entries, columns, versions());
  const written = await format(text, { ...(await resolveConfig(path)), parser: "markdown" });
  if (flag === "--check") {
    if (readFileSync(path, "utf8") !== written)
      throw new Error("docs/fidelity.md is not what is measured. Run it without --check.");
    return console.log("docs/fidelity.md is what is measured");
  }
  writeFileSync(path, written);
  console.log(written.slice(written.indexOf("|"), written.indexOf("## Every kind")));
}

if (isMainThread) await main(process.argv.slice(2));
