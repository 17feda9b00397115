import { type Counts, runSuites, textOf } from "../suite.ts";
import { azurite } from "./azurite.ts";
import { fakeGcsServer } from "./fake-gcs-server.ts";
import { minio } from "./minio.ts";
import { type ForeignServer, NotHere } from "./server.ts";
import { versitygw } from "./versitygw.ts";

const servers: readonly ForeignServer[] = [minio, versitygw, fakeGcsServer, azurite];

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
  try {
    return await runSuites(server.name, suites, showGaps);
  } finally {
    await close();
  }
}
