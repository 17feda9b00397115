import {
  type DeleteOptions,
  type DriverBody,
  type StreamedObject,
  type DriverPutOptions,
  type GetOptions,
  type ListOptions,
  type ListPage,
  type ObjectInfo,
  Storage,
  StorageError,
} from "@coatcheck/core";
import { MapDriver } from "../samples/map-storage.ts";
import { type BrokenStorage, withDriver, withStorage } from "./broken-storage.ts";

/** A driver that keeps each object under what `rewrite` makes of its key, and says the caller's key where it can. */
function rewriting(rewrite: (key: string) => string): () => Storage {
  return withDriver(
    class extends MapDriver {
      override async get(key: string, options: GetOptions): Promise<StreamedObject | undefined> {
        const object = await super.get(rewrite(key), options);
        return object && { ...object, info: { ...object.info, key } };
      }
      override async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
        return { ...(await super.put(rewrite(key), body, options)), key };
      }
      override async stat(key: string): Promise<ObjectInfo | undefined> {
        const info = await super.stat(rewrite(key));
        return info && { ...info, key };
      }
      override async list(options: ListOptions & { readonly limit: number }): Promise<ListPage> {
        return await super.list({ ...options, prefix: rewrite(options.prefix ?? "") });
      }
      override async delete(key: string, options: DeleteOptions): Promise<void> {
        await super.delete(rewrite(key), options);
      }
    },
  );
}

const segments = (change: (segment: string) => string) => (key: string) => key.split("/").map(change).join("/");

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A driver that refuses some keys. */
function refusing(refuse: (key: string) => boolean): () => Storage {
  return withDriver(
    class extends MapDriver {
      override async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
        if (refuse(key)) throw new StorageError({ code: "InvalidKey", detail: "the backend does not take it." });
        return await super.put(key, body, options);
      }
    },
  );
}

const anyKey = (key: unknown): string =>
  String(key)
    .replace(/[^a-z0-9/-]/g, "_")
    .replace(/^\/+|\/+$/g, "")
    .replace(/\/\/+/g, "/") || "_";

