import {
  compareKeys,
  type DeleteOptions,
  type DriverBody,
  type DriverPutOptions,
  type ListOptions,
  type ListPage,
  type ObjectInfo,
  type Storage,
  StorageError,
} from "@coatcheck/core";
import { MapDriver } from "../samples/map-storage.ts";
import { type BrokenStorage, withDriver } from "./broken-storage.ts";

type List = ListOptions & { readonly limit: number };

/** A driver whose list is `list`, given all that is there in the right order. */
function withList(list: (objects: readonly ObjectInfo[], options: List) => ListPage): () => Storage {
  return withDriver(
    class extends MapDriver {
      override async list(options: List): Promise<ListPage> {
        const objects = [...this.entries.values()].map(({ info }) => info);
        return list(
          objects.toSorted((a, b) => compareKeys(a.key, b.key)),
          options,
        );
      }
    },
  );
}

/** A right listing of `objects` in the order of `compare`. */
function inOrder(objects: readonly ObjectInfo[], options: List, compare: (a: string, b: string) => number): ListPage {
  const { prefix = "", cursor, limit } = options;
  const sorted = objects.filter(({ key }) => key.startsWith(prefix)).toSorted((a, b) => compare(a.key, b.key));
  const rest = sorted.filter(({ key }) => cursor === undefined || compare(key, cursor) > 0);
  return rest.length > limit ? { objects: rest.slice(0, limit), cursor: rest[limit - 1]!.key } : { objects: rest };
}

const javaScriptOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function treeOrder(a: string, b: string): number {
  const [left, right] = [a.split("/"), b.split("/")];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    if (left[i] !== right[i]) return compareKeys(left[i]!, right[i]!);
  }
  return left.length - right.length;
}

