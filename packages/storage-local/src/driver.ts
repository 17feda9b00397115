import { closeSync } from "node:fs";
import { lstat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  type Abortable,
  type DeleteOptions,
  type DriverBody,
  type DriverObject,
  type DriverPutOptions,
  type GetOptions,
  type ListOptions,
  type ListPage,
  type ObjectInfo,
  type StorageCapabilities,
  type StorageDriver,
  StorageError,
} from "@coatcheck/core";
import { checkCondition, fileAt, publish, unpublish } from "./commit.ts";
import { filePath, folderPath } from "./encoding.ts";
import { errorCode, foreignError, storageError } from "./errors.ts";
import type { NewFolder } from "./folders.ts";
import { LocalObject, openObject } from "./object.ts";
import { type Place, placeOf } from "./place.ts";
import { writeTemporary } from "./temporary.ts";
import { infoOf } from "./version.ts";

/** Keeps each object as one file. Reading takes no lock: a file is complete before it has its name. */
export class LocalDriver implements StorageDriver {
  readonly type = "local";
  readonly url: string;
  readonly capabilities: StorageCapabilities = Object.freeze({
    create: true,
    replace: true,
    remove: true,
    ranges: true,
    unknownLength: true,
    contentType: false, // A file system has no place for it.
    sign: false, // Nobody serves a URL.
    persistent: true,
  });
  readonly pipelined = true;
  readonly #place: Place;
  readonly #durable: boolean;

  /** `root` is absolute. With `durable`, what was put or deleted survives a power failure. */
  constructor(root: string, durable: boolean) {
    this.url = pathToFileURL(root).href;
    this.#place = placeOf(root);
    this.#durable = durable;
  }

  async get(key: string, { range, signal }: GetOptions): Promise<DriverObject | undefined> {
    return await mapErrors(async () => {
      const path = filePath(key);
      const opened = await openObject(join(this.#place.root, path)).catch((error) => this.#explain(path, error));
      try {
        this.#place.folders.check(path);
        signal?.throwIfAborted();
      } catch (error) {
        if (opened !== undefined) closeSync(opened.file);
        throw error;
      }
      return opened && new LocalObject(key, opened.file, opened.stat, range, signal);
    });
  }

  async put(key: string, body: DriverBody, { when, signal }: DriverPutOptions): Promise<ObjectInfo> {
    return await mapErrors(async () => {
      const path = filePath(key);
      const complete = this.#place.check(path);
      // Looked at again when it counts; here it spares the work.
      const there = fileAt(join(this.#place.root, path));
      checkCondition(when, there);
      if (!complete) this.#place.makeOwn();
      await this.#place.sweep();
      const temporary = await writeTemporary(this.#place.temporaries, body, this.#durable, signal);
      const condition = { when, there: there !== undefined };
      const { stat, fresh, created } = await publish(this.#place, key, path, temporary, condition, signal);
      if (created) this.#place.listing.add(key);
      if (this.#durable) await this.#sync(dirname(join(this.#place.root, path)), fresh);
      return infoOf(key, stat);
    });
  }

  async stat(key: string, { signal }: Abortable): Promise<ObjectInfo | undefined> {
    return await mapErrors(async () => {
      const path = filePath(key);
      const full = join(this.#place.root, path);
      const stat = await lstat(full, { bigint: true }).catch((error) => this.#explain(path, error));
      this.#place.folders.check(path);
      signal?.throwIfAborted();
      if (stat === undefined) return undefined;
      if (!stat.isFile()) throw foreignError(full, stat, "file");
      return infoOf(key, stat);
    });
  }

  async list(options: ListOptions & { readonly limit: number }): Promise<ListPage> {
    return await mapErrors(async () => {
      const { prefix = "" } = options;
      const folder = folderPath(prefix.slice(0, prefix.lastIndexOf("/") + 1));
      this.#place.folders.check(folder === "" ? "" : `${folder}/`);
      return await this.#place.listing.page(options);
    });
  }

  async delete(key: string, { when, signal }: DeleteOptions): Promise<void> {
    await mapErrors(async () => {
      const path = filePath(key);
      if (await this.#remove(key, path, when, signal)) await this.#tidy([path]);
    });
  }

  /** One fsync per folder instead of one per key. */
  async deleteMany(keys: readonly string[], { signal }: Abortable): Promise<void> {
    const errors: StorageError[] = [];
    const removed: string[] = [];
    for (const [index, key] of keys.entries()) {
      // What a delete does is synchronous: others get their turn.
      if (index % 64 === 63) await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
      const path = filePath(key);
      try {
        if (await this.#remove(key, path, undefined, signal)) removed.push(path);
      } catch (error) {
        errors.push(withKey(storageError(error), key));
      }
    }
    await mapErrors(() => this.#tidy(removed));
    if (errors.length > 0) throw new AggregateError(errors, `${errors.length} of ${keys.length} were not deleted.`);
  }

  async #remove(
    key: string,
    path: string,
    when: DeleteOptions["when"],
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    this.#place.check(path);
    return await unpublish(this.#place, key, path, when, signal);
  }

  async #tidy(removed: readonly string[]): Promise<void> {
    const folders = new Map(removed.map((path) => [dirname(path), path]));
    const stay = new Set([...folders.values()].map((path) => this.#place.folders.prune(path)));
    if (this.#durable) for (const folder of stay) await this.#sync(folder, []);
  }

  // What was asked has taken place by now; only whether it would survive a power failure is not known.
  async #sync(folder: string, fresh: readonly NewFolder[]): Promise<void> {
    try {
      await this.#place.folders.sync(folder, fresh);
    } catch (error) {
      throw storageError(error, true);
    }
  }

  // Nothing there is undefined. A link, or what is no folder, above `path` explains more than the failed call.
  #explain(path: string, error: unknown): undefined {
    this.#place.folders.check(path);
    if (errorCode(error) !== "ENOENT") throw error;
  }
}

async function mapErrors<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw storageError(error);
  }
}

function withKey(error: unknown, key: string): StorageError {
  if (!(error instanceof StorageError)) {
    return new StorageError({ code: "Unknown", detail: String(error), cause: error, key });
  }
  const { code, detail, retryable, ambiguous, cause } = error;
  return new StorageError({ code, detail, retryable, ambiguous, cause, key });
}