/** Storages that make something else of keys. */
export const keys: readonly BrokenStorage[] = [
  { name: "keys in lower case", open: rewriting((key) => key.toLowerCase()), fails: ["list: *", "keys: *"] },
  {
    name: "keys in normal form C",
    open: rewriting((key) => key.normalize("NFC")),
    fails: [
      "list: in the order of the keys' UTF-8 bytes, beyond U+FFFF too",
      "list: in the same order page by page, with every limit; no page above it",
      "keys: names that differ in normal form only are kept as they are and told apart",
    ],
  },
  {
    name: "keys in compatible normal form",
    open: rewriting((key) => key.normalize("NFKC")),
    fails: [
      "list: in the order of the keys' UTF-8 bytes, beyond U+FFFF too",
      "list: in the same order page by page, with every limit; no page above it",
      "keys: spaces, also at the ends are kept as they are and told apart",
      "keys: names that differ in normal form only are kept as they are and told apart",
    ],
  },
  {
    name: "keys without spaces around them",
    open: rewriting(segments((segment) => segment.replace(/^ +| +$/g, "") || segment.slice(0, 1))),
    fails: [
      "list: a prefix is any text, not only whole segments, and nothing in it is a pattern",
      "keys: spaces, also at the ends are kept as they are and told apart",
    ],
  },
  {
    name: "keys that are decoded like URLs",
    open: rewriting(decoded),
    fails: [
      "keys: percent signs are kept as they are and told apart",
      "keys: names that begin with a dot are kept as they are and told apart",
    ],
  },
  {
    name: "keys with + for a space",
    open: rewriting((key) => key.replaceAll(" ", "+")),
    fails: [
      "list: in the order of the keys' UTF-8 bytes, beyond U+FFFF too",
      "list: in the same order page by page, with every limit; no page above it",
      "list: a prefix is any text, not only whole segments, and nothing in it is a pattern",
      "keys: spaces, also at the ends are kept as they are and told apart",
    ],
  },
  {
    name: "keys that end at a ? or #",
    open: rewriting((key) => key.replace(/[?#].*$/s, "")),
    fails: [
      "list: a prefix is any text, not only whole segments, and nothing in it is a pattern",
      "keys: plus, ?, #, & and other signs of URLs are kept as they are and told apart",
    ],
  },
  {
    name: "keys with _ for what Windows does not take",
    open: rewriting((key) => key.replace(/[<>:"|?*]/g, "_")),
    fails: [
      "list: a prefix is any text, not only whole segments, and nothing in it is a pattern",
      "keys: plus, ?, #, & and other signs of URLs are kept as they are and told apart",
      "keys: quotes, brackets and signs of shells are kept as they are and told apart",
      "keys: names that Windows reserves are kept as they are and told apart",
      "keys: numbers and dates are kept as they are and told apart",
    ],
  },
  {
    name: "keys cut to 255 characters a segment",
    open: rewriting(segments((segment) => segment.slice(0, 255))),
    fails: [
      "keys: 1024 bytes",
      "keys: 1024 bytes of emoji",
      "keys: 1024 bytes of percent signs",
      "keys: long ones that differ at the end only are told apart",
    ],
  },
  {
    name: "keys in ASCII only",
    open: rewriting((key) => key.replace(/[^\x20-\x7e]/gu, "?")),
    fails: [
      "list: in the order of the keys' UTF-8 bytes, beyond U+FFFF too",
      "list: in the same order page by page, with every limit; no page above it",
      "list: a prefix is any text, not only whole segments, and nothing in it is a pattern",
      "keys: spaces, also at the ends are kept as they are and told apart",
      "keys: emoji and other planes are kept as they are and told apart",
      "keys: names that differ in case only are kept as they are and told apart",
      "keys: names that differ in normal form only are kept as they are and told apart",
      "keys: invisible and direction-changing characters are kept as they are and told apart",
      "keys: 1024 bytes of emoji",
    ],
  },
  {
    name: "keys without the dots they begin with",
    open: rewriting(segments((segment) => segment.replace(/^\.+/, ""))),
    fails: [
      "keys: names that begin with a dot are kept as they are and told apart",
      "keys: names like those of temporary files and of folders are kept as they are and told apart",
    ],
  },
  {
    name: "keys in Latin-1",
    open: rewriting((key) => key.replace(/./gsu, (char) => String.fromCharCode(char.codePointAt(0)! & 0xff))),
    fails: [
      "list: in the order of the keys' UTF-8 bytes, beyond U+FFFF too",
      "list: in the same order page by page, with every limit; no page above it",
      "list: a prefix is any text, not only whole segments, and nothing in it is a pattern",
      "keys: emoji and other planes are kept as they are and told apart",
      "keys: names that differ in case only are kept as they are and told apart",
      "keys: names that differ in normal form only are kept as they are and told apart",
      "keys: invisible and direction-changing characters are kept as they are and told apart",
      "keys: 1024 bytes of emoji",
    ],
  },
  {
    name: "keys without invisible characters",
    open: rewriting((key) => key.replace(/[\u00ad\u200b-\u200f\u2028\u202e\ufeff]/g, "")),
    fails: [
      "keys: emoji and other planes are kept as they are and told apart",
      "keys: invisible and direction-changing characters are kept as they are and told apart",
    ],
  },
  {
    name: "keys that are quoted for a shell",
    open: rewriting((key) => key.replace(/['"`$|]/g, "")),
    fails: [
      "keys: quotes, brackets and signs of shells are kept as they are and told apart",
      "keys: names that Windows reserves are kept as they are and told apart",
    ],
  },
  {
    name: "numbers made of keys",
    open: rewriting(segments((segment) => (/^-?\d+(e\d+)?$/.test(segment) ? String(Number(segment)) : segment))),
    fails: ["keys: numbers and dates are kept as they are and told apart"],
  },
  {
    name: "no keys of JavaScript's own names",
    open: refusing((key) => /__proto__|constructor/.test(key)),
    fails: ["keys: names of JavaScript objects are kept as they are and told apart"],
  },
  {
    name: "no keys like those of temporary files",
    open: refusing((key) => /\.(tmp|lock)$/.test(key)),
    fails: ["keys: names like those of temporary files and of folders are kept as they are and told apart"],
  },
  {
    name: "no object beside objects below it",
    open: withDriver(
      class extends MapDriver {
        override async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
          const above = [...this.entries.keys()].some(
            (each) => key.startsWith(`${each}/`) || each.startsWith(`${key}/`),
          );
          if (above) throw new StorageError({ code: "Unknown", detail: "ENOTDIR." });
          return await super.put(key, body, options);
        }
      },
    ),
    fails: [
      "delete: a repeat, and a key that never was, succeed",
      "create: objects above and below the key are not in its way",
      "list: size, version and modifiedAt are those of stat",
      "keys: spaces, also at the ends are kept as they are and told apart",
      "keys: names like those of temporary files and of folders are kept as they are and told apart",
      "keys: an object beside objects below it are kept as they are and told apart",
    ],
  },
  {
    name: "no keys of over 1,000 bytes",
    open: refusing((key) => new TextEncoder().encode(key).byteLength > 1000),
    fails: [
      "keys: 1024 bytes",
      "keys: 1024 bytes of emoji",
      "keys: 1024 bytes of percent signs",
      "keys: long ones that differ at the end only are told apart",
    ],
  },
  {
    name: "no keys of over 100 segments",
    open: refusing((key) => key.split("/").length > 100),
    fails: ["keys: 250 segments"],
  },
  {
    name: "any text is made a key",
    open: withStorage(
      class extends Storage {
        override put: Storage["put"] = async (key, body, options) => await super.put(anyKey(key), body, options);
      },
      MapDriver,
    ),
    fails: ["list: *", "keys: *", "errors: *"],
  },
  {
    name: "a get of what is no key is a miss",
    open: withStorage(
      class extends Storage {
        override get: Storage["get"] = async (key, options) =>
          await super.get(key, options).catch((error: unknown) => {
            if (error instanceof StorageError && error.code === "InvalidKey") return undefined;
            throw error;
          });
      },
      MapDriver,
    ),
    fails: [
      "keys: one that cannot be is InvalidKey, for every operation, before anything is done",
      "errors: InvalidKey and Misconfigured say operation, storage and key",
    ],
  },
  {
    name: "any text is a prefix",
    open: withStorage(
      class extends Storage {
        override list: Storage["list"] = async (options) =>
          await super.list(options).catch((error: unknown) => {
            if (error instanceof StorageError && error.code === "InvalidKey") return { objects: [] };
            throw error;
          });
      },
      MapDriver,
    ),
    fails: ["keys: a prefix that no key can begin with is InvalidKey for list"],
  },
];
