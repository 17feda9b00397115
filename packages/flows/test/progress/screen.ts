const ESCAPE = "\u001b";

/** What a terminal shows after what was written to it: as much of one as the live view uses. Anything else is an error. */
export function screenOf(output: string): string[] {
  const lines: string[] = [""];
  let row = 0;
  let column = 0;
  const pattern = new RegExp(`${ESCAPE}\\[(\\??)(\\d*)([A-Za-z])|\\r|\\n|[^${ESCAPE}\\r\\n]+|[^]`, "g");
  for (const [piece, isPrivate, count, command] of output.matchAll(pattern)) {
    const times = Number(count || 1);
    const line = lines[row] ?? "";
    if (piece === "\n") row++;
    else if (piece === "\r" || command === "G") column = 0;
    else if (command === "A") row = Math.max(0, row - times);
    else if (command === "B") row += times;
    else if (command === "K") lines[row] = count === "2" ? "" : line.slice(0, column);
    else if (isPrivate === "?" && count === "2026") continue;
    else if (piece.startsWith(ESCAPE)) throw new Error(`The terminal was told ${JSON.stringify(piece)}.`);
    else {
      lines[row] = line.padEnd(column).slice(0, column) + piece + line.slice(column + piece.length);
      column += piece.length;
    }
    while (lines.length <= row) lines.push("");
  }
  return lines.map((line) => line.trimEnd());
}
