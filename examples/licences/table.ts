import type { Report } from "./packages.ts";

/** What the reports come to: a line per licence. */
export function licenceTable(reports: readonly Report[]): string {
  const rows = new Map<string, { packages: number; files: number; bytes: number; dependencies: number }>();
  for (const { licence, files, bytes, dependencies } of reports) {
    const row = rows.get(licence) ?? { packages: 0, files: 0, bytes: 0, dependencies: 0 };
    rows.set(licence, {
      packages: row.packages + 1,
      files: row.files + files,
      bytes: row.bytes + bytes,
      dependencies: row.dependencies + dependencies,
    });
  }
  const sorted = [...rows].sort(([a, x], [b, y]) => y.packages - x.packages || (a < b ? -1 : 1));
  const cells = [
    ["licence", "packages", "files", "MB", "dependencies"],
    ...sorted.map(([licence, { packages, files, bytes, dependencies }]) => [
      licence.length > 32 ? `${licence.slice(0, 31)}…` : licence,
      String(packages),
      String(files),
      (bytes / 1e6).toFixed(1),
      String(dependencies),
    ]),
  ];
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  return cells
    .map((row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))))
    .map((row) => row.join("  "))
    .join("\n");
}
