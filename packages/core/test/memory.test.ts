import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "@jest/globals";
import { type DriverBody, Storage, type StorageDriver } from "@coatcheck/core";
import { sendParts, splitStream } from "@coatcheck/core/driver";

const CHUNKS = 50;

/** Counts those of the objects it was told of that nobody has let go of; some may be in use. */
class Watch {
  readonly #seen: WeakRef<object>[] = [];

  add<T extends object>(object: T): T {
    this.#seen.push(new WeakRef(object));
    return object;
  }

  async held(inUse: number): Promise<number> {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const count = (): number => this.#seen.filter((each) => each.deref() !== undefined).length;
    for (let round = 0; round < 100 && count() > inUse; round++) {
      // What was looked at stays until the turn ends.
      await new Promise((resolve) => setTimeout(resolve, 1));
      collect();
    }
    return count();
  }
}

async function* chunks(watch: Watch): AsyncGenerator<Uint8Array, void, void> {
  for (let index = 0; index < CHUNKS; index++) yield watch.add(new Uint8Array(1000).fill(index));
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
  const watch = new Watch();
  let left = CHUNKS;
  const put = async (key: string, body: DriverBody) => {
    let seen = 0;
    for await (const _ of body) if (++seen === CHUNKS) left = await watch.held(3);
    return { key, size: 1000 * seen, version: "1", modifiedAt: new Date() };
  };
  await storageOf({ put }).put("key", chunks(watch), { signal: new AbortController().signal });
  expect(left).toBeLessThanOrEqual(3);
});

test("a body that is read with a signal is let go of chunk by chunk", async () => {
  const watch = new Watch();
  const get = async (key: string) => ({
    info: { key, size: 1000 * CHUNKS, version: "1", modifiedAt: new Date() },
    body: chunks(watch),
    cancel: async () => {},
  });
  const object = await storageOf({ get }).get("key", { signal: new AbortController().signal });
  let [seen, left] = [0, CHUNKS];
  for await (const _ of object!.stream()) if (++seen === CHUNKS) left = await watch.held(3);
  expect(left).toBeLessThanOrEqual(3);
});

test("parts that were sent are let go of, while those that come are sent", async () => {
  const watch = new Watch();
  let left = CHUNKS;
  const send = async (_: Uint8Array, index: number) => {
    if (index === CHUNKS - 1) left = await watch.held(3);
  };
  await sendParts(chunks(watch), () => 2, send, undefined);
  expect(left).toBeLessThanOrEqual(3);
});

test("the memory of smaller parts is let go of when parts have grown", async () => {
  const watch = new Watch();
  async function* source(): AsyncGenerator<Uint8Array, void, void> {
    for (let value = 0; value < 30; value++) yield new Uint8Array(100).fill(value);
  }
  const underWay: { release(): void }[] = [];
  let [seen, left] = [0, Infinity];
  for await (const part of splitStream(source(), (index) => (index < 10 ? 100 : 200), 100)) {
    if (part.size === 100) watch.add(part.chunks[0]!.buffer);
    underWay.push(part);
    if (underWay.length > 2) underWay.shift()!.release();
    if (++seen === 15) left = await watch.held(0);
  }
  expect([seen, left]).toEqual([20, 0]);
});
