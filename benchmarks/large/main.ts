import { execFileSync } from "node:child_process";
import { existsSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { argument, Report } from "../report.ts";
import { type Outcome, stream, type Way, ways } from "./stream.ts";

const GIB = 2 ** 30;

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
    "Text that compresses to about a half, made on the way and told by its sha256. One run each, in a process of its own.",
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
    const outcomes = Object.entries(contenders).map(([name, { note }]) => {
      const args = [process.argv[1]!, "--stream", how, name, base, String(gib * GIB)];
      const outcome = JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as Outcome;
      return { name, ...(note === undefined ? {} : { note }), outcome };
    });
    for (const direction of ["write", "read"] as const) {
      const first = outcomes[0]!.outcome[direction].seconds;
      const lines = outcomes.map(({ name, note, outcome }) => {
        const { seconds, grown } = outcome[direction];
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
