import type { BigIntStats } from "node:fs";
import type { ObjectInfo } from "@coatcheck/core";

/** What the file's metadata says of the object `key`. */
export function infoOf(key: string, stat: BigIntStats): ObjectInfo {
  return {
    key,
    size: Number(stat.size),
    version: versionOf(stat),
    modifiedAt: new Date(Number(stat.mtimeNs / 1_000_000n)),
  };
}

/** The version of what a file holds now: of one key no two writes have the same, see {@link writeTime}. */
export function versionOf(stat: BigIntStats): string {
  return `${stat.ino.toString(36)}-${stat.mtimeNs.toString(36)}-${stat.size.toString(36)}`;
}

/**
 * The time to give a new file, in microseconds since 1970. The kernel's own stamps move every 4 ms or so, and a deleted
 * file's inode number is used again at once: two writes could look the same. So the digits below the millisecond come
 * from the monotonic clock, which all processes of a machine share and which no two writes of one inode read alike.
 */
export function writeTime(): number {
  return Date.now() * 1000 + Number((process.hrtime.bigint() / 1000n) % 1000n);
}

/** Microseconds as the seconds that `futimes` takes; half of one on top, as the conversion inside it cuts off. */
export function seconds(microseconds: number): number {
  return (microseconds + 0.5) / 1_000_000;
}
