// Makes many calls at once with one signal, to which each of them listens, and says whether Node calls that a leak.
import { memory, ResultStore, type Serializer, Storage, type StorageDriver } from "@coatcheck/core";

const plain: Serializer<string> = {
  type: "plain",
  serialize: (text) => new TextEncoder().encode(text),
  deserialize: (bytes) => new TextDecoder().decode(bytes),
};

const kept = memory();
const listening = async <T>(signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> => {
  const listener = (): void => {};
  signal!.addEventListener("abort", listener);
  try {
    await new Promise((resolve) => setImmediate(resolve));
    return await call();
  } finally {
    signal!.removeEventListener("abort", listener);
  }
};
const driver: Partial<StorageDriver> = {
  type: "listening",
  url: "listening:",
  capabilities: kept.capabilities,
  get: async (key, options) => {
    const object = await listening(options.signal, async () => await kept.get(key, options));
    return object && { info: object.info, body: object.stream(), cancel: async () => await object.cancel() };
  },
  put: async (key, body, options) => await listening(options.signal, async () => await kept.put(key, body, options)),
  list: async (options) => await kept.list(options),
  delete: async (key, options) => await listening(options.signal, async () => await kept.delete(key, options)),
};
const store = new ResultStore({ storage: new Storage(driver as StorageDriver), serializer: plain });

process.on("warning", ({ message }) => console.log(message));
const keys = Array.from({ length: 50 }, (_, index) => `key-${index}`);
const { signal: ofWrites } = new AbortController();
for await (const { status } of store.writeMany(keys, { key: (key) => key, signal: ofWrites }))
  console.assert(status === "fulfilled");
const { signal: ofReads } = new AbortController();
for await (const { status } of store.readMany(keys, { signal: ofReads })) console.assert(status === "fulfilled");
const { signal: ofAll } = new AbortController();
await Promise.all(keys.map((key) => store.read(key, { signal: ofAll })));
const { signal: ofList } = new AbortController();
for await (const _ of store.list({ headers: true, signal: ofList }));
const { pruned } = await store.prune({ olderThan: 1, signal: new AbortController().signal });
console.log(`done: ${pruned}`);
