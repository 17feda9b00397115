/** Text that came from data, made safe for messages, logs and terminals: escaped, quoted, cut at `max` characters. */
export function quote(text: string, max = 120): string {
  const cut = text.length > max ? `${text.slice(0, max)}…` : text;
  // JSON escapes C0 controls and lone surrogates; the others are ours to escape.
  return printable(JSON.stringify(cut));
}

/**
 * Text with every character escaped, as JSON does, that a terminal would obey or not show: controls but the line feed and
 * the tab, lone surrogates, invisible and direction-changing characters. JSON stays the same JSON.
 */
export function printable(text: string): string {
  return text.replace(/(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, (found) =>
    found.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`),
  );
}

/** The one of `known` that `name` was most likely meant to be, or undefined where nothing is near. */
function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(name.slice(0, 64).toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** `unknown "colour". Did you mean "color"? Known: …`: the tail of every message about a name that is not known. */
export function suggest(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  const list = known.length > 0 ? `Known: ${known.join(", ")}.` : "None is known.";
  return near === undefined ? list : `Did you mean ${quote(near)}? ${list}`;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
