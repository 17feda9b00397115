import { crc32 } from "node:zlib";
import { openStorage, registerBlock, type Storage, StorageError } from "@coatcheck/core";

// Opens the storage that it is told of, and does with it as often, or with as much, as it is told to.
const [, , options, type, work, amount] = process.argv;
/** Bytes that pass between two collections of garbage, where this process may collect it. */
const COLLECT_EVERY = 16 * 2 ** 20;
const slug = `${type}/child` as "memory/child";
registerBlock(slug, JSON.parse(options!) as object);
const storage = await openStorage(slug);
await (work === "count" ? count(storage, Number(amount)) : stream(storage, Number(amount) * 2 ** 20));
await storage.close();

/** Adds one to the number at the key "counter", so many times. */
async function count(counters: Storage, times: number): Promise<void> {
  for (let kept = 0; kept < times;) {
    const object = await counters.get("counter");
    const next = Number(new TextDecoder().decode(await object!.bytes())) + 1;
    try {
      const when = { version: object!.info.version };
      await counters.put("counter", new TextEncoder().encode(String(next)), { when });
      kept++;
    } catch (error) {
      if (!(error instanceof StorageError) || error.code !== "Conflict") throw error;
    }
  }
}

/** Streams so many bytes in and out; tells whether they are equal, and by how many bytes the process grew meanwhile. */
async function stream(large: Storage, total: number): Promise<void> {
  await large.put("warm", new Uint8Array(100_000));
  await (await large.get("warm"))!.bytes();

  let passed = 0;
  const pass = (bytes: number): void => {
    if ((passed += bytes) % COLLECT_EVERY < bytes) globalThis.gc?.();
  };
  let put = 0;
  async function* source(): AsyncGenerator<Uint8Array, void, void> {
    for (let sent = 0; sent < total; sent += 65_536) {
      const chunk = new Uint8Array(65_536).fill(sent / 65_536);
      put = crc32(chunk, put);
      pass(chunk.byteLength);
      yield chunk;
    }
  }

  const start = process.memoryUsage().rss;
  let most = start;
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 5);
  await large.put("large", source());
  let got = 0;
  for await (const chunk of (await large.get("large"))!.stream()) {
    got = crc32(chunk, got);
    pass(chunk.byteLength);
  }
  clearInterval(timer);
  console.log(JSON.stringify({ equal: put === got, grown: most - start }));
  await large.deleteMany(["warm", "large"]);
}
