import { memory, Storage, type StorageDriver, StorageError, type StorageErrorCode } from "@coatcheck/core";

/** A storage whose first puts fail with these codes, where there is one, and then all is well; `puts` says how many there were. */
export function failingStorage(codes: readonly (StorageErrorCode | undefined)[]): {
  storage: Storage;
  puts: () => number;
} {
  const inner = memory();
  let puts = 0;
  const driver: StorageDriver = {
    type: "failing",
    url: `failing:${inner.url}`,
    capabilities: { ...inner.capabilities, sign: false },
    get: async (key, options) => {
      const object = await inner.get(key, options);
      return object && { info: object.info, body: object.stream(), cancel: async () => await object.cancel() };
    },
    put: async (key, body, { when, size, contentType, signal }) => {
      const code = codes[puts++];
      if (code !== undefined) {
        const retryable = code === "Unavailable" || code === "RateLimited";
        throw new StorageError({ code, detail: "The test says so.", retryable });
      }
      return await inner.put(key, body, { when, size, contentType, signal });
    },
    stat: async (key, options) => await inner.stat(key, options),
    list: async (options) => await inner.list(options),
    delete: async (key, options) => await inner.delete(key, options),
  };
  return { storage: new Storage(driver), puts: () => puts };
}
