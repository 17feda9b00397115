import { randomUUID } from "node:crypto";
import { type FileHandle, open, realpath, rename, stat, unlink } from "node:fs/promises";

/**
 * Writes a file: all of it, or none. What was there stays until all of it is there, and whoever could read it. A link stays
 * one. What is no file, as a pipe or /dev/null, gets the bytes as they come, and is never replaced.
 */
export async function writeWholeFile(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const there = await stat(path).catch(() => undefined);
  if (there !== undefined && !there.isFile()) return await writeTo(await open(path, "w"), chunks, signal);
  const target = there === undefined ? path : await realpath(path);
  const temporary = `${target}.${randomUUID()}.tmp`;
  try {
    await writeTo(await open(temporary, "wx", there === undefined ? 0o666 : there.mode & 0o777), chunks, signal);
    await rename(temporary, target);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
}

async function writeTo(file: FileHandle, chunks: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
  try {
    for await (const chunk of chunks) {
      signal.throwIfAborted();
      await file.writeFile(chunk);
    }
  } finally {
    await file.close();
  }
}
