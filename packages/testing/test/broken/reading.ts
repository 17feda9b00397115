import {
  type DriverBody,
  type StreamedObject,
  type DriverPutOptions,
  type GetOptions,
  type ObjectInfo,
  type Storage,
  StorageError,
} from "@coatcheck/core";
import { MapDriver } from "../samples/map-storage.ts";
import { type BrokenStorage, withDriver } from "./broken-storage.ts";

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
  yield bytes;
}

/** A driver whose get gives what `change` makes of the right object. */
function withGet(
  change: (object: StreamedObject, key: string, options: GetOptions, driver: MapDriver) => StreamedObject | undefined,
): () => Storage {
  return withDriver(
    class extends MapDriver {
      override async get(key: string, options: GetOptions): Promise<StreamedObject | undefined> {
        const object = await super.get(key, options);
        return object && change(object, key, options, this);
      }
    },
  );
}

/** A driver whose get reads another range than it was asked for. */
function withRange(
  change: (range: { start: number; end?: number | undefined }, size: number) => GetOptions["range"],
): () => Storage {
  return withDriver(
    class extends MapDriver {
      override async get(key: string, options: GetOptions): Promise<StreamedObject | undefined> {
        const size = this.entries.get(key)?.bytes.byteLength ?? 0;
        return await super.get(
          key,
          options.range === undefined ? options : { ...options, range: change(options.range, size) },
        );
      }
    },
  );
}

/** A driver whose put gives, and whose storage keeps, what `change` makes of the right info. */
function withInfo(change: (info: ObjectInfo, bytes: Uint8Array) => ObjectInfo): () => Storage {
  return withDriver(
    class extends MapDriver {
      override async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
        await super.put(key, body, options);
        const { info, bytes } = this.entries.get(key)!;
        this.entries.set(key, { info: change(info, bytes), bytes });
        return this.entries.get(key)!.info;
      }
    },
  );
}

class WithFolders extends MapDriver {
  override async get(key: string, options: GetOptions): Promise<StreamedObject | undefined> {
    const info = await this.stat(key);
    if (info === undefined || this.entries.has(key)) return await super.get(key, options);
    return { info, body: once(new Uint8Array()), cancel: async () => {} };
  }

  override async stat(key: string): Promise<ObjectInfo | undefined> {
    if (this.entries.has(key) || ![...this.entries.keys()].some((each) => each.startsWith(`${key}/`))) {
      return await super.stat(key);
    }
    return { key, size: 0, version: "folder", modifiedAt: new Date() };
  }
}