/** Storages that list wrongly. */
export const listing: readonly BrokenStorage[] = [
  {
    name: "a page in the order of the puts",
    open: withDriver(
      class extends MapDriver {
        override async list(options: List): Promise<ListPage> {
          const order = [...this.entries.keys()];
          const objects = [...this.entries.values()].map(({ info }) => info);
          return inOrder(objects, options, (a, b) => order.indexOf(a) - order.indexOf(b));
        }
      },
    ),
    fails: ["list: *", "keys: *"],
  },
  {
    name: "JavaScript's order instead of UTF-8's",
    open: withList((objects, options) => inOrder(objects, options, javaScriptOrder)),
    fails: [
      "list: in the order of the keys' UTF-8 bytes, beyond U+FFFF too",
      "list: in the same order page by page, with every limit; no page above it",
    ],
  },
  {
    name: "the order of a walk through folders",
    open: withList((objects, options) => inOrder(objects, options, treeOrder)),
    fails: [
      "list: in the order of the keys' UTF-8 bytes, beyond U+FFFF too",
      "list: in the same order page by page, with every limit; no page above it",
      "list: a prefix is any text, not only whole segments, and nothing in it is a pattern",
      "keys: spaces, also at the ends are kept as they are and told apart",
    ],
  },
  {
    name: "the order of a dictionary",
    open: withList((objects, options) =>
      inOrder(objects, options, (a, b) => a.localeCompare(b) || javaScriptOrder(a, b)),
    ),
    fails: ["list: *", "keys: *"],
  },
  {
    name: "pages that are each in order, though not one after the other",
    open: withDriver(
      class extends MapDriver {
        override async list(options: List): Promise<ListPage> {
          const order = [...this.entries.keys()];
          const objects = [...this.entries.values()].map(({ info }) => info);
          const page = inOrder(objects, options, (a, b) => order.indexOf(a) - order.indexOf(b));
          return { ...page, objects: page.objects.toSorted((a, b) => compareKeys(a.key, b.key)) };
        }
      },
    ),
    fails: [
      "list: in the same order page by page, with every limit; no page above it",
      "list: a prefix is any text, not only whole segments, and nothing in it is a pattern",
      "list: keys put and deleted between pages: what stayed is listed once, in order",
      "list: more objects than fit on a page; deleteMany deletes them all",
      "keys: spaces, also at the ends are kept as they are and told apart",
      "keys: emoji and other planes are kept as they are and told apart",
      "keys: names like those of temporary files and of folders are kept as they are and told apart",
    ],
  },
  {
    name: "a cursor that counts objects",
    open: withList((objects, { prefix = "", cursor, limit }) => {
      const matching = objects.filter(({ key }) => key.startsWith(prefix));
      const end = Number(cursor ?? 0) + limit;
      const page = matching.slice(Number(cursor ?? 0), end);
      return end < matching.length ? { objects: page, cursor: String(end) } : { objects: page };
    }),
    fails: ["list: deleting what each page shows empties the place"],
  },
  {
    name: "a cursor that begins with the last object again",
    open: withList((objects, options) => {
      const page = inOrder(objects, options, compareKeys);
      const again = objects.find(({ key }) => key === options.cursor);
      return again === undefined || options.limit === 1
        ? page
        : { ...page, objects: [again, ...page.objects].slice(0, options.limit) };
    }),
    fails: [
      "list: in the same order page by page, with every limit; no page above it",
      "list: the same cursor gives the same rest again",
      "list: more objects than fit on a page; deleteMany deletes them all",
    ],
  },
  {
    name: "a cursor that skips one",
    open: withList((objects, options) => {
      const page = inOrder(objects, options, compareKeys);
      return options.cursor === undefined ? page : { ...page, objects: page.objects.slice(1) };
    }),
    fails: [
      "list: in the same order page by page, with every limit; no page above it",
      "list: the same cursor gives the same rest again",
      "list: a prefix is any text, not only whole segments, and nothing in it is a pattern",
      "list: deleting what each page shows empties the place",
      "list: more objects than fit on a page; deleteMany deletes them all",
    ],
  },
  {
    name: "a cursor that begins anew where its object was deleted",
    open: withList((objects, options) => {
      const there = objects.some(({ key }) => key === options.cursor);
      return inOrder(objects, there ? options : { ...options, cursor: undefined }, compareKeys);
    }),
    fails: ["list: keys put and deleted between pages: what stayed is listed once, in order"],
  },
  {
    name: "a cursor that works once",
    open: withDriver(
      class extends MapDriver {
        readonly #rest = new Map<string, ObjectInfo[]>();
        #cursors = 0;
        override async list(options: List): Promise<ListPage> {
          const all =
            options.cursor === undefined
              ? inOrder(
                  [...this.entries.values()].map(({ info }) => info),
                  { ...options, limit: 1e9 },
                  compareKeys,
                ).objects
              : (this.#rest.get(options.cursor) ?? []);
          if (options.cursor !== undefined) this.#rest.delete(options.cursor);
          if (all.length <= options.limit) return { objects: all };
          const cursor = String(this.#cursors++);
          this.#rest.set(cursor, all.slice(options.limit));
          return { objects: all.slice(0, options.limit), cursor };
        }
      },
    ),
    fails: ["list: the same cursor gives the same rest again"],
  },
  {
    name: "a cursor at the last page, for ever",
    open: withList((objects, options) => {
      const page = inOrder(objects, options, compareKeys);
      const last = page.objects.at(-1)?.key ?? options.cursor;
      return last === undefined ? page : { ...page, cursor: last };
    }),
    fails: [
      "delete: *",
      "deleteMany: *",
      "versions: *",
      "failure: *",
      "visibility: *",
      "list: *",
      "keys: *",
      "abort: *",
      "lacks sign: *",
    ],
  },
  {
    name: "no cursor, only the first page",
    open: withList((objects, options) => ({ objects: inOrder(objects, options, compareKeys).objects })),
    fails: [
      "list: in the same order page by page, with every limit; no page above it",
      "list: the same cursor gives the same rest again",
      "list: a prefix is any text, not only whole segments, and nothing in it is a pattern",
      "list: keys put and deleted between pages: what stayed is listed once, in order",
      "list: deleting what each page shows empties the place",
      "list: more objects than fit on a page; deleteMany deletes them all",
    ],
  },
  {
    name: "a page that is one over its limit",
    open: withList((objects, options) => inOrder(objects, { ...options, limit: options.limit + 1 }, compareKeys)),
    fails: ["list: *", "keys: *"],
  },
  {
    name: "a limit that is ignored",
    open: withList((objects, options) => inOrder(objects, { ...options, limit: 1e9 }, compareKeys)),
    fails: ["list: *", "keys: *"],
  },
  {
    name: "a prefix of whole segments only",
    open: withList((objects, options) => {
      const { prefix = "" } = options;
      const whole = objects.filter(({ key }) => prefix.endsWith("/") || key === prefix || key.startsWith(`${prefix}/`));
      return inOrder(whole, options, compareKeys);
    }),
    fails: [
      "list: a prefix is any text, not only whole segments, and nothing in it is a pattern",
      "list: a prefix can end inside a segment, at a / and deep in the tree",
    ],
  },
  {
    name: "a prefix as the pattern of LIKE",
    open: withList((objects, options) => {
      const { prefix = "", ...rest } = options;
      const escaped = prefix
        .replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")
        .replaceAll("%", ".*")
        .replaceAll("_", ".");
      return inOrder(
        objects.filter(({ key }) => new RegExp(`^${escaped}`, "su").test(key)),
        rest,
        compareKeys,
      );
    }),
    fails: [
      "list: a prefix is any text, not only whole segments, and nothing in it is a pattern",
      "keys: percent signs are kept as they are and told apart",
    ],
  },
  {
    name: "a prefix as a pattern with * and ?",
    open: withList((objects, options) => {
      const { prefix = "", ...rest } = options;
      const escaped = prefix
        .replace(/[\\^$.+()[\]{}|]/g, "\\$&")
        .replaceAll("*", "[^/]*")
        .replaceAll("?", ".");
      return inOrder(
        objects.filter(({ key }) => new RegExp(`^${escaped}`, "su").test(key)),
        rest,
        compareKeys,
      );
    }),
    fails: [
      "list: a prefix is any text, not only whole segments, and nothing in it is a pattern",
      "keys: plus, ?, #, & and other signs of URLs are kept as they are and told apart",
      "keys: quotes, brackets and signs of shells are kept as they are and told apart",
    ],
  },
  {
    name: "a prefix without regard to case",
    open: withList((objects, options) => {
      const { prefix = "", ...rest } = options;
      return inOrder(
        objects.filter(({ key }) => key.toLowerCase().startsWith(prefix.toLowerCase())),
        rest,
        compareKeys,
      );
    }),
    fails: [
      "list: no match is an empty page",
      "list: a prefix is any text, not only whole segments, and nothing in it is a pattern",
      "keys: percent signs are kept as they are and told apart",
      "keys: names that differ in case only are kept as they are and told apart",
      "keys: names that differ in normal form only are kept as they are and told apart",
    ],
  },
  {
    name: "a prefix that leaves out the object of its own name",
    open: withList((objects, options) =>
      inOrder(
        objects.filter(({ key }) => key !== options.prefix),
        options,
        compareKeys,
      ),
    ),
    fails: ["list: *", "keys: *"],
  },
  {
    name: "a listing that hides objects above others",
    open: withList((objects, options) =>
      inOrder(
        objects.filter(({ key }) => !objects.some((other) => other.key.startsWith(`${key}/`))),
        options,
        compareKeys,
      ),
    ),
    fails: [
      "list: in the order of the keys' UTF-8 bytes, beyond U+FFFF too",
      "list: in the same order page by page, with every limit; no page above it",
      "list: the same cursor gives the same rest again",
      "list: a prefix can end inside a segment, at a / and deep in the tree",
      "list: an object above others is listed beside them",
      "keys: spaces, also at the ends are kept as they are and told apart",
      "keys: names like those of temporary files and of folders are kept as they are and told apart",
      "keys: an object beside objects below it are kept as they are and told apart",
    ],
  },
  {
    name: "a listing of folders, too",
    open: withList((objects, options) => {
      const folders = new Set(
        objects.flatMap(({ key }) =>
          key
            .split("/")
            .slice(0, -1)
            .map((_, index, all) => all.slice(0, index + 1).join("/")),
        ),
      );
      for (const { key } of objects) folders.delete(key);
      const more = [...folders].map((key) => ({ key, size: 0, version: "folder", modifiedAt: new Date() }));
      return inOrder([...objects, ...more], options, compareKeys);
    }),
    fails: ["delete: *", "list: *", "keys: *"],
  },
  {
    name: "an error where nothing matches",
    open: withList((objects, options) => {
      const page = inOrder(objects, options, compareKeys);
      if (page.objects.length === 0 && options.cursor === undefined)
        throw new StorageError({ code: "Unknown", detail: "404." });
      return page;
    }),
    fails: [
      "place: *",
      "miss: *",
      "deleteMany: *",
      "replace: *",
      "remove: *",
      "races: *",
      "failure: *",
      "visibility: *",
      "get: *",
      "list: *",
      "keys: *",
      "abort: *",
    ],
  },
  {
    name: "a stale listing: what was put last is not in it",
    open: withDriver(
      class extends MapDriver {
        #last = "";
        override async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
          const info = await super.put(key, body, options);
          this.#last = key;
          return info;
        }
        override async list(options: List): Promise<ListPage> {
          const fresh = [...this.entries.values()].map(({ info }) => info).filter(({ key }) => key !== this.#last);
          this.#last = "";
          return inOrder(fresh, options, compareKeys);
        }
      },
    ),
    fails: ["versions: *", "visibility: *", "list: *", "keys: *", "abort: *", "lacks sign: *"],
  },
  {
    name: "a stale listing: it shows what an object was before it was replaced",
    open: withDriver(
      class extends MapDriver {
        readonly #before = new Map<string, ObjectInfo>();
        override async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
          const before = this.entries.get(key)?.info;
          const info = await super.put(key, body, options);
          if (before !== undefined) this.#before.set(key, before);
          return info;
        }
        override async list(options: List): Promise<ListPage> {
          const page = await super.list(options);
          return { ...page, objects: page.objects.map((info) => this.#before.get(info.key) ?? info) };
        }
      },
    ),
    fails: [
      "versions: put, stat, get and list agree",
      "replace: each version that put, stat, get and list give can be replaced",
      "visibility: list shows a put, a replace and a delete at once",
      "list: size, version and modifiedAt are those of stat",
    ],
  },
  {
    name: "a stale listing: what was deleted last is in it",
    open: withDriver(
      class extends MapDriver {
        readonly #deleted = new Map<string, ObjectInfo>();
        override async delete(key: string, options: DeleteOptions): Promise<void> {
          const info = this.entries.get(key)?.info;
          await super.delete(key, options);
          if (info !== undefined) this.#deleted.set(key, info);
        }
        override async list(options: List): Promise<ListPage> {
          const ghosts = [...this.#deleted.values()].filter(({ key }) => !this.entries.has(key));
          this.#deleted.clear();
          return inOrder([...[...this.entries.values()].map(({ info }) => info), ...ghosts], options, compareKeys);
        }
      },
    ),
    fails: [
      "miss: *",
      "delete: *",
      "deleteMany: *",
      "replace: *",
      "remove: *",
      "races: *",
      "visibility: *",
      "get: *",
      "list: *",
      "keys: *",
    ],
  },
  {
    name: "a listing without sizes",
    open: withList((objects, options) =>
      inOrder(
        objects.map((info) => ({ ...info, size: 0 })),
        options,
        compareKeys,
      ),
    ),
    fails: [
      "visibility: the old object is there until put resolves, by get, stat and list",
      "visibility: the same for a stream of unknown size",
      "visibility: list shows a put, a replace and a delete at once",
      "list: size, version and modifiedAt are those of stat",
    ],
  },
  {
    name: "a listing with versions of its own",
    open: withList((objects, options) =>
      inOrder(
        objects.map((info) => ({ ...info, version: `"${info.version}"` })),
        options,
        compareKeys,
      ),
    ),
    fails: [
      "versions: put, stat, get and list agree",
      "replace: each version that put, stat, get and list give can be replaced",
      "visibility: list shows a put, a replace and a delete at once",
      "list: size, version and modifiedAt are those of stat",
    ],
  },
  {
    name: "a listing that says now for modifiedAt",
    open: withList((objects, options) =>
      inOrder(
        objects.map((info) => ({ ...info, modifiedAt: new Date(Date.now() + 5000) })),
        options,
        compareKeys,
      ),
    ),
    fails: ["list: size, version and modifiedAt are those of stat"],
  },
  {
    name: "a listing whose keys lack the first folder",
    open: withList((objects, options) => {
      const page = inOrder(objects, options, compareKeys);
      return {
        ...page,
        objects: page.objects.map((info) => ({ ...info, key: info.key.slice(info.key.indexOf("/") + 1) })),
      };
    }),
    fails: ["failure: *", "visibility: *", "list: *", "keys: *", "abort: *", "lacks sign: *"],
  },
];
