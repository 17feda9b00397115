import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { afterEach } from "@jest/globals";
import { type Storage, StorageError, type StorageErrorCode } from "@coatcheck/core";

/** Gives new empty folders and removes them after each test. */
export function temporaryFolders(): (parent?: string) => string {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });
  return (parent = tmpdir()) => {
    const folder = mkdtempSync(join(parent, "coatcheck-local-"));
    folders.push(folder);
    return folder;
  };
}

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** The object as text; undefined where there is none. */
export async function read(storage: Storage, key: string): Promise<string | undefined> {
  const bytes = await (await storage.get(key))?.bytes();
  return bytes && new TextDecoder().decode(bytes);
}

/** All keys, page by page. */
export async function keysOf(storage: Storage, prefix = "", limit = 1000): Promise<string[]> {
  const keys: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await storage.list({ prefix, limit, cursor });
    keys.push(...page.objects.map(({ key }) => key));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return keys;
}

/** Every file below `root`, links and pipes too, as paths relative to it. */
export function filesBelow(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .toSorted();
}

/** Writes a file of somebody else's, and the folders above it. */
export function foreign(root: string, path: string, content = "foreign"): string {
  const full = join(root, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, content);
  return full;
}

/** The StorageError that `promise` rejects with, which must have `code`. */
export async function failure(promise: Promise<unknown>, code: StorageErrorCode): Promise<StorageError> {
  const error = await promise.then(
    (value) => new Error(`It did not fail, it gave ${JSON.stringify(value)}.`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof StorageError) || error.code !== code) throw error;
  return error;
}
