import { execFileSync } from "node:child_process";
import { existsSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { argument, Report } from "../report.ts";
import { quantile } from "../rounds.ts";
import { type Outcome, stream, type Way, ways } from "./stream.ts";

const GIB = 2 ** 30;
/** Runs of each, as long as they are short. */
const RUNS = 5;

const [, , what, how, name, folder, size] = process.argv;
if (what === "--stream") console.log(JSON.stringify(await stream(ways[how as Way][name!]!, folder!, Number(size))));
else await main();

async function main(): Promise<void> {
  const gib = Number(argument("gib"));
  const report = new Report(`Streams of ${gib} GiB, written and read back`);
  const memoryDisk = existsSync("/dev/shm") ? "/dev/shm" : undefined;
  const base = argument("at") ?? memoryDisk ?? tmpdir();
  report.note(base === memoryDisk ? "On a memory disk." : "On a disk, whose own noise is in it.");
  report.note(
    `Text that compresses to about a half, made on the way and told by its sha256. Each run in a process of its own, in turns: the median of ${RUNS} as they are (of 1 GiB), one through gzip.`,
  );
  const { bavail, bsize } = statfsSync(base);
  // One copy at a time, and room for whoever else needs some.
  const needed = gib * GIB * 1.25;
  if (bavail * bsize < needed) {
    const place = base === memoryDisk ? "the memory disk" : "the disk";
    // What was measured where there was room stays.
    return report.skip(
      `${gib} GiB: ${place} has ${(bavail * bsize) / GIB} GiB left, and ${needed / GIB} are needed. Give another by --at.`,
    );
  }
  for (const [how, contenders] of Object.entries(ways)) {
    const names = Object.keys(contenders);
    const outcomes = names.map((): Outcome[] => []);
    for (let run = 0; run < (gib === 1 && how === "as they are" ? RUNS : 1); run++) {
      for (const [index, name] of names.entries()) {
        const args = [process.argv[1]!, "--stream", how, name, base, String(gib * GIB)];
        outcomes[index]!.push(JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as Outcome);
      }
    }
    for (const direction of ["write", "read"] as const) {
      const secondsOf = (index: number): number =>
        quantile(
          outcomes[index]!.map((each) => each[direction].seconds),
          0.5,
        );
      const first = secondsOf(0);
      const lines = Object.entries(contenders).map(([name, { note }], index) => {
        const seconds = secondsOf(index);
        const grown = Math.max(...outcomes[index]!.map((each) => each[direction].grown));
        const values = {
          ratio: seconds / first,
          "MB/s": (gib * GIB) / 1e6 / seconds,
          "MB of memory more": grown / 1e6,
        };
        return { name, ...(note === undefined ? {} : { note }), values };
      });
      report.table(direction, `${gib} GiB, ${how}`, lines);
    }
  }
  await report.save();
}
