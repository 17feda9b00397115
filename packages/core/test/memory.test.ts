import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "@jest/globals";
import { type DriverBody, Storage, type StorageDriver } from "@coatcheck/core";

const CHUNKS = 50;

/** Chunks that can be collected, and how many of them are still held. */
function chunks(): { source: AsyncGenerator<Uint8Array, void, void>; held(): Promise<number> } {
  const given: WeakRef<Uint8Array>[] = [];
  async function* source(): AsyncGenerator<Uint8Array, void, void> {
    for (let index = 0; index < CHUNKS; index++) {
      const chunk = new Uint8Array(1000).fill(index);
      given.push(new WeakRef(chunk));
      yield chunk;
    }
  }
  const held = async (): Promise<number> => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const count = (): number => given.filter((chunk) => chunk.deref() !== undefined).length;
    for (let round = 0; round < 100 && count() > 3; round++) {
      // What was looked at stays until the turn ends.
      await new Promise((resolve) => setTimeout(resolve, 1));
      collect();
    }
    return count();
  };
  return { source: source(), held };
}

function storageOf(driver: Partial<StorageDriver>): Storage {
  return new Storage({
    type: "test",
    url: "test:",
    capabilities: { unknownLength: true },
    ...driver,
  } as StorageDriver);
}

test("a stream that is put with a signal is let go of chunk by chunk", async () => {
  const { source, held } = chunks();
  let left = CHUNKS;
  const put = async (key: string, body: DriverBody) => {
    let seen = 0;
    for await (const _ of body) if (++seen === CHUNKS) left = await held();
    return { key, size: 1000 * seen, version: "1", modifiedAt: new Date() };
  };
  await storageOf({ put }).put("key", source, { signal: new AbortController().signal });
  expect(left).toBeLessThanOrEqual(3);
});

test("a body that is read with a signal is let go of chunk by chunk", async () => {
  const { source, held } = chunks();
  const get = async (key: string) => ({
    info: { key, size: 1000 * CHUNKS, version: "1", modifiedAt: new Date() },
    body: source,
    cancel: async () => {},
  });
  const object = await storageOf({ get }).get("key", { signal: new AbortController().signal });
  let [seen, left] = [0, CHUNKS];
  for await (const _ of object!.stream()) if (++seen === CHUNKS) left = await held();
  expect(left).toBeLessThanOrEqual(3);
});
