import { expect, test } from "@jest/globals";
import { Storage, type StorageDriver } from "@coatcheck/core";

function scene(): { storage: Storage; cancelled(): number; read(): number } {
  let cancelled = 0;
  let read = 0;
  const driver: Partial<StorageDriver> = {
    type: "one-object",
    url: "one-object:",
    get: async (key) => ({
      info: { key, size: 2, version: "1", modifiedAt: new Date() },
      body: (async function* () {
        for (const byte of [1, 2]) {
          read++;
          yield new Uint8Array([byte]);
        }
      })(),
      cancel: async () => void cancelled++,
    }),
  };
  return { storage: new Storage(driver as StorageDriver), cancelled: () => cancelled, read: () => read };
}

test("a stream that is cancelled before it is read ends the request", async () => {
  const { storage, cancelled, read } = scene();
  await (await storage.get("key"))!.stream().cancel();
  expect(cancelled()).toBeGreaterThan(0);
  expect(read()).toBe(0);
});

test("a stream that is left early ends the request", async () => {
  const { storage, cancelled, read } = scene();
  for await (const chunk of (await storage.get("key"))!.stream()) {
    expect([...chunk]).toEqual([1]);
    break;
  }
  expect(cancelled()).toBeGreaterThan(0);
  expect(read()).toBe(1);
});
