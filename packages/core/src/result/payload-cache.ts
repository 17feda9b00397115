import { copyOf } from "../bytes.ts";
import type { ResultHeader } from "./header.ts";

/** Bytes that holding a payload takes besides its own: header, key, and what a Map needs for them. */
const OVERHEAD = 1024;

/** The payload of one write, as stored and verified. */
export interface LoadedPayload {
  readonly header: ResultHeader;
  readonly payload: Uint8Array;
}

interface Loading {
  readonly promise: Promise<LoadedPayload | undefined>;
  /** More than one caller gets it, or the cache does. */
  shared: boolean;
}

/**
 * Payloads by the place of their record, at most `capacity` bytes in all, what was least recently used let go first; loads
 * are shared. A place has one write at a time, so that is what is held of it; a write is named by its id.
 */
export class PayloadCache {
  readonly #capacity: number;
  readonly #entries = new Map<string, LoadedPayload>();
  readonly #loading = new Map<string, Loading>();
  #held = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** What is held of a write, as a copy that the caller may keep. */
  held(place: string, writeId: string): LoadedPayload | undefined {
    const entry = this.#entries.get(place);
    if (entry?.header.writeId !== writeId) return undefined;
    this.#entries.delete(place);
    this.#entries.set(place, entry);
    return copy(entry);
  }

  /** What `load` gives, which is called once for all who ask at the same time; it is the caller's to keep. */
  async load(
    place: string,
    writeId: string,
    load: () => Promise<LoadedPayload | undefined>,
  ): Promise<LoadedPayload | undefined> {
    const id = place + writeId;
    let loading = this.#loading.get(id);
    if (loading === undefined) this.#loading.set(id, (loading = this.#begin(place, id, load)));
    else loading.shared = true;
    const loaded = await loading.promise;
    // A payload that only this caller has is not copied: it may be large.
    return loaded !== undefined && loading.shared ? copy(loaded) : loaded;
  }

  /** Lets go of what is held or being loaded of a place: it was deleted or replaced. */
  drop(place: string): void {
    this.#remove(place);
    for (const id of this.#loading.keys()) if (id.startsWith(place)) this.#loading.delete(id);
  }

  #begin(place: string, id: string, load: () => Promise<LoadedPayload | undefined>): Loading {
    const run = async (): Promise<LoadedPayload | undefined> => {
      try {
        const loaded = await load();
        // Before the load is over, so that nobody comes between the two. What was dropped meanwhile is not held.
        if (loaded !== undefined && this.#loading.get(id) === loading && this.#hold(place, loaded))
          loading.shared = true;
        return loaded;
      } finally {
        if (this.#loading.get(id) === loading) this.#loading.delete(id);
      }
    };
    const loading: Loading = { promise: run(), shared: false };
    return loading;
  }

  #hold(place: string, loaded: LoadedPayload): boolean {
    const bytes = taken(loaded);
    // One large payload must not push out all the small ones.
    if (bytes > this.#capacity / 4) return false;
    this.#remove(place);
    this.#entries.set(place, loaded);
    this.#held += bytes;
    for (const oldest of this.#entries.keys()) {
      if (this.#held <= this.#capacity) break;
      this.#remove(oldest);
    }
    return true;
  }

  #remove(place: string): void {
    const entry = this.#entries.get(place);
    if (entry === undefined) return;
    this.#held -= taken(entry);
    this.#entries.delete(place);
  }
}

// A payload may be a part of what came with it.
function taken({ payload }: LoadedPayload): number {
  return payload.buffer.byteLength + OVERHEAD;
}

function copy({ header, payload }: LoadedPayload): LoadedPayload {
  return { header, payload: copyOf(payload) };
}
