import { type Line, type Results, shown, type Table } from "../report.ts";

/** The tables of one benchmark as Markdown: tables of one group side by side, as columns of one. */
export function section(results: Results, hasChart: boolean): string {
  const { name, title, command, by, date, commit, machine, versions, notes, skipped, tables } = results;
  const peers = Object.entries(versions).map(([each, version]) => `${each} ${version}`);
  const clock = by === "cpu" ? "processor time" : "time";
  const about = [
    `\`${command}\`, ${date}, commit ${commit}: Node ${machine.node}, ${machine.platform}, ${machine.cores} × ${machine.cpu}.`,
    peers.length > 0 ? `Beside ${peers.join(", ")}.` : "",
    ...notes,
    `Ratios are of ${clock}, to the first of each table: medians, with quartiles in brackets.`,
  ];
  const groups = new Set(tables.map(({ group }) => group));
  return [
    `### ${title}`,
    about.filter((sentence) => sentence !== "").join(" "),
    ...skipped.map((what) => `Skipped: ${what}`),
    hasChart ? `![${title}: ratios](charts/${name}.svg)` : "",
    ...[...groups].map((group) =>
      matrix(
        group,
        tables.filter((table) => table.group === group),
      ),
    ),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function matrix(group: string, tables: readonly Table[]): string {
  const names = [...new Set(tables.flatMap(({ lines }) => lines.map(({ name }) => name)))];
  const row = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const rows = names.map((name) => {
    const lines = tables.map(({ lines: each }) => each.find((line) => line.name === name));
    return row([name, ...lines.map(cell), notesOf(tables, lines).replaceAll("<", "&lt;")]);
  });
  const head = [group, ...tables.map(({ of }) => (of === "" ? " " : of)), " "];
  return [row(head), row(head.map(() => "---")), ...rows].join("\n");
}

/** What is said of a contender; of which tables, where it is not said of all that it is in. */
function notesOf(tables: readonly Table[], lines: readonly (Line | undefined)[]): string {
  const present = lines.filter((line) => line !== undefined);
  const notes = [...new Set(present.flatMap(({ note }) => note ?? []))];
  const all = (note: string): boolean => present.every((line) => line.note === note);
  const where = (note: string): string =>
    tables
      .filter((_, index) => lines[index]?.note === note)
      .map(({ of }) => of)
      .join(", ");
  return notes.map((note) => (all(note) ? note : `${where(note)}: ${note}`)).join("; ");
}

/** A ratio and what more counts; no times, which are those of one machine. */
function cell(line: Line | undefined): string {
  if (line === undefined) return "";
  const { values } = line;
  if (values["ratio"] === 1 && values["low"] === 1 && values["high"] === 1) return "1";
  const names = Object.keys(values).filter((name) => !["low", "high", "ms", "CPU ms"].includes(name));
  return names
    .map((name) => (name === "ratio" ? shown(values, name) : `${label(name)} ${shown(values, name)}`))
    .join("; ");
}

const label = (name: string): string => (name === "CPU ratio" ? "CPU" : name);
