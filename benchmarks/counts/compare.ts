/** Counts by what is counted, and of what. */
export type Counts = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** A count that is not as agreed. */
export interface Difference {
  readonly group: string;
  readonly name: string;
  /** Undefined where nothing is agreed on. */
  readonly expected: number | undefined;
  /** Undefined where it is not counted any more. */
  readonly counted: number | undefined;
}

/** Where `counted` is not `expected`, whether more or less. */
export function compare(expected: Counts, counted: Counts): Difference[] {
  const differences: Difference[] = [];
  for (const group of new Set([...Object.keys(expected), ...Object.keys(counted)])) {
    const [agreed, found] = [expected[group] ?? {}, counted[group] ?? {}];
    for (const name of new Set([...Object.keys(agreed), ...Object.keys(found)])) {
      if (agreed[name] === found[name]) continue;
      differences.push({ group, name, expected: agreed[name], counted: found[name] });
    }
  }
  return differences;
}

/** A sentence that says what to do about it. */
export function explain({ group, name, expected, counted }: Difference): string {
  const what = `${group}, ${name}`;
  if (expected === undefined) return `${what}: counted ${counted}, and nothing is agreed on. Add it to expected.ts.`;
  if (counted === undefined)
    return `${what}: ${expected} agreed on, and not counted any more. Take it out of expected.ts.`;
  const verdict =
    counted > expected
      ? "A regression: find what does more."
      : "Improved: write the new count into expected.ts, so that it stays.";
  return `${what}: counted ${counted}, allowed ${expected}. ${verdict}`;
}
