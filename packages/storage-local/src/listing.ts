import { lstat } from "node:fs/promises";
import { join } from "node:path";
import type { ListOptions, ListPage, ObjectInfo } from "@coatcheck/core";
import { filePath } from "./encoding.ts";
import { errorCode } from "./errors.ts";
import { infoOf } from "./version.ts";
import { Walk } from "./walk.ts";

/** Milliseconds for which a walk is kept for the next page: so late can a listing miss what another process has put. */
const KEPT = 10_000;
/** How many times as long as its first page took it is kept at least: else most of a listing of a huge folder were reading names. */
const WORTH = 20;
/** Walks kept at once; each holds the names of a folder or more. */
const WALKS = 8;
/** Calls given to the thread pool at once: what else waits there gets its turn. */
const AT_ONCE = 64;

interface KeptWalk {
  readonly walk: Walk;
  until: number;
  /** There may be a key that it does not know of. */
  stale: boolean;
}

/**
 * Lists pages. A walk that has more to give is kept, so that many pages of one folder read its names once and not once
 * per page; the cursor, which is the last key, is enough to start anew where no walk is kept.
 */
export class Listing {
  readonly #root: string;
  readonly #kept: Map<string, KeptWalk> = new Map();
  /** Those that a page is being made of. */
  readonly #walking: Set<KeptWalk> = new Set();
  #timer: NodeJS.Timeout | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  /** The next page. */
  async page(options: ListOptions & { readonly limit: number }): Promise<ListPage> {
    const { prefix = "", cursor } = options;
    const resumed = this.#resume(prefix, cursor);
    const kept = resumed ?? { walk: new Walk(this.#root, prefix, cursor), until: Infinity, stale: false };
    const begun = performance.now();
    this.#walking.add(kept);
    try {
      const page = await this.#take(kept.walk, options);
      if (resumed === undefined) kept.until = begun + Math.max(KEPT, WORTH * (performance.now() - begun));
      if (page.cursor !== undefined && !kept.stale) this.#keep(prefix, page.cursor, kept);
      return page;
    } finally {
      this.#walking.delete(kept);
    }
  }

  /** Tells all walks of a key that was just put and was not there before. */
  add(key: string): void {
    for (const kept of this.#walking) if (!kept.walk.add(key)) kept.stale = true;
    for (const [name, { walk }] of this.#kept) if (!walk.add(key)) this.#kept.delete(name);
  }

  async #take(walk: Walk, { cursor, limit, signal }: ListOptions & { readonly limit: number }): Promise<ListPage> {
    const objects: ObjectInfo[] = [];
    let last = cursor;
    while (objects.length < limit) {
      const keys = await walk.take(Math.min(AT_ONCE, limit - objects.length));
      signal?.throwIfAborted();
      if (keys.length === 0) return { objects };
      const found = await Promise.all(keys.map((key) => this.#info(key)));
      objects.push(...found.filter((info) => info !== undefined));
      last = keys.at(-1);
    }
    return walk.ended ? { objects } : { objects, cursor: last };
  }

  // A walk goes on once: it cannot serve two who have the same cursor.
  #resume(prefix: string, cursor: string | undefined): KeptWalk | undefined {
    if (cursor === undefined) return undefined;
    const name = `${prefix}\0${cursor}`;
    const kept = this.#kept.get(name);
    this.#kept.delete(name);
    return kept !== undefined && performance.now() < kept.until ? kept : undefined;
  }

  #keep(prefix: string, cursor: string, kept: KeptWalk): void {
    this.#kept.set(`${prefix}\0${cursor}`, kept);
    for (const name of this.#kept.keys()) {
      if (this.#kept.size <= WALKS) break;
      this.#kept.delete(name);
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#kept.clear(), KEPT);
    this.#timer.unref();
  }

  async #info(key: string): Promise<ObjectInfo | undefined> {
    try {
      const stat = await lstat(join(this.#root, filePath(key)), { bigint: true });
      return stat.isFile() ? infoOf(key, stat) : undefined;
    } catch (error) {
      if (errorCode(error) === "ENOENT") return undefined;
      throw error;
    }
  }
}
