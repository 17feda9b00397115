import { lstat } from "node:fs/promises";
import { join } from "node:path";
import type { ListOptions, ListPage, ObjectInfo } from "@coatcheck/core";
import { filePath } from "./encoding.ts";
import { errorCode } from "./errors.ts";
import { infoOf } from "./version.ts";
import { Walk } from "./walk.ts";

/** Milliseconds for which a walk is kept for the next page: so late can a listing miss what another process has put. */
const KEPT = 10_000;
/** Walks kept at once; each holds the names of a folder or more. */
const WALKS = 8;
/** Calls given to the thread pool at once: what else waits there gets its turn. */
const AT_ONCE = 64;

interface KeptWalk {
  readonly walk: Walk;
  readonly until: number;
  readonly generation: number;
}

/**
 * Lists pages. A walk that has more to give is kept, so that many pages of one folder read its names once and not once
 * per page; the cursor, which is the last key, is enough to start anew where no walk is kept.
 */
export class Listing {
  readonly #root: string;
  readonly #kept: Map<string, KeptWalk> = new Map();
  #generation = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  /** The next page. */
  async page({ prefix = "", cursor, limit, signal }: ListOptions & { readonly limit: number }): Promise<ListPage> {
    const kept = this.#resume(prefix, cursor) ?? {
      walk: new Walk(this.#root, prefix, cursor),
      until: performance.now() + KEPT,
      generation: this.#generation,
    };
    const { walk } = kept;
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
    if (walk.ended) return { objects };
    if (kept.generation === this.#generation) this.#keep(prefix, last!, kept);
    return { objects, cursor: last };
  }

  /** Forgets all walks: there is a key they may not know of. */
  forget(): void {
    this.#generation++;
    this.#kept.clear();
    clearTimeout(this.#timer);
    this.#timer = undefined;
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
    this.#timer = setTimeout(() => this.forget(), KEPT);
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
