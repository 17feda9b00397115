import {
  type DeleteOptions,
  type DriverBody,
  type DriverPutOptions,
  type ObjectInfo,
  type Storage,
  StorageError,
} from "@coatcheck/core";
import { MapDriver } from "../samples/map-storage.ts";
import { type BrokenStorage, conflict, pause, withDriver } from "./broken-storage.ts";

type Put = (key: string, body: DriverBody, options: DriverPutOptions) => Promise<ObjectInfo>;

/** A driver whose put gets options that `change` has changed. */
function withPut(
  change: (options: DriverPutOptions, body: DriverBody, key: string) => DriverPutOptions,
): () => Storage {
  return withDriver(
    class extends MapDriver {
      override async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
        return await super.put(key, body, change(options, body, key));
      }
    },
  );
}

/** A driver that turns the error of put into another. */
function withError(change: (error: StorageError) => unknown): () => Storage {
  class Driver extends MapDriver {
    override put: Put = async (key, body, options) => {
      try {
        return await super.put(key, body, options);
      } catch (error) {
        throw error instanceof StorageError && error.storage === undefined ? change(error) : error;
      }
    };
  }
  return withDriver(Driver);
}

const changed = (error: StorageError, init: object): StorageError =>
  new StorageError({ code: error.code, detail: error.detail, ...init });

