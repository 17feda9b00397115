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
  writeSync,
  writev,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { DriverBody } from "@coatcheck/core";
import { ownedName } from "./owner.ts";
import { seconds, writeTime } from "./version.ts";

const closeLater = promisify(close);
/** Up to this many bytes go to the page cache at once, which costs less than a trip to the thread pool. */
const SMALL = 65_536;
/** Bytes and chunks given to one system call; an abort waits for no more than this. */
const AT_ONCE = 16 * 1024 * 1024;
const CHUNKS_AT_ONCE = 1024;

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
    if (isChunks(body)) await writeChunks(file, body, signal);
    else await writeStream(file, body);
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

function isChunks(body: DriverBody): body is readonly Uint8Array[] {
  return Array.isArray(body);
}

async function writeChunks(file: number, chunks: readonly Uint8Array[], signal?: AbortSignal): Promise<void> {
  let batch: Uint8Array[] = [];
  let bytes = 0;
  const flush = async (): Promise<void> => {
    signal?.throwIfAborted();
    await writeAll(file, batch, bytes);
    [batch, bytes] = [[], 0];
  };
  for (const chunk of chunks) {
    for (let offset = 0; offset < chunk.byteLength; offset += AT_ONCE) {
      const part = chunk.byteLength <= AT_ONCE ? chunk : chunk.subarray(offset, offset + AT_ONCE);
      if (bytes + part.byteLength > AT_ONCE || batch.length === CHUNKS_AT_ONCE) await flush();
      batch.push(part);
      bytes += part.byteLength;
    }
  }
  await flush();
}

// Small chunks are gathered (copied: their owner may use the buffer again) so that each write is worth its call.
async function writeStream(file: number, body: AsyncIterable<Uint8Array>): Promise<void> {
  let gathered: Uint8Array | undefined;
  let filled = 0;
  for await (const chunk of body) {
    if (filled + chunk.byteLength <= SMALL) {
      gathered ??= new Uint8Array(SMALL);
      gathered.set(chunk, filled);
      filled += chunk.byteLength;
      continue;
    }
    const batch = gathered === undefined ? [chunk] : [gathered.subarray(0, filled), chunk];
    await writeAll(file, batch, filled + chunk.byteLength);
    filled = 0;
  }
  if (gathered !== undefined) await writeAll(file, [gathered.subarray(0, filled)], filled);
}

async function writeAll(file: number, batch: Uint8Array[], bytes: number): Promise<void> {
  if (bytes <= SMALL) {
    for (const chunk of batch) {
      for (let done = 0; done < chunk.byteLength;) done += writeSync(file, chunk, done);
    }
    return;
  }
  let rest = batch;
  while (rest.length > 0) {
    let written = await writeSome(file, rest);
    const whole = rest.findIndex((chunk) => {
      if (written < chunk.byteLength) return true;
      written -= chunk.byteLength;
      return false;
    });
    rest = whole === -1 ? [] : [rest[whole]!.subarray(written), ...rest.slice(whole + 1)];
  }
}

function writeSome(file: number, batch: Uint8Array[]): Promise<number> {
  return new Promise((resolve, reject) => {
    writev(file, batch, (error, written) => (error === null ? resolve(written) : reject(error)));
  });
}
