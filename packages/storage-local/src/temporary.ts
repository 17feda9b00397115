import {
  type BigIntStats,
  close,
  closeSync,
  constants,
  fsync,
  fstatSync,
  futimesSync,
  lstatSync,
  openSync,
  unlinkSync,
  utimesSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { DriverBody } from "@coatcheck/core";
import { ownedName } from "@coatcheck/core/owner";
import { writeContents } from "./contents.ts";
import { seconds, writeTime } from "./version.ts";

const closeLater = promisify(close);

/** A file that holds the whole body, under a name that is no object yet. */
export interface Temporary {
  readonly path: string;
  readonly stat: BigIntStats;
}

/**
 * Writes `body` to a new file in `folder`; with `durable` it is on disk before this resolves. On failure and on abort
 * there is no file.
 */
export async function writeTemporary(
  folder: string,
  body: DriverBody,
  durable: boolean,
  signal: AbortSignal | undefined,
): Promise<Temporary> {
  const path = join(folder, ownedName());
  let file: number | undefined = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL);
  try {
    await writeContents(file, body, signal);
    const time = seconds(writeTime());
    futimesSync(file, time, time);
    if (durable) await toDisk(file);
    const stat = fstatSync(file, { bigint: true });
    const open = file;
    file = undefined;
    // Without fsync it is closing that sends the file to the server of a network file system, and tells how that went.
    if (durable) closeSync(open);
    else await closeLater(open);
    signal?.throwIfAborted();
    return { path, stat };
  } catch (error) {
    try {
      if (file !== undefined) closeSync(file);
    } finally {
      remove(path);
    }
    throw error;
  }
}

/** The temporary file with a modification time after that of `replaced`, so that no version comes twice. */
export function makeNewer(temporary: Temporary, replaced: BigIntStats): Temporary {
  const { path } = temporary;
  let { stat } = temporary;
  // More than a minute ahead is no clock that was set back: somebody gave the file that time, and it should not last.
  if (replaced.mtimeNs - stat.mtimeNs > 60_000_000_000n) return temporary;
  // Some file systems keep whole seconds, or pairs of them.
  for (const step of [1, 2_000_000]) {
    if (stat.mtimeNs > replaced.mtimeNs) break;
    const time = seconds(Number(replaced.mtimeNs / 1000n) + step);
    utimesSync(path, time, time);
    stat = lstatSync(path, { bigint: true });
  }
  return { path, stat };
}

/** Brings an open file or folder to disk. */
export function toDisk(file: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fsync(file, (error) => (error === null ? resolve() : reject(error)));
  });
}

/** Removes a temporary file that may be gone. What cannot be removed now is swept later. */
export function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Swept later.
  }
}
