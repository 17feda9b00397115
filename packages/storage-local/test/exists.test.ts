import fs, { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, jest, test } from "@jest/globals";
import { ResultStore } from "@coatcheck/core";
import { local } from "@coatcheck/storage-local";
import { Script } from "@coatcheck/test-support";
import { filePath } from "../src/encoding.ts";
import { temporaryFolders } from "./support.ts";

const folder = temporaryFolders();
afterEach(() => {
  jest.restoreAllMocks();
});

test("whether a result of 1 GiB exists takes 4 KiB at most", async () => {
  if (!existsSync("/proc/self/io")) {
    process.stderr.write("skipped: bytes read by exists on 1 GiB: this system does not count them (/proc/self/io)\n");
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "coatcheck-large-"));
  const script = await Script.build(join(__dirname, "exists.child.ts"), { byName: false });
  try {
    const outcome = JSON.parse(await script.run([folder, 1024])) as { exists: boolean; bytes: number; size: number };
    expect(outcome).toMatchObject({ exists: true, size: 1024 ** 3 });
    // The event loop's own wake-ups are counted too: 8 bytes each.
    expect(outcome.bytes).toBeGreaterThan(0);
    expect(outcome.bytes).toBeLessThanOrEqual(4096 + 8 * 8);
  } finally {
    script.remove();
    rmSync(folder, { recursive: true, force: true });
  }
});

test("whether each of 5,000 results exists, and a listing with their headers, takes one read of 4 KiB at most", async () => {
  const COUNT = 5_000;
  const root = folder();
  const none = { type: "none", serialize: () => new Uint8Array(), deserialize: () => undefined };
  const store = new ResultStore({ storage: local({ path: root, durability: "none" }), serializer: none });
  const keys = Array.from({ length: COUNT }, (_, index) => `many/${String(index).padStart(6, "0")}`);
  await store.write(new Uint8Array(100_000), { key: keys[0]! });
  const record = readFileSync(join(root, filePath(keys[0]!)));
  // Written past the storage, as it is looking that counts here; each has a payload that is not read.
  for (const key of keys.slice(1, 20)) writeFileSync(join(root, filePath(key)), record);
  const small = await store.write(new Uint8Array(10), { key: keys[20]! });
  const smallRecord = readFileSync(join(root, filePath(small.location!)));
  for (const key of keys.slice(21)) writeFileSync(join(root, filePath(key)), smallRecord);

  const reads = jest.spyOn(fs, "read");
  const expectOneReadEach = (): void => {
    expect(reads).toHaveBeenCalledTimes(COUNT);
    for (const [, , , length] of reads.mock.calls as unknown as [number, Uint8Array, number, number][]) {
      expect(length).toBeLessThanOrEqual(4096);
    }
    reads.mockClear();
  };
  for (let index = 0; index < COUNT; index += 100) {
    const found = await Promise.all(keys.slice(index, index + 100).map((key) => store.exists(key)));
    expect(found.every(Boolean)).toBe(true);
  }
  expectOneReadEach();
  let listed = 0;
  for await (const { key, result } of store.list({ headers: true })) {
    expect([key, result?.serializer]).toEqual([keys[listed++], "bytes"]);
  }
  expect(listed).toBe(COUNT);
  expectOneReadEach();
});
