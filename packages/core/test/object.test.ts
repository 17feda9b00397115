import { expect, test } from "@jest/globals";
import { ResultStore, memory, Storage, type StorageDriver, StorageError } from "@coatcheck/core";

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

/** A storage of one object, whose body stalls after its first bytes until it is cancelled. */
function stallingScene(first: Uint8Array, size: number): { storage: Storage; cancelled(): boolean } {
  let cancelled = false;
  let cancel = (): void => {};
  const driver: Partial<StorageDriver> = {
    type: "stalling",
    url: "stalling:",
    get: async (key) => ({
      info: { key, size, version: "1", modifiedAt: new Date() },
      body: (async function* () {
        yield first;
        await new Promise<void>((resolve) => (cancel = resolve));
        throw new TypeError("cancelled");
      })(),
      cancel: async () => {
        cancelled = true;
        cancel();
      },
    }),
  };
  return { storage: new Storage(driver as StorageDriver), cancelled: () => cancelled };
}

/** Reads once, and cancels while the next read is stalled. */
async function expectCancelEnds(stream: ReadableStream, cancelled: () => boolean): Promise<void> {
  const reader = stream.getReader();
  await reader.read();
  const stalled = reader.read();
  await new Promise((resolve) => setImmediate(resolve));
  await reader.cancel();
  expect(cancelled()).toBe(true);
  expect((await stalled).done).toBe(true);
}

test("a stream that is cancelled while a read is stalled ends the request, and does not wait for that read", async () => {
  const { storage, cancelled } = stallingScene(new Uint8Array(10), 20);
  await expectCancelEnds((await storage.get("key"))!.stream(), cancelled);
});

test("a result's stream that is cancelled while a read is stalled ends the request, and does not wait for that read", async () => {
  const kept = memory();
  const value = new Uint8Array(300_000);
  await new ResultStore({ storage: kept, serializer: "json" }).write(new Blob([value]).stream(), { key: "key" });
  const file = await (await kept.get("key"))!.bytes();
  const { storage, cancelled } = stallingScene(file.subarray(0, 200_000), file.byteLength);
  await expectCancelEnds(await new ResultStore({ storage, serializer: "json" }).read("key"), cancelled);
});

test("a web stream that stalls is cancelled where its put fails", async () => {
  const refused = new StorageError({ code: "PermissionDenied", detail: "it is refused." });
  const driver: Partial<StorageDriver> = {
    type: "refusing",
    url: "refusing:",
    capabilities: { ...memory().capabilities },
    put: async (_key, body) => {
      const iterator = (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
      await iterator.next();
      // As a driver that reads on while it sends.
      iterator.next().catch(() => {});
      await new Promise((resolve) => setImmediate(resolve));
      iterator.return!().catch(() => {});
      throw refused;
    },
  };
  const storage = new Storage(driver as StorageDriver);
  for (const put of [
    (body: ReadableStream<Uint8Array>) => storage.put("key", body),
    (body: ReadableStream<Uint8Array>) => new ResultStore({ storage, serializer: "json" }).write(body, { key: "key" }),
  ]) {
    let cancel!: () => void;
    const cancelled = new Promise<void>((resolve) => (cancel = resolve));
    let chunks = 0;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => (chunks++ < 1 ? controller.enqueue(new Uint8Array(1)) : new Promise(() => {})),
      cancel,
    });
    await expect(put(body)).rejects.toMatchObject({ code: "PermissionDenied" });
    await cancelled;
  }
});

test("of a storage that reads into memory, and knows no ranges, an object is let go of when its head was read", async () => {
  const kept = memory();
  await new ResultStore({ storage: kept, serializer: "json" }).write(new Uint8Array(300_000), { key: "key" });
  const file = await (await kept.get("key"))!.bytes();
  let open = 0;
  const driver: Partial<StorageDriver> = {
    type: "reading",
    url: "reading:",
    capabilities: { ...kept.capabilities, ranges: false },
    get: async (key) => {
      let [offset, closed] = [0, false];
      open++;
      const cancel = async (): Promise<void> => {
        if (!closed) open--;
        closed = true;
      };
      const read = async (target: Uint8Array): Promise<number> => {
        const piece = file.subarray(offset, offset + target.byteLength);
        target.set(piece);
        offset += piece.byteLength;
        if (piece.byteLength === 0) await cancel();
        return piece.byteLength;
      };
      return { info: { key, size: file.byteLength, version: "1", modifiedAt: new Date() }, read, cancel };
    },
  };
  const store = new ResultStore({ storage: new Storage(driver as StorageDriver), serializer: "json" });
  expect(await store.exists("key")).toBe(true);
  expect(open).toBe(0);
  expect(await store.read<Uint8Array>("key")).toHaveLength(300_000);
  expect(open).toBe(0);
});
