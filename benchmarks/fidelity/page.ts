import type { Letter } from "./classify.ts";
import type { Kind } from "./corpus.ts";
import type { Entry } from "./library.ts";

/** What became of every kind in one library, by its name. */
export type Column = Readonly<Record<string, Letter>>;

const LETTERS: readonly Letter[] = ["E", "C", "L", "U", "R", "X"];

/** The table of the page: a row for each kind, a column for each library, `L` in bold. */
function table(kinds: readonly Kind[], entries: readonly Entry[], columns: readonly Column[]): string {
  const rows = kinds.map(({ group, name }, index) => [
    ...(group === kinds[index - 1]?.group ? [] : [line([`**${group}**`, ...entries.map(() => "")])]),
    line([name.replaceAll("__proto__", "`__proto__`"), ...columns.map((column) => shown(column[name]!))]),
  ]);
  return [line(["kind of value", ...entries.map(({ name }) => name)]), rule(entries.length), ...rows.flat()].join("\n");
}

const shown = (letter: Letter): string => (letter === "L" ? "**L**" : letter);
const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
const rule = (columns: number): string => `| --- | ${Array.from({ length: columns }, () => ":-:").join(" | ")} |`;

function totals(entries: readonly Entry[], columns: readonly Column[]): string {
  const rows = entries.map(({ name }, index) => {
    const letters = Object.values(columns[index]!);
    return line([name, ...LETTERS.map((letter) => String(letters.filter((each) => each === letter).length || "-"))]);
  });
  return [line(["", ...LETTERS.map(shown)]), rule(LETTERS.length), ...rows].join("\n");
}

/** The whole page, as Markdown that is yet to be formatted. `versions` are those of the packages, by name. */
export function page(
  kinds: readonly Kind[],
  entries: readonly Entry[],
  columns: readonly Column[],
  versions: Readonly<Record<string, string>>,
): string {
  const here = kinds.filter((kind) => kind.values.length > 0);
  const values = here.reduce((sum, kind) => sum + kind.values.length, 0);
  const used = entries.map(({ name, how, package: npm }) => {
    const version = npm === undefined ? "" : ` (${npm} ${versions[npm]})`;
    return `- ${name}${version}: ${how}`;
  });
  return `# Exactly the same value back?

What becomes of ${here.length} kinds of JavaScript values, ${values} values in all, in our serializers and in what one would pick instead.
This page is written by \`npm run matrix --workspace benchmarks\`, measured with Node ${versions["node"]}; a test holds our columns to it.

- **E**: exact. Prototype, the order and attributes of properties, holes, \`-0\`, what built-in objects hold, and identity: what is one object stays one object.
- **C**: refused with a clear error, before anything is written. Ours name the path to the value.
- **L**: silently changed. No error, and another value.
- **U**: an error that helps nobody: of the engine, from inside the library ("Maximum call stack size exceeded"), or without a reason ("Seroval Error (step: 1)").
- **R**: ran away: more than ${CPU_SECONDS} seconds of processor time or ${MEMORY_GIGABYTES} GB for one value, or a crash.
- **X**: written without an error, and not readable (but for an overflow of the stack, which is U).

Of a kind's values the worst counts, in the order L, X, R, U, C, E.

${totals(entries, columns)}

## Every kind

${table(kinds, entries, columns)}

The values are those of the [conformance kit](../packages/testing): [packages/testing/src/serializer/kinds](../packages/testing/src/serializer/kinds).
A row of dashes is a kind that this version of Node does not have; Temporal comes with Node 26.

## How each is used

${used.join("\n")}

What changes and why, value by value: \`npm run matrix --workspace benchmarks -- --why superjson\`.
`;
}

/** Processor time that a library may take for one value before it counts as running away. */
export const CPU_SECONDS = 10;
/** Memory of the process, in units of 10^9 bytes, before it counts as running away. */
export const MEMORY_GIGABYTES = 3;
/** Characters of the longest string. */
export const LONG_TEXT = 100_000_000;

/** The column of a library in the table of a written page; undefined where it has none. */
export function columnIn(markdown: string, name: string): Column | undefined {
  const lines = markdown.slice(markdown.indexOf("## Every kind")).split("\n");
  const cells = lines.filter((each) => each.startsWith("|")).map((each) => each.split("|").map((cell) => cell.trim()));
  const at = cells[0]?.indexOf(name) ?? -1;
  if (at < 0) return undefined;
  const rows = cells.slice(2).filter((row) => row[at] !== "");
  return Object.fromEntries(rows.map((row) => [row[1]!.replaceAll("`", ""), row[at]!.replaceAll("*", "") as Letter]));
}
