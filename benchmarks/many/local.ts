import { constants, mkdirSync } from "node:fs";
import { type FileHandle, lstat, open, readdir, readFile, rename, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { ResultStore } from "@coatcheck/core";
import { local } from "@coatcheck/storage-local";
// Not exported: it is measured on its own here.
import { GroupCommit } from "../../packages/storage-local/src/group-commit.ts";
import { body, each, many, oneByOne, type Way } from "./way.ts";

/** Stands for a serializer where all values are bytes. */
export const bytesOnly = {
  type: "bytes-only",
  serialize: (): never => {
    throw new Error("only bytes are written here");
  },
  deserialize: (): never => {
    throw new Error("only bytes are read here");
  },
};

/** Files, as durable as ours, with p-map; `shared` lets those who wait for one fsync of the folder share it. */
export function rawFiles(folder: string, shared: boolean): Way {
  mkdirSync(join(folder, "many"), { recursive: true });
  const at = (key: string): string => join(folder, key);
  const commits = new GroupCommit(syncFolder);
  const sync = async (): Promise<void> => await (shared ? commits.commit(at("many")) : syncFolder(at("many")));
  const write = async (key: string): Promise<void> => {
    const temporary = `${at(key)}.tmp`;
    await using(await open(temporary, "wx"), async (file) => {
      await file.writeFile(body);
      await file.sync();
    });
    await rename(temporary, at(key));
    await sync();
  };
  const name = shared ? "p-map over raw fs, folder's fsync shared" : "p-map over raw fs";
  if (shared) return { name, write: (keys) => each(keys, write) };
  const head = async (key: string): Promise<void> => {
    await using(await open(at(key)), async (file) => void (await file.read(Buffer.allocUnsafe(4096), 0, 4096, 0)));
  };
  const names = async (): Promise<string[]> => (await readdir(at("many"))).sort().map((each) => `many/${each}`);
  return {
    name,
    write: (keys) => each(keys, write),
    exists: (keys) => each(keys, (key) => stat(at(key))),
    read: (keys) => each(keys, (key) => readFile(at(key))),
    list: async () => await each(await names(), (key) => lstat(at(key))),
    headers: async () => await each(await names(), head),
    prune: async () =>
      await each(await names(), async (key) => {
        await head(key);
        await unlink(at(key));
        await sync();
      }),
  };
}

/** All ways to keep results below `folder`. */
export function localWays(folder: string): Way[] {
  const store = (name: string): ResultStore =>
    new ResultStore({ storage: local({ path: join(folder, name) }), serializer: bytesOnly, cacheBytes: 0 });
  return [
    rawFiles(join(folder, "raw"), false),
    rawFiles(join(folder, "shared"), true),
    many(store("many")),
    oneByOne(store("one")),
  ];
}

async function syncFolder(path: string): Promise<void> {
  await using(await open(path, constants.O_RDONLY), (folder) => folder.sync());
}

async function using<T>(file: FileHandle, use: (file: FileHandle) => Promise<T>): Promise<T> {
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}
