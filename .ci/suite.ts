import type { DefineTest } from "@coatcheck/testing";

/** Tests that belong together. */
export interface Suite {
  /** As in "under a prefix". */
  readonly name: string;
  readonly define: (test: DefineTest) => void;
}

/** How many tests passed, how many known gaps failed as they must, how many tests failed. */
export interface Counts {
  readonly passed: number;
  readonly gaps: number;
  readonly failed: number;
}

/** Runs the tests one after the other, prints those that fail and a line for each suite, and gives the sums. */
export async function runSuites(what: string, suites: readonly Suite[], showGaps = false): Promise<Counts> {
  const sum = { passed: 0, gaps: 0, failed: 0 };
  for (const suite of suites) {
    const started = performance.now();
    const counts = await runSuite(suite, showGaps);
    const seconds = Math.round((performance.now() - started) / 1000);
    console.log(`  ${what}, ${suite.name}: ${textOf(counts)} (${seconds} s)`);
    for (const key of ["passed", "gaps", "failed"] as const) sum[key] += counts[key];
  }
  return sum;
}

/** As in "12 passed, 1 known gaps, 0 failed". */
export function textOf({ passed, gaps, failed }: Counts): string {
  return `${passed} passed, ${gaps} known gaps, ${failed} failed`;
}

async function runSuite(suite: Suite, showGaps: boolean): Promise<Counts> {
  const tests: { readonly name: string; readonly run: () => Promise<void> }[] = [];
  suite.define((name, run) => void tests.push({ name, run }));
  const counts = { passed: 0, gaps: 0, failed: 0 };
  for (const { name, run } of tests) {
    try {
      await run();
      counts[name.startsWith("known gap: ") ? "gaps" : "passed"]++;
      if (showGaps && name.startsWith("known gap: ")) console.log(`    ${name}`);
    } catch (error) {
      counts.failed++;
      console.log(`    FAIL ${name}\n`, error);
    }
  }
  return counts;
}
