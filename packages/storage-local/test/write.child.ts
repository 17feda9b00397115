import { createHash, randomBytes } from "node:crypto";
import { writeSync } from "node:fs";
import { local } from "@coatcheck/storage-local";

// Writes objects in every way until it is killed, and tells before and after each step. An object begins with the digest
// of what follows.
const storage = local({ path: process.argv[2]! });
const tell = (what: string, key: string): number => writeSync(1, `${what} ${key}\n`);

const objects = [0, 1000, 100_000, 3_000_000].map((size) => {
  const content = randomBytes(size);
  return [createHash("sha256").update(content).digest(), content];
});

async function* streamed(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, void> {
  for (const chunk of chunks) {
    for (let offset = 0; offset < chunk.byteLength; offset += 100_000) yield chunk.subarray(offset, offset + 100_000);
  }
}

for (let round = 0; ; round++) {
  const chunks = objects[round % objects.length]!;
  const key = `objects/${round % 10}`;
  const way = round % 3;
  if (way === 2) {
    tell("delete", key);
    await storage.delete(key);
    tell("gone", key);
  }
  tell("put", key);
  await storage.put(key, way === 0 ? streamed(chunks) : chunks, { when: way === 2 ? "absent" : "any" });
  tell("kept", key);
}
