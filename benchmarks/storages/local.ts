import { constants, existsSync, mkdtempSync, rmSync } from "node:fs";
import { link, mkdir, open, readFile, rename, stat, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import cacache from "cacache";
import { Disk } from "flydrive";
import { FSDriver } from "flydrive/drivers/fs";
import { Keyv } from "keyv";
import { KeyvFile } from "keyv-file";
import { open as openLmdb } from "lmdb";
import { createStorage } from "unstorage";
import fsDriver from "unstorage/drivers/fs";
import { ResultStore } from "@coatcheck/core";
import { local } from "@coatcheck/storage-local";
import { argument, Report } from "../report.ts";
import { type Contender, takeTurnsInPairs } from "../rounds.ts";

const KB = 1024;
const SIZES = [
  { name: "1 KB", bytes: KB, rounds: 400 },
  { name: "100 KB", bytes: 100 * KB, rounds: 200 },
  { name: "10 MB", bytes: 10 * KB * KB, rounds: 20 },
  { name: "200 MB", bytes: 200 * KB * KB, rounds: 5 },
];
/** From here on what keeps all in memory, or in one file, is left out. */
const LARGE = 100 * KB * KB;

// On a memory disk where there is one, so that the disk's own noise stays out.
const memoryDisk = existsSync("/dev/shm") ? "/dev/shm" : undefined;
const base = argument("at") ?? memoryDisk ?? tmpdir();
const folder = mkdtempSync(join(base, "coatcheck-benchmark-"));
const at = (...names: string[]): string => join(folder, ...names);

const raw = {
  async durable(name: string, bytes: Uint8Array): Promise<void> {
    const temporary = at("raw", `.${name}.tmp`);
    const file = await open(temporary, "wx");
    await file.writeFile(bytes);
    await file.sync();
    await file.close();
    await rename(temporary, at("raw", name));
    await syncFolder();
  },
  async create(name: string, bytes: Uint8Array): Promise<void> {
    const temporary = at("raw", `.${name}.tmp`);
    const file = await open(temporary, "wx");
    await file.writeFile(bytes);
    await file.sync();
    await file.close();
    await link(temporary, at("raw", name));
    await unlink(temporary);
    await syncFolder();
  },
};

async function syncFolder(): Promise<void> {
  const parent = await open(at("raw"), constants.O_RDONLY);
  await parent.sync();
  await parent.close();
}

try {
  await mkdir(at("raw"));
  const storage = local({ path: at("local") });
  const store = new ResultStore({ storage: local({ path: at("results") }), serializer: plain() });
  const un = createStorage({ driver: fsDriver({ base: at("unstorage") }) });
  const fly = new Disk(new FSDriver({ location: at("flydrive"), visibility: "private" }));
  const lmdb = openLmdb({ path: at("lmdb"), encoding: "binary", mapSize: 4 * 2 ** 30 });
  const keyv = new Keyv({ store: new KeyvFile({ filename: at("keyv"), separatedFile: true }) });
  const peers = ["unstorage", "flydrive", "keyv", "keyv-file", "cacache", "lmdb"];
  const report = new Report("Local files, beside raw fs and what one would pick instead", { peers });
  report.note(base === memoryDisk ? "On a memory disk." : "On a disk, whose own noise is in it.");
  report.note("Each takes turns with the first alone, so that none pays for the garbage of another.");
  report.note(
    "A put of what is there already, but for create; ours and the first of each are durable, the others not.",
  );

  for (const { name, bytes, rounds } of SIZES) {
    const body = Buffer.alloc(bytes, "coatcheck");
    const small = bytes < LARGE;
    const puts: Contender[] = [
      { name: "raw fs, durable", note: "temp, fsync, rename, fsync of the folder", run: () => raw.durable("k", body) },
      { name: "@coatcheck/storage-local", run: () => storage.put("k", body) },
      { name: "ResultStore.write", note: "with header and digest", run: () => store.write(body, { key: "k" }) },
      { name: "raw fs, writeFile", note: "torn reads, not durable", run: () => writeFile(at("raw", "plain"), body) },
      { name: "unstorage fs", note: "torn reads, not durable", run: () => un.setItemRaw("k", body) },
      { name: "flydrive fs", note: "torn reads, not durable", run: () => fly.put("k", body) },
      ...(small
        ? [
            {
              name: "cacache",
              note: "atomic, verified, not durable",
              run: () => cacache.put(at("cacache"), "k", body),
            },
            {
              name: "lmdb",
              note: "atomic, durable once flushed, one file",
              run: () => lmdb.put("k", body).then(() => lmdb.flushed),
            },
            { name: "keyv-file", note: "base64 in JSON, torn reads, not durable", run: () => keyv.set("k", body) },
          ]
        : []),
    ];
    report.timed("put", name, await takeTurnsInPairs(puts, rounds));

    if (small) {
      const fresh = async (path: string): Promise<void> => await unlink(path).catch(() => undefined);
      const creates: Contender[] = [
        {
          name: "raw fs, durable",
          note: "temp, fsync, link, fsync of the folder",
          prepare: () => fresh(at("raw", "new")),
          run: () => raw.create("new", body),
        },
        {
          name: "@coatcheck/storage-local",
          prepare: () => storage.delete("new"),
          run: () => storage.put("new", body, { when: "absent" }),
        },
      ];
      report.timed("create", name, await takeTurnsInPairs(creates, rounds));
    }

    await store.write(body, { key: "k" });
    if (small) {
      // Its index keeps a line for each put there was.
      rmSync(at("cacache"), { recursive: true });
      await cacache.put(at("cacache"), "k", body);
    }
    // Anew each time, so that no cache answers.
    const reader = new ResultStore({ storage: local({ path: at("results") }), serializer: plain(), cacheBytes: 0 });
    const gets: Contender[] = [
      { name: "raw fs, readFile", note: "not verified", run: () => readFile(at("raw", "k")) },
      {
        name: "@coatcheck/storage-local",
        note: "not verified",
        run: async () => await (await storage.get("k"))!.bytes(),
      },
      { name: "ResultStore.read", note: "verified", run: () => reader.read("k") },
      { name: "unstorage fs", note: "not verified", run: () => un.getItemRaw("k") },
      { name: "flydrive fs", note: "not verified", run: () => fly.getBytes("k") },
      ...(small
        ? [
            { name: "cacache", note: "verified", run: () => cacache.get(at("cacache"), "k") },
            { name: "lmdb", note: "not verified", run: () => Buffer.from(lmdb.getBinary("k")!) },
            { name: "keyv-file", note: "not verified", run: () => keyv.get("k") },
          ]
        : []),
    ];
    report.timed("get", name, await takeTurnsInPairs(gets, rounds));
    if (bytes > KB) continue;
    const stats: Contender[] = [
      { name: "raw fs, stat", run: () => stat(at("raw", "k")) },
      { name: "@coatcheck/storage-local", run: () => storage.stat("k") },
      { name: "ResultStore.exists", note: "reads the header: expired is gone", run: () => store.exists("k") },
      { name: "unstorage fs", run: () => un.hasItem("k") },
      { name: "flydrive fs", run: () => fly.exists("k") },
    ];
    report.timed("stat", name, await takeTurnsInPairs(stats, rounds));
  }
  await report.save();
  await lmdb.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

// Values that are bytes pass by the serializer, and none is needed for them.
function plain(): { type: string; serialize: () => never; deserialize: () => never } {
  const refuse = (): never => {
    throw new Error("only bytes are written here");
  };
  return { type: "bytes-only", serialize: refuse, deserialize: refuse };
}
