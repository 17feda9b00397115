// Many small results, beside p-map over raw files and over the bare SDK: npm run bench -- many
// How the cost of one result changes with their number: npm run bench -- many-slope
//
//   --at FOLDER       where the files go, instead of a memory disk and a real one
//   --results NUMBER  instead of 20,000 on a memory disk, 5,000 on a real one, 1,500 on S3; of the slope: the largest number
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import type { StorageError } from "@coatcheck/core";
import { argument, type Line, Report } from "../report.ts";
import { type Contender, takeTurns } from "../rounds.ts";
import { isServer, type S3Keys, s3Server, s3TestServer, type Server } from "../storages/servers.ts";
import { localWays } from "./local.ts";
import { s3Ways } from "./s3.ts";
import { slope } from "./slope.ts";
import { canCount, isCounted, operations, systemCalls } from "./system-calls.ts";
import { inFolder, keysOf, once, sent, type Way } from "./way.ts";

/** In each of which every contender writes, looks at or reads as many results. */
const ROUNDS = 15;

const given = argument("results");
if (!(await isServer()) && !(await isCounted())) await main();

async function main(): Promise<void> {
  if (process.argv.includes("--slope")) {
    const report = new Report("What one result costs, by how many there are", { by: "cpu" });
    await slope(report, Number(given ?? 1_000_000));
    await report.save();
  } else {
    const report = new Report("Many results of 1 KB, 16 at once", { peers: ["p-map", "@aws-sdk/client-s3"] });
    report.note("CPU is that of this process alone, with all its threads.");
    for (const [place, base, results] of folders()) {
      await inFolder(base, (folder) => compare(report, place, localWays(folder), results));
    }
    // On the last, which is a real disk where none was chosen: there fsyncs take long enough to be shared.
    const [place, base] = folders().at(-1)!;
    if (canCount()) await inFolder(base, async (folder) => countCalls(report, place, folder));
    else report.skip("calls of the system: there is no strace here");
    for (const server of [await s3Server(undefined), await s3TestServer()]) await onS3(report, server);
    await report.save();
  }
  process.exit();
}

function folders(): [place: string, base: string, results: number][] {
  const at = argument("at");
  if (at !== undefined) return [[at, at, Number(given ?? 20_000)]];
  const disk: [string, string, number] = ["files on a disk", tmpdir(), Number(given ?? 5_000)];
  if (!existsSync("/dev/shm")) return [disk];
  return [["files on a memory disk", "/dev/shm", Number(given ?? 20_000)], disk];
}

function countCalls(report: Report, place: string, folder: string): void {
  for (const operation of operations) {
    const ways = localWays(folder).filter((way) => way[operation] !== undefined);
    const lines = ways.map(({ name }) => ({ name, values: systemCalls(folder, name, operation) }));
    report.table(`calls of the system: ${operation}`, place, lines);
  }
}

async function onS3(report: Report, server: Server<S3Keys>): Promise<void> {
  try {
    await compare(report, `S3, ${server.name}`, s3Ways(server), Number(given ?? 1_500));
  } finally {
    await server.close();
  }
}

// Those that write, look and read take turns, chunk after chunk; who walks all of it goes alone.
async function compare(report: Report, place: string, ways: readonly Way[], results: number): Promise<void> {
  const chunk = Math.ceil(results / ROUNDS);
  for (const operation of ["write", "exists", "read"] as const) {
    const contenders = ways.flatMap((way): Contender[] => {
      const call = way[operation];
      let from = 0;
      const run = async (): Promise<void> => {
        // Three rounds go before those that count.
        if (operation !== "write") from %= chunk * ROUNDS;
        await call!(keysOf(from, (from += chunk)));
      };
      return call === undefined ? [] : [{ name: way.name, run }];
    });
    const timed = await takeTurns(contenders, ROUNDS, { calls: chunk, requests: sent });
    report.timed(operation, place, timed, ({ ms }) => ({ "results/s": (chunk / ms) * 1000 }));
  }
  const all = chunk * (ROUNDS + 3);
  for (const operation of ["list", "headers", "prune"] as const) {
    const lines: Line[] = [];
    for (const { name, [operation]: walk } of ways) {
      if (walk === undefined) continue;
      try {
        lines.push({ name, values: await once(all, walk) });
      } catch (error) {
        if ((error as { code?: string }).code !== "NotSupported") throw error;
        report.skip(`${operation} by ${name}, ${place}: ${(error as StorageError).detail}`);
      }
    }
    const title = operation === "headers" ? "list with headers" : operation;
    report.table(title, `${all} results, ${place}`, lines);
  }
}
