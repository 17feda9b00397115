import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { format } from "prettier";
import type { Timed } from "./rounds.ts";

/** Where the benchmarks are. */
export const benchmarks: string = process.env["COATCHECK_BENCHMARKS"]!;
const results = join(benchmarks, "results");

/**
 * What was measured of one contender, by name with its unit. Those that the tables, the figures and the charts know:
 * `ratio` to the first of the table with its quartiles `low` and `high`; `ms` of a round; of a call `CPU ms` of this
 * process, and `requests`; `CPU ratio` to the first.
 */
export type Values = Readonly<Record<string, number>>;

/** One line of a table. */
export interface Line {
  readonly name: string;
  /** What it promises, where it is less than what the first one does; or why there is nothing to compare. */
  readonly note?: string;
  readonly values: Values;
}

/** Contenders that took turns at one thing. */
export interface Table {
  /** What was done: `put`. In the figures the tables of one group stand side by side. */
  readonly group: string;
  /** With what: `1 KB`. */
  readonly of: string;
  readonly lines: readonly Line[];
}

/** What a benchmark writes to `results/<name>.json`: the same for all. */
export interface Results {
  readonly name: string;
  readonly title: string;
  /** What the ratios are of. */
  readonly by: "time" | "cpu";
  readonly command: string;
  readonly date: string;
  /** The commit that was measured, with a + where something had been changed since. */
  readonly commit: string;
  readonly machine: {
    readonly node: string;
    readonly platform: string;
    readonly cpu: string;
    readonly cores: number;
    readonly memoryGB: number;
  };
  /** Of the packages that were compared. */
  readonly versions: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
  readonly skipped: readonly string[];
  readonly tables: readonly Table[];
}

/** Collects what a benchmark measures, prints it as it comes, and writes it when it is done. */
export class Report {
  readonly #title: string;
  readonly #by: "time" | "cpu";
  readonly #versions: Record<string, string>;
  readonly #notes: string[] = [];
  readonly #skipped: string[] = [];
  readonly #tables: Table[] = [];

  /** `peers` are the npm packages whose versions count. */
  constructor(title: string, { by = "time", peers = [] }: { by?: "time" | "cpu"; peers?: readonly string[] } = {}) {
    this.#title = title;
    this.#by = by;
    this.#versions = Object.fromEntries(peers.map((name) => [name, versionOf(name)]));
    const clock = by === "cpu" ? "processor time" : "time";
    console.log(`${title}\nnode ${process.version}; ${clock} relative to the first of each table, its quartiles`);
  }

  /** A sentence about what was measured. */
  note(text: string): void {
    console.log(text);
    this.#notes.push(text);
  }

  /** Says what was left out, and why. */
  skip(what: string): void {
    console.log(`skipped: ${what}`);
    this.#skipped.push(what);
  }

  /** The version of something that is no npm package. */
  version(name: string, version: string): void {
    this.#versions[name] = version;
  }

  /** Adds a table of contenders that took turns, with what more is known of each. */
  timed(group: string, of: string, timed: readonly Timed[], more: (timed: Timed) => Values = () => ({})): void {
    const base = timed[0]!.cpu;
    const lines = timed.map((each) => {
      const { name, note, ratio, quartiles, ms, cpu, requests } = each;
      const [low, high] = quartiles;
      const spent = this.#by === "cpu" ? {} : { "CPU ratio": cpu / base, "CPU ms": cpu };
      const values = { ratio, low, high, ms, ...spent, ...(requests === undefined ? {} : { requests }), ...more(each) };
      return { name, ...(note === "" ? {} : { note }), values };
    });
    this.table(group, of, lines);
  }

  /** Adds a table of anything. */
  table(group: string, of: string, lines: readonly Line[]): void {
    const table = { group, of, lines: lines.map((line) => ({ ...line, values: rounded(line.values) })) };
    this.#tables.push(table);
    console.log(`\n${group} ${of}`.trimEnd());
    console.log(textOf(table));
  }

  /** Writes `results/<name>.json`, under the name by which the benchmark was called. */
  async save(): Promise<void> {
    const name = process.env["COATCHECK_BENCHMARK"]!;
    const written: Results = {
      name,
      title: this.#title,
      by: this.#by,
      command: `npm run bench -- ${name}`,
      date: new Date().toISOString().slice(0, 10),
      commit: commit(),
      machine: {
        node: process.versions.node,
        platform: `${process.platform} ${process.arch}`,
        cpu: cpus()[0]!.model,
        cores: cpus().length,
        memoryGB: Math.round(totalmem() / 1e9),
      },
      versions: this.#versions,
      notes: this.#notes,
      skipped: this.#skipped,
      tables: this.#tables,
    };
    mkdirSync(results, { recursive: true });
    const text = await format(JSON.stringify(written), { parser: "json", printWidth: 120 });
    writeFileSync(join(results, `${name}.json`), text);
  }
}

/** What was written of that benchmark; undefined where it has not run. */
export function readResults(name: string): Results | undefined {
  const path = join(results, `${name}.json`);
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Results) : undefined;
}

/** The argument that follows `--name`. */
export function argument(name: string): string | undefined {
  const at = process.argv.indexOf(`--${name}`);
  return at === -1 ? undefined : process.argv[at + 1];
}

/** A value as it is read: with three digits that count, and its quartiles after a ratio. */
export function shown(values: Values, name: string): string {
  const value = values[name];
  if (value === undefined) return "";
  if (name.endsWith("ratio")) {
    const { low, high } = values;
    const spread = name === "ratio" && low !== undefined ? ` (${digits(low)}–${digits(high!)})` : "";
    return digits(value) + spread;
  }
  return value >= 100 || Number.isInteger(value) ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

const digits = (ratio: number): string => (ratio < 0.1 ? String(Number(ratio.toPrecision(2))) : ratio.toFixed(2));

function textOf({ lines }: Table): string {
  const hidden = ["low", "high"];
  const names = [...new Set(lines.flatMap(({ values }) => Object.keys(values)))].filter(
    (name) => !hidden.includes(name),
  );
  const rows = [
    [...names, ""],
    ...lines.map(({ name, note = "", values }) => [
      ...names.map((each) => shown(values, each)),
      note === "" ? name : `${name}: ${note}`,
    ]),
  ];
  const widths = names.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) => `  ${row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join("  ")}`.trimEnd())
    .join("\n");
}

const rounded = (values: Values): Values =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value.toPrecision(4))]));

function versionOf(name: string): string {
  const places = [benchmarks, join(benchmarks, "..")].map((folder) =>
    join(folder, "node_modules", name, "package.json"),
  );
  const path = places.find(existsSync);
  if (path === undefined) throw new Error(`${name} is not installed. Run: npm ci`);
  return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
}

function commit(): string {
  try {
    const git = (...args: string[]): string => execFileSync("git", args, { cwd: benchmarks, encoding: "utf8" }).trim();
    const changed = git("status", "--porcelain", "--", "../packages", "../package-lock.json") !== "";
    return git("rev-parse", "--short", "HEAD") + (changed ? "+" : "");
  } catch {
    return "unknown"; // A copy without its history.
  }
}
