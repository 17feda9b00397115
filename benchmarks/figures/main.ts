// npm run bench -- --figures: writes the part of docs/figures.md that is made from benchmarks/results, and its charts.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { benchmarks as all } from "../list.mjs";
import { benchmarks, readResults } from "../report.ts";
import { chart } from "./chart.ts";
import { section } from "./section.ts";

const BEGIN = "<!-- From here on: npm run bench -- --figures -->";
const END = "<!-- Up to here. -->";

const docs = join(benchmarks, "../docs");
const charts = join(docs, "charts");
const page = join(docs, "figures.md");

const text = readFileSync(page, "utf8");
const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
if (begin === -1 || end < begin)
  throw new Error(`docs/figures.md has no lines ${BEGIN} and ${END}, one after the other.`);

mkdirSync(charts, { recursive: true });
const sections: string[] = [];
const drawn = new Set<string>();
for (const name of Object.keys(all)) {
  const results = readResults(name);
  if (results === undefined) continue;
  const svg = chart(results);
  if (svg !== undefined) {
    drawn.add(`${name}.svg`);
    writeFileSync(join(charts, `${name}.svg`), svg);
  }
  sections.push(section(results, svg !== undefined));
}
for (const file of readdirSync(charts))
  if (!drawn.has(file) && existsSync(join(charts, file))) rmSync(join(charts, file));
const written = `${text.slice(0, begin)}${BEGIN}\n\n${sections.join("\n\n")}\n\n${text.slice(end)}`;
writeFileSync(page, await format(written, { ...(await resolveConfig(page)), parser: "markdown" }));
console.log(`docs/figures.md has ${sections.length} benchmarks, and ${drawn.size} charts`);
