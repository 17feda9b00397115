import {
  type DriverBody,
  type StreamedObject,
  type DriverPutOptions,
  type GetOptions,
  type ObjectInfo,
  Storage,
  type StorageCapabilities,
  StorageError,
  type StoredObject,
} from "@coatcheck/core";
import { MapDriver } from "../samples/map-storage.ts";
import { type BrokenStorage, pause, withDriver, withStorage } from "./broken-storage.ts";

/** What {@link Storage} sees to for every driver, so that only a storage of another make gets it wrong. */
function withClass(storage: new (...args: ConstructorParameters<typeof Storage>) => Storage): () => Storage {
  return withStorage(storage, MapDriver);
}

/** A driver with another manifest. */
function withManifest(change: (capabilities: StorageCapabilities) => StorageCapabilities): () => Storage {
  return withDriver(
    class extends MapDriver {
      override readonly capabilities = change(this.capabilitiesOfMap()) as MapDriver["capabilities"];
      capabilitiesOfMap(): StorageCapabilities {
        return new MapDriver("manifest").capabilities;
      }
    },
  );
}

/** A storage whose manifest lacks `capability`, and that ignores the option instead of refusing it. */
function ignoring(
  capability: keyof StorageCapabilities,
  storage: new (...args: ConstructorParameters<typeof Storage>) => Storage,
): () => Storage {
  const open = withStorage(storage, MapDriver);
  return () => {
    const opened = open();
    Object.defineProperty(opened, "capabilities", {
      value: Object.freeze({ ...opened.capabilities, [capability]: false }),
    });
    return opened;
  };
}

/** Options as if one had not been given. */
function without<T extends object>(options: T | undefined, name: keyof T): Omit<T, never> {
  return { ...options, [name]: undefined } as T;
}

let urls = 0;
const forgotten = new Map<string, string>();

