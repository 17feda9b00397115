import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { ResultStore } from "@coatcheck/core";
import { compressed } from "@coatcheck/serializer-compressed";
import { json } from "@coatcheck/serializer-json";
import { local } from "@coatcheck/storage-local";

/** What one process found. */
export interface Outcome {
  readonly write: Direction;
  readonly read: Direction;
}

interface Direction {
  readonly seconds: number;
  /** Bytes of resident memory more than at the start, at most. */
  readonly grown: number;
}

type Chunks = AsyncIterable<Uint8Array>;

interface Contender {
  readonly note?: string;
  open(folder: string): { write(body: Chunks): Promise<unknown>; read(): Promise<Chunks> | Chunks };
}

const CHUNK = 256 * 1024;

/** How the bytes are kept. */
export type Way = "as they are" | "through gzip";

/** Contenders at keeping a stream in a file; the first is what the others are compared to. */
export const ways: Readonly<Record<Way, Readonly<Record<string, Contender>>>> = {
  "as they are": {
    "raw fs streams": {
      note: "fsync, not verified",
      open(folder) {
        const path = join(folder, "raw");
        return {
          write: (body) => toDisk(path, body, createWriteStream(path, { highWaterMark: CHUNK })),
          read: () => createReadStream(path, { highWaterMark: CHUNK }),
        };
      },
    },
    "@coatcheck/storage-local": {
      note: "not verified",
      open(folder) {
        const storage = local({ path: folder });
        return {
          write: (body) => storage.put("k", body),
          read: async () => (await storage.get("k"))!.stream(),
        };
      },
    },
    ResultStore: { note: "verified", open: (folder) => results(folder, json()) },
  },
  "through gzip": {
    "raw fs streams": {
      note: "level 6, fsync, verified by gzip",
      open(folder) {
        const path = join(folder, "raw.gz");
        return {
          write: (body) => toDisk(path, body, createGzip(), createWriteStream(path)),
          read: () => createReadStream(path, { highWaterMark: CHUNK }).pipe(createGunzip()),
        };
      },
    },
    "ResultStore, compressed/json": {
      note: "level 6, verified",
      open: (folder) => results(folder, compressed(json())),
    },
  },
};

async function toDisk(path: string, body: Chunks, ...streams: NodeJS.WritableStream[]): Promise<void> {
  await pipeline([body, ...streams] as never);
  const file = await open(path, "r+");
  await file.sync();
  await file.close();
}

function results(folder: string, serializer: ReturnType<typeof json>): ReturnType<Contender["open"]> {
  const store = new ResultStore({ storage: local({ path: folder }), serializer });
  return {
    write: (body) => store.write(Readable.from(body, { objectMode: false }), { key: "k" }),
    async read() {
      return (await (await store.resolve("k")).stream()) as Chunks;
    },
  };
}

/** Writes so many bytes and reads them back, and throws where they are not the same. */
export async function stream(contender: Contender, base: string, size: number): Promise<Outcome> {
  const folder = mkdtempSync(join(base, "coatcheck-large-"));
  try {
    const { write, read } = contender.open(folder);
    const put = createHash("sha256");
    const written = await measured(() => write(content(size, put)));
    const got = createHash("sha256");
    const readBack = await measured(async () => {
      for await (const chunk of await read()) got.update(chunk);
    });
    if (put.digest("hex") !== got.digest("hex")) throw new Error("Other bytes came back.");
    return { write: written, read: readBack };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Lines of records with numbers that differ from chunk to chunk. */
async function* content(size: number, hash: ReturnType<typeof createHash>): Chunks & AsyncGenerator<Uint8Array> {
  const chunk = Buffer.alloc(CHUNK);
  let state = 1;
  for (let at = 0; at < CHUNK; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    // Hexadecimal digits: four bits of eight.
    chunk[at] = "0123456789abcdef".charCodeAt(state >>> 28);
  }
  for (let sent = 0; sent < size; sent += CHUNK) {
    const own = Buffer.from(chunk);
    own.write(sent.toString().padStart(16, "0"), 0, "latin1");
    hash.update(own);
    yield own;
  }
}

async function measured(work: () => Promise<unknown>): Promise<Direction> {
  const before = process.memoryUsage().rss;
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 5);
  const start = performance.now();
  await work();
  clearInterval(timer);
  return { seconds: (performance.now() - start) / 1000, grown: most - before };
}