/** Storages that get conditions and their errors wrong. */
export const conditions: readonly BrokenStorage[] = [
  {
    name: "a put that ignores when",
    open: withPut((options) => ({ ...options, when: "any" })),
    fails: ["create: *", "replace: *", "races: *", "errors: *"],
  },
  {
    name: 'a put that ignores when "absent"',
    open: withPut((options) => ({ ...options, when: options.when === "absent" ? "any" : options.when })),
    fails: ["create: *", "races: *", "errors: *"],
  },
  {
    name: "a put that ignores when { version }",
    open: withPut((options) => ({ ...options, when: typeof options.when === "object" ? "any" : options.when })),
    fails: ["replace: *", "races: *", "errors: *"],
  },
  {
    name: "a put that ignores when for streams",
    open: withPut((options, body) => ({ ...options, when: Array.isArray(body) ? options.when : "any" })),
    fails: [
      'create: when "absent" with a stream: puts where there is nothing, else AlreadyExists',
      "replace: when { version } with a stream: puts over that version, else Conflict",
      'create: when "absent" with a stream of unknown size: puts where there is nothing, else AlreadyExists',
      "replace: when { version } with a stream of unknown size: puts over that version, else Conflict",
      "races: of those who create one key at once exactly one wins, and its bytes are there",
    ],
  },
  {
    name: "a put that ignores when beside a contentType",
    open: withPut((options) => ({ ...options, when: options.contentType === undefined ? options.when : "any" })),
    fails: [
      'create: when "absent" with a contentType: puts where there is nothing, else AlreadyExists',
      "replace: when { version } with a contentType: puts over that version, else Conflict",
    ],
  },
  {
    name: "a put that ignores when beside a signal",
    open: withPut((options) => ({ ...options, when: options.signal === undefined ? options.when : "any" })),
    fails: [
      'create: when "absent" with a signal: puts where there is nothing, else AlreadyExists',
      "replace: when { version } with a signal: puts over that version, else Conflict",
    ],
  },
  {
    name: "a put that ignores when for large bodies",
    open: withPut((options) => ({ ...options, when: (options.size ?? 0) < 200_000 ? options.when : "any" })),
    fails: [
      "create: a large body over an object is refused and leaves it",
      "replace: a large body over another version is refused and leaves it",
      "races: of those who create one key at once with large bodies exactly one wins",
    ],
  },
  {
    name: "a put that creates where a version was asked for and nothing is there",
    open: withDriver(
      class extends MapDriver {
        override async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
          return await super.put(key, body, { ...options, when: this.entries.has(key) ? options.when : "any" });
        }
      },
    ),
    fails: [
      "replace: when { version } with bytes: puts over that version, else Conflict",
      "replace: when { version } with chunks: puts over that version, else Conflict",
      "replace: when { version } with a stream: puts over that version, else Conflict",
      "replace: when { version } with a stream of unknown size: puts over that version, else Conflict",
      "replace: when { version } with a contentType: puts over that version, else Conflict",
      "replace: when { version } with a signal: puts over that version, else Conflict",
      "replace: the version of a deleted object is Conflict, before and after it is put anew",
      "races: of those who create one key at once exactly one wins, and its bytes are there",
      "races: of those who create one key at once with large bodies exactly one wins",
      "races: of a replace and a delete of one version exactly one wins",
    ],
  },
  {
    name: "a put that cannot create where there is something below",
    open: withDriver(
      class extends MapDriver {
        override async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
          const below = [...this.entries.keys()].some((each) => each.startsWith(`${key}/`));
          if (below && options.when === "absent") throw new StorageError({ code: "AlreadyExists", detail: "it is." });
          return await super.put(key, body, options);
        }
      },
    ),
    fails: ["create: objects above and below the key are not in its way"],
  },
  {
    name: "a put that never creates again what was deleted",
    open: withDriver(
      class extends MapDriver {
        readonly #deleted = new Set<string>();
        override async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
          if (options.when === "absent" && this.#deleted.has(key)) {
            throw new StorageError({ code: "AlreadyExists", detail: "it was." });
          }
          return await super.put(key, body, options);
        }
        override async delete(key: string, options: DeleteOptions): Promise<void> {
          this.#deleted.add(key);
          await super.delete(key, options);
        }
      },
    ),
    fails: ["create: works again after a delete"],
  },
  {
    name: "a put that takes an object of 0 bytes for none",
    open: withDriver(
      class extends MapDriver {
        override async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
          const empty = this.entries.get(key)?.bytes.byteLength === 0;
          return await super.put(key, body, { ...options, when: empty ? "any" : options.when });
        }
      },
    ),
    fails: ["create: an object of 0 bytes is an object"],
  },
  {
    name: "a put that checks for a create, then writes",
    open: withDriver(
      class extends MapDriver {
        override async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
          if (options.when !== "absent") return await super.put(key, body, options);
          this.check(key, options.when);
          await pause();
          return await super.put(key, body, { ...options, when: "any" });
        }
      },
    ),
    fails: [
      "races: of those who create one key at once exactly one wins, and its bytes are there",
      "races: of those who create one key at once with large bodies exactly one wins",
    ],
  },
  {
    name: "a put that checks the version, then writes",
    open: withDriver(
      class extends MapDriver {
        override async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
          if (typeof options.when !== "object") return await super.put(key, body, options);
          this.check(key, options.when);
          await pause();
          return await super.put(key, body, { ...options, when: "any" });
        }
      },
    ),
    fails: [
      "races: of those who replace one version at once exactly one wins",
      "races: read, add one, replace: no update is lost",
      "races: of a replace and a delete of one version exactly one wins",
    ],
  },
  {
    name: "a put that compares the beginning of versions",
    open: withDriver(
      class extends MapDriver {
        protected override check(key: string, when: DriverPutOptions["when"]): void {
          const there = this.entries.get(key)?.info.version;
          if (typeof when === "object" && there !== undefined && when.version.startsWith(there)) return;
          super.check(key, when);
        }
      },
    ),
    fails: ["replace: a version that never was is Conflict"],
  },
  {
    name: "a put that takes the beginning of a version for it",
    open: withDriver(
      class extends MapDriver {
        protected override check(key: string, when: DriverPutOptions["when"]): void {
          const there = this.entries.get(key)?.info.version;
          if (typeof when === "object" && there?.startsWith(when.version) === true) return;
          super.check(key, when);
        }
      },
    ),
    fails: ["replace: a version that never was is Conflict"],
  },
  {
    name: "a delete that ignores the version",
    open: withDriver(
      class extends MapDriver {
        override async delete(key: string, { when }: DeleteOptions): Promise<void> {
          if (when !== undefined && !this.entries.has(key)) throw conflict();
          await super.delete(key, {});
        }
      },
    ),
    fails: [
      "remove: delete when { version } deletes that version, else Conflict",
      "races: of a replace and a delete of one version exactly one wins",
      "errors: Conflict of a delete says operation, storage and key",
    ],
  },
  {
    name: "a delete of a version that succeeds where there is nothing",
    open: withDriver(
      class extends MapDriver {
        override async delete(key: string, options: DeleteOptions): Promise<void> {
          if (this.entries.has(key)) await super.delete(key, options);
        }
      },
    ),
    fails: [
      "remove: delete when { version } of a key that is not there is Conflict",
      "races: of those who delete one version at once exactly one wins",
    ],
  },
  {
    name: "a delete that checks the version, then deletes",
    open: withDriver(
      class extends MapDriver {
        override async delete(key: string, { when }: DeleteOptions): Promise<void> {
          if (when !== undefined) this.check(key, when);
          await pause();
          await super.delete(key, {});
        }
      },
    ),
    fails: [
      "races: of those who delete one version at once exactly one wins",
      "races: of a replace and a delete of one version exactly one wins",
    ],
  },
  {
    name: "an error of its own where there is an object already",
    open: withError((error) => (error.code === "AlreadyExists" ? new Error("EEXIST") : error)),
    fails: ["create: *", "races: *", "errors: *"],
  },
  {
    name: "Conflict where AlreadyExists is meant",
    open: withError((error) => (error.code === "AlreadyExists" ? changed(error, { code: "Conflict" }) : error)),
    fails: ["create: *", "races: *", "errors: *"],
  },
  {
    name: "a Conflict that says it is retryable",
    open: withError((error) => (error.code === "Conflict" ? changed(error, { retryable: true }) : error)),
    fails: ["errors: Conflict of a put says operation, storage and key"],
  },
  {
    name: "an AlreadyExists that says it is ambiguous",
    open: withError((error) => (error.code === "AlreadyExists" ? changed(error, { ambiguous: true }) : error)),
    fails: ["errors: AlreadyExists says operation, storage and key"],
  },
  {
    name: "an AlreadyExists without a detail",
    open: withError((error) => (error.code === "AlreadyExists" ? changed(error, { detail: "" }) : error)),
    fails: ["errors: AlreadyExists says operation, storage and key"],
  },
  {
    name: "an AlreadyExists that names another storage",
    open: withError((error) => (error.code === "AlreadyExists" ? changed(error, { storage: "map:other" }) : error)),
    fails: ["errors: AlreadyExists says operation, storage and key"],
  },
  {
    name: "a Conflict of delete that says it is retryable",
    open: withDriver(
      class extends MapDriver {
        override async delete(key: string, options: DeleteOptions): Promise<void> {
          try {
            await super.delete(key, options);
          } catch (error) {
            throw changed(error as StorageError, { retryable: true });
          }
        }
      },
    ),
    fails: ["errors: Conflict of a delete says operation, storage and key"],
  },
];
