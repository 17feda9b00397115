import { azurite } from "./azurite.ts";
import { fakeGcsServer } from "./fake-gcs-server.ts";
import { minio } from "./minio.ts";
import { type ForeignServer, NotHere, type Suite } from "./server.ts";
import { versitygw } from "./versitygw.ts";

const servers: readonly ForeignServer[] = [minio, versitygw, fakeGcsServer, azurite];

interface Counts {
  passed: number;
  gaps: number;
  failed: number;
}

/**
 * Runs the suites of every server, or of those that are named, and prints a line for each server: how many tests passed,
 * how many are known gaps, how many failed. What was not run ends in a line `skipped: server: why`. Gives the exit code.
 */
export async function main(args: readonly string[]): Promise<number> {
  const showGaps = args.includes("--gaps");
  const names = args.filter((arg) => !arg.startsWith("--"));
  for (const name of names) {
    if (servers.some((server) => server.name === name)) continue;
    console.error(`There is no server "${name}"; known: ${servers.map((server) => server.name).join(", ")}.`);
    return 2;
  }
  const skipped: string[] = [];
  let failed = false;
  for (const server of servers) {
    const { name, version } = server;
    if (names.length > 0 && !names.includes(name)) {
      skipped.push(`skipped: ${name}: it was not asked for; npm run test:servers runs all`);
      continue;
    }
    try {
      const counts = await runServer(server, showGaps);
      failed ||= counts.failed > 0;
      console.log(`${counts.failed === 0 ? "ok  " : "FAIL"} ${name} ${version}: ${textOf(counts)}`);
    } catch (error) {
      if (error instanceof NotHere) {
        skipped.push(`skipped: ${name} ${version}: ${error.message}`);
        continue;
      }
      failed = true;
      console.log(`FAIL ${name} ${version}`, error);
    }
  }
  for (const line of skipped) console.log(line);
  return failed ? 1 : 0;
}

async function runServer(server: ForeignServer, showGaps: boolean): Promise<Counts> {
  const { suites, close } = await server.start();
  const sum: Counts = { passed: 0, gaps: 0, failed: 0 };
  try {
    for (const suite of suites) {
      const started = performance.now();
      const counts = await runSuite(suite, showGaps);
      const seconds = Math.round((performance.now() - started) / 1000);
      console.log(`  ${server.name}, ${suite.name}: ${textOf(counts)} (${seconds} s)`);
      for (const key of ["passed", "gaps", "failed"] as const) sum[key] += counts[key];
    }
  } finally {
    await close();
  }
  return sum;
}

async function runSuite(suite: Suite, showGaps: boolean): Promise<Counts> {
  const tests: { readonly name: string; readonly run: () => Promise<void> }[] = [];
  suite.define((name, run) => void tests.push({ name, run }));
  const counts: Counts = { passed: 0, gaps: 0, failed: 0 };
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

function textOf({ passed, gaps, failed }: Counts): string {
  return `${passed} passed, ${gaps} known gaps, ${failed} failed`;
}