/** Storages that get the rest of the contract wrong: place, manifest, abort, bodies, single use. */
export const contracts: readonly BrokenStorage[] = [
  {
    name: "a manifest that is not frozen",
    open: withManifest((capabilities) => ({ ...capabilities })),
    fails: ["capabilities: the manifest is frozen and has all but sign, persistent"],
  },
  {
    name: "a manifest that says what the author did not",
    open: withManifest((capabilities) => Object.freeze({ ...capabilities, create: false })),
    fails: ["capabilities: *", "create: *", "races: *", "errors: *"],
  },
  {
    name: "a manifest with a capability that there is not",
    open: withManifest((capabilities) => Object.freeze({ ...capabilities, fly: true })),
    fails: ["capabilities: the manifest is frozen and has all but sign, persistent"],
  },
  {
    name: "a manifest that lacks one",
    open: withManifest(({ sign: _sign, ...rest }) => Object.freeze(rest) as StorageCapabilities),
    fails: ["capabilities: the manifest is frozen and has all but sign, persistent"],
  },
  {
    name: 'when "absent" ignored instead of refused',
    lacks: ["persistent", "create"],
    open: ignoring(
      "create",
      class extends Storage {
        override put: Storage["put"] = async (key, body, options) =>
          await super.put(key, body, { ...options, when: options?.when === "absent" ? "any" : options?.when });
      },
    ),
    fails: ["lacks create: 13 cases are left out; it is refused with NotSupported before anything is done"],
  },
  {
    name: "when { version } ignored instead of refused",
    lacks: ["persistent", "replace"],
    open: ignoring(
      "replace",
      class extends Storage {
        override put: Storage["put"] = async (key, body, options) =>
          await super.put(key, body, { ...options, when: typeof options?.when === "object" ? "any" : options?.when });
      },
    ),
    fails: [
      "conditions: one that cannot be is Misconfigured, and touches nothing",
      "lacks replace: 14 cases are left out; it is refused with NotSupported before anything is done",
    ],
  },
  {
    name: "delete when { version } ignored instead of refused",
    lacks: ["persistent", "remove"],
    open: ignoring(
      "remove",
      class extends Storage {
        override delete: Storage["delete"] = async (key, options) =>
          await super.delete(key, { signal: options?.signal });
      },
    ),
    fails: ["lacks remove: 5 cases are left out; it is refused with NotSupported before anything is done"],
  },
  {
    name: "ranges ignored instead of refused",
    lacks: ["persistent", "ranges"],
    open: ignoring(
      "ranges",
      class extends Storage {
        override get: Storage["get"] = async (key, options) => await super.get(key, { signal: options?.signal });
      },
    ),
    fails: ["lacks ranges: 9 cases are left out; it is refused with NotSupported before anything is done"],
  },
  {
    name: "contentType ignored instead of refused",
    lacks: ["persistent", "contentType"],
    open: ignoring(
      "contentType",
      class extends Storage {
        override put: Storage["put"] = async (key, body, options) =>
          await super.put(key, body, { ...options, contentType: undefined });
      },
    ),
    fails: ["lacks contentType: 4 cases are left out; it is refused with NotSupported before anything is done"],
  },
  {
    name: "streams of unknown size refused only after they were read",
    lacks: ["persistent", "unknownLength"],
    open: ignoring(
      "unknownLength",
      class extends Storage {
        override put: Storage["put"] = async (key, body, options) => {
          if (options?.size === undefined && Symbol.asyncIterator in body && !Array.isArray(body)) {
            for await (const _ of body as AsyncIterable<Uint8Array>);
          }
          return await super.put(key, body, options);
        };
      },
    ),
    fails: [
      "failure: a body that is not bytes, or gives something else, is Misconfigured and leaves no trace",
      "lacks unknownLength: 10 cases are left out; it is refused with NotSupported before anything is done",
    ],
  },
  {
    name: "a driver's error where sign is refused",
    open: withClass(
      class extends Storage {
        override sign: Storage["sign"] = async () => {
          throw new TypeError("sign is not a function");
        };
      },
    ),
    fails: ["lacks sign: 3 cases are left out; it is refused with NotSupported before anything is done"],
  },
  {
    name: "a type that is no name",
    open: withDriver(
      class extends MapDriver {
        override readonly type = "My Map";
      },
    ),
    fails: ["place: type is a name, url is a URL without credentials, both stay the same"],
  },
  {
    name: "a url that is none",
    open: withDriver(
      class extends MapDriver {
        override readonly url = "the map";
      },
    ),
    fails: ["place: type is a name, url is a URL without credentials, both stay the same"],
  },
  {
    name: "a url with credentials",
    open: withDriver(
      class extends MapDriver {
        override readonly url = "map://me:secret@host/place";
      },
    ),
    fails: ["place: type is a name, url is a URL without credentials, both stay the same"],
  },
  {
    name: "a url with a secret parameter",
    open: withDriver(
      class extends MapDriver {
        override readonly url = "map://host/place?secretKey=abc";
      },
    ),
    fails: ["place: type is a name, url is a URL without credentials, both stay the same"],
  },
  {
    name: "another url each time for one place",
    open: withDriver(
      class extends MapDriver {
        override readonly url = `map:place-${urls++}`;
      },
    ),
    fails: ["place: opened twice, equal URLs are the same place, other URLs are not"],
  },
  {
    name: "one url for places that differ",
    open: () => {
      const other = new MapDriver(`other-${urls++}`);
      return new Storage(Object.defineProperty(other, "url", { value: "map:same" }));
    },
    fails: [
      "place: opened twice, equal URLs are the same place, other URLs are not",
      "races: of those who create one key at once exactly one wins, and its bytes are there",
      "races: read, add one, replace: no update is lost",
    ],
  },
  {
    name: "a storage that calls itself persistent and forgets",
    lacks: [],
    open: withDriver(
      class extends MapDriver {
        override readonly capabilities = Object.freeze({
          ...new MapDriver("manifest").capabilities,
          persistent: true,
        }) as unknown as MapDriver["capabilities"];
        async close(): Promise<void> {
          for (const key of this.entries.keys()) forgotten.set(key, this.url);
          this.entries.clear();
        }
      },
    ),
    fails: [
      "place: what was put is there after the storage was closed and opened again",
      "place: closing one storage leaves another of the same place open",
    ],
  },
  {
    name: "a second close that fails",
    open: withDriver(
      class extends MapDriver {
        #closed = false;
        async close(): Promise<void> {
          if (this.#closed) throw new Error("ERR_CLOSED");
          this.#closed = true;
        }
      },
    ),
    fails: [
      "place: close twice does nothing more, used or not",
      "place: closing one storage leaves another of the same place open",
    ],
  },
  {
    name: "a close that closes every storage of the place",
    open: withDriver(
      class extends MapDriver {
        static closed = new Set<string>();
        async close(): Promise<void> {
          for (const key of this.entries.keys()) if (key.includes("/object")) this.entries.delete(key);
        }
      },
    ),
    fails: ["place: closing one storage leaves another of the same place open"],
  },
  {
    name: "a reader of an object that can be used again",
    open: withClass(
      class extends Storage {
        override get: Storage["get"] = async (key, options) => {
          const object = await super.get(key, options);
          if (object === undefined || options?.signal !== undefined) return object;
          let read: Promise<Uint8Array> | undefined;
          const bytes = async (): Promise<Uint8Array> => (await (read ??= object.bytes())).slice();
          const stream = (): ReadableStream<Uint8Array> =>
            read === undefined ? object.stream() : new Blob([]).stream();
          return {
            info: object.info,
            bytes,
            stream,
            cancel: () => object.cancel(),
            [Symbol.asyncDispose]: () => object.cancel(),
          } as unknown as StoredObject;
        };
      },
    ),
    fails: ["get: an object is for one use"],
  },
  {
    name: "a storage that knows no signal",
    open: withClass(
      class extends Storage {
        override get: Storage["get"] = async (key, options) => await super.get(key, without(options, "signal"));
        override stat: Storage["stat"] = async (key) => await super.stat(key);
        override list: Storage["list"] = async (options) => await super.list(without(options, "signal"));
        override put: Storage["put"] = async (key, body, options) =>
          await super.put(key, body, without(options, "signal"));
        override delete: Storage["delete"] = async (key, options) =>
          await super.delete(key, without(options, "signal"));
        override deleteMany: Storage["deleteMany"] = async (keys) => await super.deleteMany(keys);
      },
    ),
    timeout: 1000,
    fails: [
      "abort: a signal that is aborted already: its reason, untouched, and nothing is done",
      "abort: during put, while the body goes on: the reason, and no trace",
      "abort: during put, after much was sent: the reason, and no trace",
      "abort: during put, while the body stalls: the reason, and no trace",
      "abort: during put of a web stream that stalls: the reason, no trace, and the stream is cancelled",
      "abort: between get and the first read: the reason, by bytes() and stream()",
      "abort: while the stream of a get is read: the reason, never a normal end",
    ],
  },
  {
    name: "a get that knows no signal once it has begun",
    open: withClass(
      class extends Storage {
        override get: Storage["get"] = async (key, options) => {
          options?.signal?.throwIfAborted();
          return await super.get(key, without(options, "signal"));
        };
      },
    ),
    fails: [
      "abort: between get and the first read: the reason, by bytes() and stream()",
      "abort: while the stream of a get is read: the reason, never a normal end",
    ],
  },
  {
    name: "an abort told as an AbortError of its own",
    open: withClass(
      class extends Storage {
        override put: Storage["put"] = async (key, body, options) => {
          try {
            return await super.put(key, body, options);
          } catch (error) {
            if (options?.signal?.aborted === true) throw new DOMException("This operation was aborted", "AbortError");
            throw error;
          }
        };
      },
    ),
    fails: [
      "abort: a signal that is aborted already: its reason, untouched, and nothing is done",
      "abort: during put, while the body goes on: the reason, and no trace",
      "abort: during put, after much was sent: the reason, and no trace",
      "abort: during put, while the body stalls: the reason, and no trace",
      "abort: during put of a web stream that stalls: the reason, no trace, and the stream is cancelled",
      "abort: while a put of bytes is under way: the reason, or it is kept; whole either way",
      "abort: right after the call of get, stat, list, put or delete: the reason, or the right result",
    ],
  },
  {
    name: "an abort of get told as a miss",
    open: withClass(
      class extends Storage {
        override get: Storage["get"] = async (key, options) =>
          await super.get(key, options).catch((error: unknown) => {
            if (options?.signal?.aborted === true) return undefined;
            throw error;
          });
      },
    ),
    fails: ["abort: a signal that is aborted already: its reason, untouched, and nothing is done"],
  },
  {
    name: "an aborted put that keeps what has come",
    open: withDriver(
      class extends MapDriver {
        override async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
          const chunks: Uint8Array[] = [];
          try {
            for await (const chunk of body) chunks.push(chunk.slice());
          } catch (error) {
            if (options.signal?.aborted === true) await super.put(key, chunks, { when: "any", writeId: "" });
            throw error;
          }
          return await super.put(key, chunks, options);
        }
      },
    ),
    fails: [
      "abort: during put, while the body goes on: the reason, and no trace",
      "abort: during put, after much was sent: the reason, and no trace",
      "abort: during put, while the body stalls: the reason, and no trace",
      "abort: during put of a web stream that stalls: the reason, no trace, and the stream is cancelled",
    ],
  },
  {
    name: "an aborted put of bytes that keeps half of them",
    open: withDriver(
      class extends MapDriver {
        override async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
          if (!Array.isArray(body) || options.signal === undefined) return await super.put(key, body, options);
          const before = this.entries.get(key);
          const half = (body as Uint8Array[]).map((chunk) => chunk.subarray(0, chunk.byteLength >> 1));
          await super.put(key, half, { when: "any", writeId: "" });
          await pause();
          options.signal.throwIfAborted();
          if (before !== undefined) this.entries.set(key, before);
          return await super.put(key, body, options);
        }
      },
    ),
    fails: [
      'create: when "absent" with a signal: puts where there is nothing, else AlreadyExists',
      "replace: when { version } with a signal: puts over that version, else Conflict",
      "abort: while a put of bytes is under way: the reason, or it is kept; whole either way",
    ],
  },
  {
    name: "an abort that undoes what was kept",
    open: withDriver(
      class extends MapDriver {
        override async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
          const info = await super.put(key, body, options);
          options.signal?.addEventListener("abort", () => this.entries.delete(key));
          return info;
        }
      },
    ),
    fails: [
      "abort: while a put of bytes is under way: the reason, or it is kept; whole either way",
      "abort: after the operation has ended changes nothing",
    ],
  },
  {
    name: "an aborted get that breaks the next",
    timeout: 1000,
    open: withDriver(
      class extends MapDriver {
        #broken = false;
        override async get(key: string, options: GetOptions): Promise<StreamedObject | undefined> {
          const object = await super.get(key, options);
          if (this.#broken && options.signal === undefined)
            throw new StorageError({ code: "Unknown", detail: "socket hang up." });
          options.signal?.addEventListener("abort", () => {
            this.#broken = true;
          });
          return object;
        }
      },
    ),
    fails: [
      "abort: while the stream of a get is read: the reason, never a normal end",
      "abort: after the operation has ended changes nothing",
    ],
  },
  {
    name: "a body's error told as the storage's",
    open: withClass(
      class extends Storage {
        override put: Storage["put"] = async (key, body, options) =>
          await super.put(key, body, options).catch((error: unknown) => {
            if (error instanceof StorageError) throw error;
            throw new StorageError({ code: "Unknown", detail: "the body failed.", cause: error, storage: this.url });
          });
      },
    ),
    fails: ["failure: *", "abort: *"],
  },
  {
    name: "a body's StorageError told as one's own",
    open: withClass(
      class extends Storage {
        override put: Storage["put"] = async (key, body, options) =>
          await super.put(key, body, options).catch((error: unknown) => {
            if (error instanceof StorageError)
              throw new StorageError({
                code: error.code,
                detail: error.detail,
                storage: this.url,
                key,
                operation: "put",
              });
            throw error;
          });
      },
    ),
    fails: [
      "keys: one that cannot be is InvalidKey, for every operation, before anything is done",
      "errors: an error of another storage whose stream is the body passes untouched",
    ],
  },
  {
    name: "a size that is ignored",
    open: withClass(
      class extends Storage {
        override put: Storage["put"] = async (key, body, options) =>
          await super.put(key, body, without(options, "size"));
      },
    ),
    fails: [
      "failure: a stream that is 1 byte shorter than its size is an error, and leaves no trace",
      "failure: a stream that is 1 byte longer than its size is an error, and leaves no trace",
      "failure: a stream that is much longer than its size is an error, and leaves no trace",
      "failure: a stream that is empty, so shorter than its size is an error, and leaves no trace",
      "failure: a stream that is not empty, so longer than its size is an error, and leaves no trace",
      "failure: a stream that is 1 byte shorter, and large, than its size is an error, and leaves no trace",
      "failure: a stream that is 1 byte longer, and large, than its size is an error, and leaves no trace",
      "failure: a size that is not that of the bytes, or no size, is refused and leaves no trace",
      "errors: InvalidKey and Misconfigured say operation, storage and key",
    ],
  },
  {
    name: "text is a body",
    open: withClass(
      class extends Storage {
        override put: Storage["put"] = async (key, body, options) =>
          await super.put(key, typeof body === "string" ? new TextEncoder().encode(body) : body, options);
      },
    ),
    fails: ["failure: a body that is not bytes, or gives something else, is Misconfigured and leaves no trace"],
  },
  {
    name: "a condition that cannot be is ignored",
    open: withClass(
      class extends Storage {
        override put: Storage["put"] = async (key, body, options) => {
          const when = options?.when;
          const known = when === "absent" || (typeof when === "object" && typeof when?.version === "string");
          return await super.put(key, body, { ...options, when: known ? when : "any" });
        };
      },
    ),
    fails: ["conditions: one that cannot be is Misconfigured, and touches nothing"],
  },
  {
    name: "a range that cannot be is the whole object",
    open: withClass(
      class extends Storage {
        override get: Storage["get"] = async (key, options) =>
          await super.get(key, options).catch(async (error: unknown) => {
            if (error instanceof StorageError && error.code === "Misconfigured") return await super.get(key);
            throw error;
          });
      },
    ),
    fails: ["ranges: one that cannot be is Misconfigured"],
  },
  {
    name: "a limit that cannot be is 1,000",
    open: withClass(
      class extends Storage {
        override list: Storage["list"] = async (options) => {
          const limit = options?.limit ?? 1000;
          return await super.list({
            ...options,
            limit: limit >= 1 && limit <= 1000 && Number.isInteger(limit) ? limit : 1000,
          });
        };
      },
    ),
    fails: ["list: a limit that cannot be is Misconfigured"],
  },
  {
    name: "an error of stat without its key",
    open: withClass(
      class extends Storage {
        override stat: Storage["stat"] = async (key, options) =>
          await super.stat(key, options).catch((error: unknown) => {
            throw error instanceof StorageError
              ? new StorageError({ code: error.code, detail: error.detail, operation: "stat", storage: this.url })
              : error;
          });
      },
    ),
    fails: ["errors: InvalidKey and Misconfigured say operation, storage and key"],
  },
  {
    name: "dates that all callers share",
    open: withClass(
      class extends Storage {
        readonly #dates = new Map<string, Date>();
        override stat: Storage["stat"] = async (key, options) => {
          const info = await super.stat(key, options);
          if (info === undefined) return undefined;
          const known = this.#dates.get(info.version) ?? info.modifiedAt;
          this.#dates.set(info.version, known);
          return { ...info, modifiedAt: known };
        };
      },
    ),
    fails: ["visibility: a date that was given is the caller's own: changing it changes nothing stored"],
  },
];
