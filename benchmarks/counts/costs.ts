import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ResultStore, type Serializer, type Storage } from "@coatcheck/core";
import { local } from "@coatcheck/storage-local";
import { azureServer, gcsServer, openAzure, openGcs, openS3, s3TestServer } from "../storages/servers.ts";
import { type Cost, costOf } from "./instrument.ts";

const KB = 1024;
const MB = KB * KB;

/** Bytes of the value that the operation of that name is about. */
export function sizeOf(operation: string): number {
  const [, count, unit] = /(\d+) (KB|MiB)/.exec(operation) ?? [];
  return unit === undefined ? 0 : Number(count) * (unit === "KB" ? KB : MB);
}

/** What each operation on one storage costs. */
export type Costs = Readonly<Record<string, Cost>>;

const small = Buffer.alloc(KB, "coatcheck");
const large = Buffer.alloc(8 * MB, "coatcheck");
const CHUNK = new Uint8Array(64 * KB);
const STREAMED = 100 * MB;

async function* stream(): AsyncGenerator<Uint8Array, void, void> {
  for (let sent = 0; sent < STREAMED; sent += CHUNK.byteLength) yield CHUNK;
}

/** Values that are bytes pass by the serializer. */
const serializer: Serializer = {
  type: "bytes-only",
  serialize: () => {
    throw new Error("only bytes are written here");
  },
  deserialize: () => undefined,
};

/** What the operations of `storage` cost once it is warm: connected, its folders made. */
export async function storageCosts(storage: Storage): Promise<Costs> {
  const bytes = async (key: string): Promise<unknown> => await (await storage.get(key))!.bytes();
  for (const key of ["small", "removed"]) await storage.put(key, small);
  await bytes("small");
  await storage.put("large", large);
  const costs: Record<string, Cost> = {};
  costs["put 1 KB"] = await costOf(() => storage.put("small", small));
  costs["create 1 KB"] = await costOf(() => storage.put("created", small, { when: "absent" }));
  costs["get 1 KB"] = await costOf(() => bytes("small"));
  costs["stat 1 KB"] = await costOf(() => storage.stat("small"));
  costs["list 4"] = await costOf(() => storage.list());
  costs["delete 1 KB"] = await costOf(() => storage.delete("removed"));
  costs["put 8 MiB"] = await costOf(() => storage.put("large", large));
  costs["get 8 MiB"] = await costOf(() => bytes("large"));
  costs["put 100 MiB, streamed"] = await costOf(() => storage.put("streamed", stream()));
  costs["get 100 MiB, streamed"] = await costOf(async () => {
    let received = 0;
    for await (const chunk of (await storage.get("streamed"))!.stream()) received += chunk.byteLength;
    if (received !== STREAMED) throw new Error(`${received} bytes came back of ${STREAMED}.`);
  });
  return costs;
}

/** What the operations of a store cost that is warm, on that storage. */
export async function storeCosts(storage: Storage): Promise<Costs> {
  const store = new ResultStore({ storage, serializer });
  // None that answers from memory.
  const reader = new ResultStore({ storage, serializer, cacheBytes: 0 });
  await store.write(small, { key: "small" });
  await store.write(large, { key: "large" });
  const reference = JSON.stringify(await store.write(small, { key: "referenced" }));
  await reader.read("small");
  const costs: Record<string, Cost> = {};
  costs["write 1 KB"] = await costOf(() => store.write(small, { key: "small" }));
  costs["read 1 KB"] = await costOf(() => reader.read("small"));
  costs["read 1 KB by reference"] = await costOf(() => reader.read(reference));
  costs["exists 1 KB"] = await costOf(() => store.exists("small"));
  costs["write 8 MiB"] = await costOf(() => store.write(large, { key: "large" }));
  costs["read 8 MiB"] = await costOf(() => reader.read("large"));
  costs["exists 8 MiB"] = await costOf(() => store.exists("large"));
  const result = await store.resolve(reference);
  await result.get();
  costs["get again"] = await costOf(() => result.get());
  return costs;
}

/** Gives a warm local storage in a folder of its own to `use`. */
export async function withLocal<T>(use: (storage: Storage) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "coatcheck-counts-"));
  try {
    return await use(local({ path: folder }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Gives a storage of that type on a server of its own to `use`. */
export async function withCloud<T>(type: "s3" | "gcs" | "azure", use: (storage: Storage) => Promise<T>): Promise<T> {
  const { storage, close } = await opened[type]();
  try {
    return await use(storage);
  } finally {
    await storage.close();
    await close();
  }
}

interface Opened {
  readonly storage: Storage;
  readonly close: () => Promise<void>;
}

const opened = {
  s3: async (): Promise<Opened> => {
    const server = await s3TestServer();
    return { storage: openS3(server), close: server.close };
  },
  gcs: async (): Promise<Opened> => {
    const server = await gcsServer();
    return { storage: openGcs(server), close: server.close };
  },
  azure: async (): Promise<Opened> => {
    const server = await azureServer();
    return { storage: openAzure(server), close: server.close };
  },
};