/** Connections that are not given back; `given` says when one is. */
class Pool extends MapDriver {
  #busy = 0;
  override async get(key: string, options: GetOptions): Promise<StreamedObject | undefined> {
    const object = await super.get(key, options);
    if (object === undefined) return undefined;
    if (this.#busy >= 190) await new Promise(() => {});
    this.#busy++;
    let given = false;
    const give = (): void => {
      if (!given) this.#busy--;
      given = true;
    };
    return this.pooled(object, give);
  }
  protected pooled(object: StreamedObject, _give: () => void): StreamedObject {
    return object;
  }
}

let versions = 0;

/** Storages that read wrongly. */
export const reading: readonly BrokenStorage[] = [
  {
    name: "a get that throws where there is nothing",
    open: withDriver(
      class extends MapDriver {
        override async get(key: string, options: GetOptions): Promise<StreamedObject | undefined> {
          const object = await super.get(key, options);
          if (object === undefined) throw new StorageError({ code: "Unknown", detail: "404." });
          return object;
        }
      },
    ),
    fails: [
      "place: *",
      "miss: *",
      "delete: *",
      "deleteMany: *",
      "ranges: *",
      "replace: *",
      "remove: *",
      "races: *",
      "failure: *",
      "visibility: *",
      "get: *",
      "keys: *",
      "abort: *",
    ],
  },
  {
    name: "a stat that throws where there is nothing",
    open: withDriver(
      class extends MapDriver {
        override async stat(key: string): Promise<ObjectInfo | undefined> {
          const info = await super.stat(key);
          if (info === undefined) throw new StorageError({ code: "Unknown", detail: "404." });
          return info;
        }
      },
    ),
    fails: [
      "place: *",
      "miss: *",
      "delete: *",
      "deleteMany: *",
      "replace: *",
      "remove: *",
      "races: *",
      "failure: *",
      "visibility: *",
      "get: *",
      "keys: *",
      "abort: *",
    ],
  },
  {
    name: "a get of a folder that is an empty object",
    open: withDriver(WithFolders),
    fails: [
      "miss: the segments above an object, and names below it, are no objects",
      "delete: a repeat, and a key that never was, succeed",
      "keys: spaces, also at the ends are kept as they are and told apart",
      "keys: an object beside objects below it are kept as they are and told apart",
    ],
  },
  {
    name: "a get that takes an empty object for none",
    open: withGet((object) => (object.info.size === 0 ? undefined : object)),
    fails: [
      "round trip: 0 bytes",
      "round trip: an empty array of chunks",
      "round trip: an empty stream of known size",
      "round trip: an empty stream of unknown size",
      "repeat: a put replaces the whole object, a shorter one and an empty one too",
      "ranges: of an object of 0 bytes",
      "create: an object of 0 bytes is an object",
    ],
  },
  {
    name: "a get with an error swallowed into a miss",
    open: withDriver(
      class extends MapDriver {
        override async get(key: string, options: GetOptions): Promise<StreamedObject | undefined> {
          const names = key.split("/").map((each) => new TextEncoder().encode(each).byteLength);
          return Math.max(...names) > 255 ? undefined : await super.get(key, options);
        }
      },
    ),
    fails: [
      "keys: 1024 bytes",
      "keys: 1024 bytes of emoji",
      "keys: 1024 bytes of percent signs",
      "keys: long ones that differ at the end only are told apart",
    ],
  },
  {
    name: "a get that ignores the range",
    open: withRange(() => undefined),
    fails: [
      "ranges: first, last and middle bytes; end is not included",
      "ranges: without end, to the object's end",
      "ranges: an end past the object's is clamped",
      "ranges: zero length gives zero bytes",
      "ranges: a start at or past the end gives zero bytes, not an error",
      "ranges: of a large object",
    ],
  },
  {
    name: "a get whose end is included",
    open: withRange(({ start, end }) => ({ start, end: end === undefined ? undefined : end + 1 })),
    fails: [
      "ranges: first, last and middle bytes; end is not included",
      "ranges: zero length gives zero bytes",
      "ranges: of a large object",
    ],
  },
  {
    name: "a get that ignores an end beyond the object",
    open: withGet((object, _key, { range }, driver) => {
      const size = object.info.size;
      if (range?.end === undefined || range.end <= size || range.end > 10_000) return object;
      const padded = new Uint8Array(Math.max(0, range.end - range.start));
      void driver;
      return { ...object, body: once(padded) };
    }),
    fails: [
      "ranges: an end past the object's is clamped",
      "ranges: a start at or past the end gives zero bytes, not an error",
      "ranges: of an object of 0 bytes",
    ],
  },
  {
    name: "a get that throws where a range starts past the end",
    open: withDriver(
      class extends MapDriver {
        override async get(key: string, options: GetOptions): Promise<StreamedObject | undefined> {
          const object = await super.get(key, options);
          if (object !== undefined && (options.range?.start ?? -1) >= object.info.size) {
            throw new StorageError({ code: "Unknown", detail: "416." });
          }
          return object;
        }
      },
    ),
    fails: [
      "ranges: zero length gives zero bytes",
      "ranges: a start at or past the end gives zero bytes, not an error",
      "ranges: of an object of 0 bytes",
    ],
  },
  {
    name: "a get that counts a range without end from the end",
    open: withRange(({ start, end }, size) => ({
      start: end === undefined && start > 0 ? Math.max(0, size - start) : start,
      end,
    })),
    fails: [
      "ranges: without end, to the object's end",
      "ranges: a start at or past the end gives zero bytes, not an error",
      "ranges: of a large object",
    ],
  },
  {
    name: "a get that gives the first bytes for an empty range",
    open: withRange(({ start, end }, size) => (start === end && start < size ? { start: 0 } : { start, end })),
    fails: ["ranges: zero length gives zero bytes"],
  },
  {
    name: "a get whose size is the range's",
    open: withGet((object, _key, { range }) => {
      if (range === undefined) return object;
      const size = Math.max(0, Math.min(range.end ?? object.info.size, object.info.size) - range.start);
      return { ...object, info: { ...object.info, size } };
    }),
    fails: [
      "ranges: first, last and middle bytes; end is not included",
      "ranges: without end, to the object's end",
      "ranges: an end past the object's is clamped",
      "ranges: zero length gives zero bytes",
      "ranges: a start at or past the end gives zero bytes, not an error",
      "ranges: of a large object",
    ],
  },
  {
    name: "a ranged get whose version is its own",
    open: withGet((object, _key, { range }) =>
      range === undefined ? object : { ...object, info: { ...object.info, version: "part" } },
    ),
    fails: [
      "ranges: first, last and middle bytes; end is not included",
      "ranges: without end, to the object's end",
      "ranges: an end past the object's is clamped",
      "ranges: zero length gives zero bytes",
      "ranges: a start at or past the end gives zero bytes, not an error",
      "ranges: of an object of 0 bytes",
      "ranges: of a large object",
    ],
  },
  {
    name: "a get that loses the last byte of large objects",
    open: withGet((object, key, options, driver) => {
      void key;
      void options;
      void driver;
      if (object.info.size < 200_000) return object;
      async function* cut(): AsyncGenerator<Uint8Array, void, void> {
        let left = object.info.size - 1;
        for await (const chunk of object.body) {
          if (left > 0) yield chunk.subarray(0, left);
          left -= chunk.byteLength;
        }
      }
      return { ...object, body: cut() };
    }),
    fails: ["round trip: *", "create: *", "replace: *", "races: *", "visibility: *", "get: *", "abort: *"],
  },
  {
    name: "a stream that gives the stored bytes themselves",
    open: withDriver(
      class extends MapDriver {
        override async get(key: string, options: GetOptions): Promise<StreamedObject | undefined> {
          const object = await super.get(key, options);
          const stored = this.entries.get(key)?.bytes;
          if (
            object === undefined ||
            stored === undefined ||
            options.range !== undefined ||
            options.signal !== undefined
          ) {
            return object;
          }
          return { ...object, body: once(stored) };
        }
      },
    ),
    fails: ["visibility: what get gives is the caller's own: changing it changes nothing stored"],
  },
  {
    name: "a get that looks at the object, then reads what is there later",
    open: withDriver(
      class extends MapDriver {
        override async get(key: string, options: GetOptions): Promise<StreamedObject | undefined> {
          const object = await super.get(key, options);
          if (object === undefined || options.range !== undefined || options.signal !== undefined) return object;
          const { entries } = this;
          async function* later(): AsyncGenerator<Uint8Array, void, void> {
            for (let offset = 0; offset < object!.info.size; offset += 65_536) {
              yield entries.get(key)?.bytes.slice(offset, offset + 65_536) ?? new Uint8Array(65_536);
              await Promise.resolve();
            }
          }
          return { ...object, body: later() };
        }
      },
    ),
    fails: [
      "races: puts of one key at once leave one of the bodies, whole; readers see whole ones",
      "races: what get gives while it is replaced belongs together: bytes, size and version",
      "visibility: a reader that began before a replace or delete never gets a mix",
    ],
  },
  {
    name: "two gets of one object that share a position",
    open: withDriver(
      class extends MapDriver {
        readonly #offsets = new Map<string, { at: number; readers: number }>();
        override async get(key: string, options: GetOptions): Promise<StreamedObject | undefined> {
          const object = await super.get(key, options);
          const bytes = this.entries.get(key)?.bytes;
          if (
            object === undefined ||
            bytes === undefined ||
            options.range !== undefined ||
            options.signal !== undefined
          )
            return object;
          const offsets = this.#offsets;
          const shared = offsets.get(key) ?? { at: 0, readers: 0 };
          offsets.set(key, shared);
          shared.readers++;
          const leave = (): void => {
            if (--shared.readers === 0) offsets.delete(key);
          };
          let left = false;
          async function* body(): AsyncGenerator<Uint8Array, void, void> {
            while (shared.at < bytes!.byteLength) {
              const from = shared.at;
              shared.at += 65_536;
              yield bytes!.slice(from, from + 65_536);
            }
          }
          return {
            ...object,
            body: body(),
            cancel: async () => {
              if (!left) leave();
              left = true;
            },
          };
        }
      },
    ),
    fails: [
      "races: read, add one, replace: no update is lost",
      "races: puts of one key at once leave one of the bodies, whole; readers see whole ones",
      "races: what get gives while it is replaced belongs together: bytes, size and version",
      "get: two of one object at once are read apart",
    ],
  },
  {
    name: "a get that hangs after cancels: none gives its connection back",
    timeout: 1000,
    open: withDriver(Pool),
    fails: [
      "get: after 200 that were cancelled unread one more works",
      "get: after 200 at once that were cancelled one more works",
      "get: after 200 whose streams were left early one more works",
    ],
  },
  {
    name: "a get that hangs after cancels of unread objects",
    timeout: 1000,
    open: withDriver(
      class extends Pool {
        protected override pooled(object: StreamedObject, give: () => void): StreamedObject {
          async function* body(): AsyncGenerator<Uint8Array, void, void> {
            try {
              yield* object.body;
            } finally {
              give();
            }
          }
          return { ...object, body: body() };
        }
      },
    ),
    fails: [
      "get: after 200 that were cancelled unread one more works",
      "get: after 200 at once that were cancelled one more works",
    ],
  },
  {
    name: "a get that hangs after streams that were left early",
    timeout: 1000,
    open: withDriver(
      class extends Pool {
        protected override pooled(object: StreamedObject, give: () => void): StreamedObject {
          let started = false;
          async function* body(): AsyncGenerator<Uint8Array, void, void> {
            started = true;
            yield* object.body;
            give();
          }
          return {
            ...object,
            body: body(),
            cancel: async () => {
              if (!started) give();
            },
          };
        }
      },
    ),
    fails: ["get: after 200 at once that were cancelled one more works"],
  },
  {
    name: "a get that locks its object until it was read to the end",
    timeout: 1000,
    open: withDriver(
      class extends MapDriver {
        readonly #locked = new Set<string>();
        override async get(key: string, options: GetOptions): Promise<StreamedObject | undefined> {
          const object = await super.get(key, options);
          if (object === undefined) return undefined;
          const locked = this.#locked;
          async function* body(): AsyncGenerator<Uint8Array, void, void> {
            locked.add(key);
            yield* object!.body;
            locked.delete(key);
          }
          return { ...object, body: body() };
        }
        override async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
          if (this.#locked.has(key)) await new Promise(() => {});
          return await super.put(key, body, options);
        }
      },
    ),
    fails: [
      "races: what get gives while it is replaced belongs together: bytes, size and version",
      "visibility: a reader that began before a replace or delete never gets a mix",
      "get: one that was cancelled or left early is in nobody's way",
      "abort: right after the call of get, stat, list, put or delete: the reason, or the right result",
    ],
  },
  {
    name: "a version that never changes",
    open: withInfo((info) => ({ ...info, version: "1" })),
    fails: ["versions: *", "replace: *", "remove: *", "races: *", "errors: *"],
  },
  {
    name: "a version made of the size",
    open: withInfo((info) => ({ ...info, version: String(info.size) })),
    fails: ["versions: *", "replace: *", "remove: *", "races: *"],
  },
  {
    name: "a version that counts from 1 after a delete",
    open: withDriver(
      class extends MapDriver {
        override async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
          const before = Number(this.entries.get(key)?.info.version ?? 0);
          await super.put(key, body, options);
          const { info, bytes } = this.entries.get(key)!;
          const version = String(Math.max(before, Number(this.entries.get(key)?.info.version) || 0) + 1);
          this.entries.set(key, { info: { ...info, version }, bytes });
          return { ...info, version };
        }
      },
    ),
    fails: [
      "versions: other bytes after a delete are another version",
      "replace: the version of a deleted object is Conflict, before and after it is put anew",
    ],
  },
  {
    name: "a version that each stat makes anew",
    open: withDriver(
      class extends MapDriver {
        override async stat(key: string): Promise<ObjectInfo | undefined> {
          const info = await super.stat(key);
          return info && { ...info, version: String(versions++) };
        }
      },
    ),
    fails: [
      "ranges: *",
      "versions: *",
      "create: *",
      "replace: *",
      "remove: *",
      "conditions: *",
      "failure: *",
      "list: *",
      "abort: *",
      "lacks sign: *",
    ],
  },
  {
    name: "a version that changes when the object is read",
    open: withDriver(
      class extends MapDriver {
        override async get(key: string, options: GetOptions): Promise<StreamedObject | undefined> {
          const object = await super.get(key, options);
          const entry = this.entries.get(key);
          if (entry !== undefined)
            this.entries.set(key, { ...entry, info: { ...entry.info, version: String(versions++) } });
          return object;
        }
      },
    ),
    fails: [
      "ranges: *",
      "versions: *",
      "create: *",
      "replace: *",
      "remove: *",
      "conditions: *",
      "races: *",
      "failure: *",
      "lacks sign: *",
    ],
  },
  {
    name: "a put that gives another version than it kept",
    open: withDriver(
      class extends MapDriver {
        override async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
          const info = await super.put(key, body, options);
          return { ...info, version: `"${info.version}"` };
        }
      },
    ),
    fails: [
      "versions: *",
      "create: *",
      "replace: *",
      "remove: *",
      "conditions: *",
      "races: *",
      "failure: *",
      "visibility: *",
      "abort: *",
      "lacks sign: *",
    ],
  },
  {
    name: "an empty version",
    open: withInfo((info) => ({ ...info, version: "" })),
    fails: ["versions: *", "replace: *", "remove: *", "races: *", "errors: *"],
  },
  {
    name: "modifiedAt of 1970",
    open: withInfo((info) => ({ ...info, modifiedAt: new Date(0) })),
    fails: ["metadata: modifiedAt is a Date of about now, in put, get and stat"],
  },
  {
    name: "modifiedAt that is no date",
    open: withInfo((info) => ({ ...info, modifiedAt: new Date("never") })),
    fails: ["metadata: modifiedAt is a Date of about now, in put, get and stat"],
  },
  {
    name: "a size in characters",
    open: withInfo((info, bytes) => ({ ...info, size: new TextDecoder().decode(bytes).length })),
    fails: [
      "place: *",
      "round trip: *",
      "repeat: *",
      "delete: *",
      "deleteMany: *",
      "ranges: *",
      "versions: *",
      "create: *",
      "replace: *",
      "remove: *",
      "conditions: *",
      "races: *",
      "failure: *",
      "visibility: *",
      "get: *",
      "keys: *",
      "abort: *",
      "lacks sign: *",
    ],
  },
];
