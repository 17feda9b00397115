import { expect } from "@jest/globals";

/**
 * Expects that these cases failed, those and no others; `group: *` is one or more of that group. Each failure says what was
 * expected, or is an error of what was tried.
 */
export function expectFailures(failed: ReadonlyMap<string, unknown>, fails: readonly string[]): void {
  const named = new Set(fails);
  const summary = [...failed.keys()].map((name) => (named.has(name) ? name : `${name.split(":")[0]}: *`));
  expect([...new Set(summary)].toSorted()).toEqual([...fails].toSorted());
  for (const error of failed.values()) expect(String(error).length).toBeGreaterThan(20);
}
