import { memory, type Serializer, Storage, type StorageCapabilities, type StorageDriver } from "@coatcheck/core";
import { CacheStore } from "../../src/cache/entry.ts";

/** JSON as it is. */
export const plainJson: Serializer = {
  type: "plain-json",
  serialize: (value) => new TextEncoder().encode(JSON.stringify(value)),
  deserialize: (bytes) => JSON.parse(new TextDecoder().decode(bytes)) as unknown,
};

/** A storage whose methods pass through `around`, which may wait, fail or count. */
export function wrapped(
  around: <T>(operation: string, key: string, call: () => Promise<T>) => Promise<T>,
  inner: Storage = memory(),
  lacks: Partial<StorageCapabilities> = {},
): Storage {
  const { type, url } = inner;
  const capabilities = { ...inner.capabilities, ...lacks };
  const driver: StorageDriver = {
    type,
    url,
    capabilities,
    get: (key, options) =>
      around("get", key, async () => {
        const object = await inner.get(key, options);
        return object && { info: object.info, body: object.stream(), cancel: async () => await object.cancel() };
      }),
    put: (key, body, { when, size, contentType, signal }) =>
      around(
        "put",
        key,
        async () => await inner.put(key, body as AsyncIterable<Uint8Array>, { when, size, contentType, signal }),
      ),
    stat: (key, options) => around("stat", key, async () => await inner.stat(key, options)),
    list: async (options) => await inner.list(options),
    delete: (key, options) => around("delete", key, async () => await inner.delete(key, options)),
  };
  return new Storage(driver);
}

/** A place for caches on `storage`. */
export async function cacheOn(storage: Storage): Promise<CacheStore> {
  return await CacheStore.open({ storage, serializer: plainJson });
}

/** Something that is settled from outside. */
export class Deferred<T = void> {
  readonly promise: Promise<T>;
  resolve!: (value: T) => void;
  reject!: (error: unknown) => void;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }
}
