import {
  type DeleteOptions,
  type DriverBody,
  type DriverPutOptions,
  type ObjectInfo,
  StorageError,
} from "@coatcheck/core";
import { MapDriver } from "../samples/map-storage.ts";
import { type BrokenStorage, conflict, pause, withDriver } from "./broken-storage.ts";

async function collect(body: DriverBody, chunks: Uint8Array[] = []): Promise<Uint8Array[]> {
  for await (const chunk of body) chunks.push(chunk.slice());
  return chunks;
}

const nothing = async function* (): AsyncGenerator<Uint8Array, void, void> {};

/** Storages that write wrongly. */
export const writing: readonly BrokenStorage[] = [
  {
    name: "a torn put: readers see what has come so far",
    open: withDriver(
      class extends MapDriver {
        override async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
          this.check(key, options.when);
          const before = this.entries.get(key);
          const so: Uint8Array[] = [];
          try {
            for await (const chunk of body) {
              so.push(chunk.slice());
              await super.put(key, so, { ...options, when: "any" });
            }
            return await super.put(key, so, { ...options, when: "any" });
          } catch (error) {
            if (before === undefined) this.entries.delete(key);
            else this.entries.set(key, before);
            throw error;
          }
        }
      },
    ),
    fails: [
      "races: of those who create one key at once exactly one wins, and its bytes are there",
      "races: of those who create one key at once with large bodies exactly one wins",
      "races: of those who replace one version at once exactly one wins",
      "races: read, add one, replace: no update is lost",
      "races: of a replace and a delete of one version exactly one wins",
      "visibility: a new object is not there until put resolves, by get, stat and list",
      "visibility: the old object is there until put resolves, by get, stat and list",
      "visibility: the same for a stream of unknown size",
    ],
  },
  {
    name: "a put that leaves half an object where the body fails",
    open: withDriver(
      class extends MapDriver {
        override async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
          this.check(key, options.when);
          const chunks: Uint8Array[] = [];
          try {
            await collect(body, chunks);
          } catch (error) {
            await super.put(key, chunks, { when: "any", writeId: "" });
            throw error;
          }
          return await super.put(key, chunks, options);
        }
      },
    ),
    fails: ["failure: *", "abort: *"],
  },
  {
    name: "a put that removes the old object first",
    open: withDriver(
      class extends MapDriver {
        override async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
          this.check(key, options.when);
          this.entries.delete(key);
          return await super.put(key, body, { ...options, when: "any" });
        }
      },
    ),
    fails: ["races: *", "failure: *", "visibility: *", "abort: *"],
  },
  {
    name: "a put that leaves a temporary object where the body fails",
    open: withDriver(
      class extends MapDriver {
        override async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
          await super.put(`${key}.tmp`, [], { when: "any", writeId: "" });
          const info = await super.put(key, body, options);
          this.entries.delete(`${key}.tmp`);
          return info;
        }
      },
    ),
    fails: ["failure: *", "visibility: *", "abort: *"],
  },
  {
    name: "a put that succeeds though the body failed",
    open: withDriver(
      class extends MapDriver {
        override async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
          const chunks: Uint8Array[] = [];
          await collect(body, chunks).catch(() => {});
          return await super.put(key, chunks, options);
        }
      },
    ),
    fails: ["failure: *", "errors: *"],
  },
  {
    name: "a put that keeps the tail of a longer object",
    open: withDriver(
      class extends MapDriver {
        override async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
          const chunks = await collect(body);
          const length = chunks.reduce((total, chunk) => total + chunk.byteLength, 0);
          const tail = this.entries.get(key)?.bytes.subarray(length) ?? new Uint8Array();
          return await super.put(key, [...chunks, tail], options);
        }
      },
    ),
    fails: [
      "place: opened twice, equal URLs are the same place, other URLs are not",
      "repeat: a put replaces the whole object, a shorter one and an empty one too",
      "visibility: list shows a put, a replace and a delete at once",
    ],
  },
  {
    name: "a put that keeps the first chunk of a stream only",
    open: withDriver(
      class extends MapDriver {
        override async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
          const chunks = await collect(body);
          return await super.put(key, Array.isArray(body) ? chunks : chunks.slice(0, 1), options);
        }
      },
    ),
    fails: ["round trip: *", "create: *", "replace: *", "visibility: *"],
  },
  {
    name: "a put that stores the buffer under the bytes it was given",
    open: withDriver(
      class extends MapDriver {
        override async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
          const chunks = Array.isArray(body) && body.length === 1 ? [new Uint8Array(body[0].buffer)] : body;
          return await super.put(key, chunks as DriverBody, options);
        }
      },
    ),
    fails: ["round trip: bytes that are part of a larger buffer"],
  },
  {
    name: "a put that empties the caller's array of chunks",
    open: withDriver(
      class extends MapDriver {
        override async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
          const info = await super.put(key, body, options);
          if (Array.isArray(body)) body.length = 0;
          return info;
        }
      },
    ),
    fails: ["visibility: what was put is the caller's too: a put leaves bytes, and an array of chunks, as they were"],
  },
  {
    name: "a put whose versions are of the object's beginning",
    open: withDriver(
      class extends MapDriver {
        override async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
          const info = await super.put(key, body, options);
          const { bytes } = this.entries.get(key)!;
          if (bytes.byteLength < 250_000) return info;
          const own = { ...info, version: `${bytes.byteLength}:${bytes.subarray(0, 64).join()}` };
          this.entries.set(key, { info: own, bytes });
          return own;
        }
      },
    ),
    fails: ["versions: objects that differ in one byte, wherever it is, have different versions"],
  },
  {
    name: "a put that keeps the caller's own bytes",
    open: withDriver(
      class extends MapDriver {
        override async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
          const own = Array.isArray(body) && body.length === 1 ? (body[0] as Uint8Array) : undefined;
          const info = await super.put(key, body, options);
          if (own !== undefined) this.entries.set(key, { info, bytes: own });
          return info;
        }
      },
    ),
    fails: ["visibility: what was put is the storage's own: changing it afterwards changes nothing stored"],
  },
  {
    name: "a put that goes through one buffer for each key",
    open: withDriver(
      class extends MapDriver {
        readonly #buffers = new Map<string, Uint8Array[]>();
        override async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
          const buffer = this.#buffers.get(key) ?? [];
          this.#buffers.set(key, buffer);
          try {
            await pause();
            await collect(body, buffer);
            await pause();
            return await super.put(key, buffer, options);
          } finally {
            buffer.length = 0;
          }
        }
      },
    ),
    fails: [
      "races: of those who create one key at once exactly one wins, and its bytes are there",
      "races: of those who create one key at once with large bodies exactly one wins",
      "races: of those who replace one version at once exactly one wins",
      "races: read, add one, replace: no update is lost",
      "races: puts of one key at once leave one of the bodies, whole; readers see whole ones",
    ],
  },
  {
    name: "a put that makes nothing of 0 bytes",
    open: withDriver(
      class extends MapDriver {
        override async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
          const info = await super.put(key, body, options);
          if (info.size === 0) this.entries.delete(key);
          return info;
        }
      },
    ),
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
    name: "a put that resolves before the object is there",
    open: withDriver(
      class extends MapDriver {
        override async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
          const info = await super.put(key, body, options);
          const entry = this.entries.get(key)!;
          this.entries.delete(key);
          setTimeout(() => this.entries.set(key, entry), 0);
          return info;
        }
      },
    ),
    fails: [
      "place: *",
      "round trip: *",
      "repeat: *",
      "metadata: *",
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
      "list: *",
      "keys: *",
      "abort: *",
      "errors: *",
      "lacks sign: *",
    ],
  },
  {
    name: "a put that refuses streams of unknown size, though the manifest has them",
    open: withDriver(
      class extends MapDriver {
        override async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
          if (options.size === undefined) throw new StorageError({ code: "NotSupported", detail: "no size." });
          return await super.put(key, body, options);
        }
      },
    ),
    fails: ["round trip: *", "create: *", "replace: *", "failure: *", "visibility: *"],
  },
  {
    name: "a put that loses the contentType",
    open: withDriver(
      class extends MapDriver {
        override async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
          return await super.put(key, body, { ...options, contentType: undefined });
        }
      },
    ),
    fails: [
      "metadata: contentType is kept, with parameters, for bytes and streams",
      "metadata: a put replaces the contentType with the object",
    ],
  },
  {
    name: "a put that loses the contentType of streams",
    open: withDriver(
      class extends MapDriver {
        override async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
          const contentType = Array.isArray(body) ? options.contentType : undefined;
          return await super.put(key, body, { ...options, contentType });
        }
      },
    ),
    fails: ["metadata: contentType is kept, with parameters, for bytes and streams"],
  },
  {
    name: "a put that keeps the contentType of the object it replaced",
    open: withDriver(
      class extends MapDriver {
        override async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
          const contentType = options.contentType ?? this.entries.get(key)?.info.contentType;
          return await super.put(key, body, { ...options, contentType });
        }
      },
    ),
    fails: ["metadata: a put replaces the contentType with the object"],
  },
  {
    name: "a put that cannot be repeated after it failed 20 times",
    timeout: 1000,
    open: withDriver(
      class extends MapDriver {
        #failures = 0;
        override async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
          if (this.#failures > 20) await new Promise(() => {});
          try {
            return await super.put(key, body, options);
          } catch (error) {
            this.#failures++;
            throw error;
          }
        }
      },
    ),
    fails: ["failure: after 50 puts that failed one more works"],
  },
  {
    name: "a delete that fails where there is nothing",
    open: withDriver(
      class extends MapDriver {
        override async delete(key: string, options: DeleteOptions): Promise<void> {
          if (!this.entries.has(key) && options.when === undefined) throw conflict();
          await super.delete(key, options);
        }
      },
    ),
    fails: [
      "delete: a repeat, and a key that never was, succeed",
      "deleteMany: deletes those that are there, and no others; missing and doubled keys succeed",
      "abort: right after the call of get, stat, list, put or delete: the reason, or the right result",
    ],
  },
  {
    name: "a delete that deletes nothing",
    open: withDriver(
      class extends MapDriver {
        override async delete(key: string, options: DeleteOptions): Promise<void> {
          if (options.when !== undefined) await super.delete(key, options);
        }
      },
    ),
    fails: [
      "place: *",
      "miss: *",
      "delete: *",
      "deleteMany: *",
      "create: *",
      "replace: *",
      "visibility: *",
      "get: *",
      "list: *",
      "keys: *",
    ],
  },
  {
    name: "a delete that deletes what is below, too",
    open: withDriver(
      class extends MapDriver {
        override async delete(key: string, options: DeleteOptions): Promise<void> {
          await super.delete(key, options);
          for (const each of this.entries.keys()) if (each.startsWith(`${key}/`)) this.entries.delete(each);
        }
      },
    ),
    fails: [
      "delete: a repeat, and a key that never was, succeed",
      "deleteMany: deletes those that are there, and no others; missing and doubled keys succeed",
      "list: an object above others is listed beside them",
      "keys: spaces, also at the ends are kept as they are and told apart",
      "keys: an object beside objects below it are kept as they are and told apart",
    ],
  },
  {
    name: "a delete that tidies up the folder beside a put",
    open: withDriver(
      class extends MapDriver {
        override async delete(key: string, options: DeleteOptions): Promise<void> {
          await super.delete(key, options);
          const folder = key.slice(0, key.lastIndexOf("/") + 1);
          if ([...this.entries.keys()].some((each) => each.startsWith(folder))) return;
          await pause();
          for (const each of this.entries.keys()) if (each.startsWith(folder)) this.entries.delete(each);
        }
      },
    ),
    fails: ["races: a put beside the delete of its neighbour keeps what was put"],
  },
  {
    name: "a deleteMany that stops at the first key that is not there",
    open: withDriver(
      class extends MapDriver {
        async deleteMany(keys: readonly string[]): Promise<void> {
          for (const key of keys) if (!this.entries.delete(key)) return;
        }
      },
    ),
    fails: ["deleteMany: deletes those that are there, and no others; missing and doubled keys succeed"],
  },
  {
    name: "a deleteMany that takes 1,000 keys at most",
    open: withDriver(
      class extends MapDriver {
        async deleteMany(keys: readonly string[]): Promise<void> {
          for (const key of keys.slice(0, 1000)) this.entries.delete(key);
        }
      },
    ),
    fails: ["list: more objects than fit on a page; deleteMany deletes them all"],
  },
  {
    name: "a deleteMany that deletes by prefix",
    open: withDriver(
      class extends MapDriver {
        async deleteMany(keys: readonly string[]): Promise<void> {
          for (const key of this.entries.keys())
            if (keys.some((each) => key.startsWith(each))) this.entries.delete(key);
        }
      },
    ),
    fails: ["deleteMany: deletes those that are there, and no others; missing and doubled keys succeed"],
  },
  {
    name: "a deleteMany that fails for keys that are not there",
    open: withDriver(
      class extends MapDriver {
        async deleteMany(keys: readonly string[]): Promise<void> {
          const errors = keys
            .filter((key) => !this.entries.delete(key))
            .map((key) => {
              return new StorageError({ code: "Unknown", detail: "it is not there.", key });
            });
          if (errors.length > 0) throw new AggregateError(errors);
        }
      },
    ),
    fails: [
      "deleteMany: deletes those that are there, and no others; missing and doubled keys succeed",
      "abort: right after the call of get, stat, list, put or delete: the reason, or the right result",
    ],
  },
  {
    name: "a put that asks the source for more than there is, and then writes nothing",
    open: withDriver(
      class extends MapDriver {
        override async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
          const large = (options.size ?? 0) > 200_000;
          return await super.put(key, large ? nothing() : body, options);
        }
      },
    ),
    fails: [
      "round trip: *",
      "ranges: *",
      "create: *",
      "replace: *",
      "races: *",
      "failure: *",
      "visibility: *",
      "get: *",
      "abort: *",
    ],
  },
];
