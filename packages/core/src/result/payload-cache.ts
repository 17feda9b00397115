import { copyOf } from "../bytes.ts";
import type { ResultHeader } from "./header.ts";

/** The payload of one write, as stored and verified. */
export interface LoadedPayload {
  readonly header: ResultHeader;
  readonly payload: Uint8Array;
}

/** Payload bytes by write, at most `capacity` of them in all, the least recently used let go first; loads are shared. */
export class PayloadCache {
  readonly #capacity: number;
  readonly #entries = new Map<string, LoadedPayload>();
  readonly #loading = new Map<string, { readonly promise: Promise<LoadedPayload | undefined>; shared: boolean }>();
  #held = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** What is held of a write, as a copy that the caller may keep. */
  held(id: string): LoadedPayload | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    this.#entries.delete(id);
    this.#entries.set(id, entry);
    return copy(entry);
  }

  /** What `load` gives, which is called once for all who ask at the same time; it is the caller's to keep. */
  async load(id: string, load: () => Promise<LoadedPayload | undefined>): Promise<LoadedPayload | undefined> {
    const running = this.#loading.get(id);
    if (running !== undefined) {
      running.shared = true;
      const loaded = await running.promise;
      return loaded && copy(loaded);
    }
    const loading = { promise: load().finally(() => this.#loading.delete(id)), shared: false };
    this.#loading.set(id, loading);
    const loaded = await loading.promise;
    // A payload that only this caller has is not copied: it may be large.
    return loaded !== undefined && (this.#hold(id, loaded) || loading.shared) ? copy(loaded) : loaded;
  }

  /** Lets go of all writes whose id begins with `start`: they were deleted or replaced. */
  drop(start: string): void {
    for (const id of this.#entries.keys()) if (id.startsWith(start)) this.#remove(id);
  }

  #hold(id: string, loaded: LoadedPayload): boolean {
    // One large payload must not push out all the small ones.
    if (loaded.payload.byteLength > this.#capacity / 4) return false;
    this.#remove(id);
    this.#entries.set(id, loaded);
    this.#held += loaded.payload.byteLength;
    for (const oldest of this.#entries.keys()) {
      if (this.#held <= this.#capacity) break;
      this.#remove(oldest);
    }
    return true;
  }

  #remove(id: string): void {
    this.#held -= this.#entries.get(id)?.payload.byteLength ?? 0;
    this.#entries.delete(id);
  }
}

function copy({ header, payload }: LoadedPayload): LoadedPayload {
  return { header, payload: copyOf(payload) };
}
