import { writeSync, writev } from "node:fs";
import type { DriverBody } from "@coatcheck/core";

/** Up to this many bytes go to the page cache at once, which costs less than a trip to the thread pool. */
const SMALL = 65_536;
/** Bytes of a stream that are gathered for a trip there. A chunk of half as many is worth a trip of its own. */
const BLOCK = 1024 * 1024;
/** Bytes and chunks given to one system call; an abort waits for no more than this. */
const AT_ONCE = 16 * 1024 * 1024;
const CHUNKS_AT_ONCE = 1024;

/** Writes `body` to an open file. When this ends, also where it fails, nothing is being written any more. */
export async function writeContents(file: number, body: DriverBody, signal: AbortSignal | undefined): Promise<void> {
  if (isChunks(body)) await writeChunks(file, body, signal);
  else await writeStream(file, body);
}

function isChunks(body: DriverBody): body is readonly Uint8Array[] {
  return Array.isArray(body);
}

async function writeChunks(file: number, chunks: readonly Uint8Array[], signal?: AbortSignal): Promise<void> {
  let batch: Uint8Array[] = [];
  let bytes = 0;
  const flush = async (): Promise<void> => {
    signal?.throwIfAborted();
    await writeAll(file, batch);
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

// Chunks are copied, as their owner may use the memory again: into one block, while the one before it is written. A large
// one goes from where it is, and the next is not asked for before that.
async function writeStream(file: number, body: AsyncIterable<Uint8Array>): Promise<void> {
  let size = SMALL; // Most streams are short.
  let block: Uint8Array | undefined;
  let filled = 0;
  let spare: Uint8Array | undefined;
  let writing: Promise<void> | undefined;
  const take = (): Uint8Array[] => {
    const taken = block === undefined || filled === 0 ? [] : [block.subarray(0, filled)];
    filled = 0;
    return taken;
  };
  const flush = async (): Promise<void> => {
    await writing;
    writing = writeAll(file, take());
    // Whoever waits for it is told.
    writing.catch(() => {});
    [block, spare] = [spare, size === BLOCK ? block : undefined];
    size = BLOCK;
  };
  try {
    for await (const chunk of body) {
      if (chunk.byteLength >= BLOCK / 2) {
        await writing;
        await writeAll(file, [...take(), chunk]);
        continue;
      }
      if (filled + chunk.byteLength > size) await flush();
      block ??= new Uint8Array(size);
      block.set(chunk, filled);
      filled += chunk.byteLength;
    }
    await flush();
    await writing;
  } finally {
    await writing?.catch(() => {});
  }
}

async function writeAll(file: number, batch: readonly Uint8Array[]): Promise<void> {
  if (batch.reduce((total, { byteLength }) => total + byteLength, 0) <= SMALL) {
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

function writeSome(file: number, batch: readonly Uint8Array[]): Promise<number> {
  return new Promise((resolve, reject) => {
    writev(file, batch, (error, written) => (error === null ? resolve(written) : reject(error)));
  });
}
