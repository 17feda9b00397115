import { openStorage, ResultStore, type Serializer, type Storage } from "@coatcheck/core";
import { CacheStore } from "./cache/entry.ts";
import type { Decision } from "./decision.ts";

/** A storage with a serializer, opened. */
export class Place {
  readonly named: string | Storage;
  readonly serializer: string | Serializer;
  readonly store: ResultStore;
  readonly storage: Storage;
  #cache: Promise<CacheStore> | undefined;

  constructor(named: string | Storage, serializer: string | Serializer, storage: Storage) {
    this.storage = storage;
    this.named = named;
    this.serializer = serializer;
    this.store = new ResultStore({ storage: named, serializer });
  }

  /** The same place for caches. Throws a ConfigurationError where the storage cannot keep one. */
  async cache(): Promise<CacheStore> {
    return await (this.#cache ??= CacheStore.open({ storage: this.named, serializer: this.serializer }));
  }
}

// By the storage that was opened: a block that is registered anew gets places of its own, and nothing outlives its storage.
const places = new WeakMap<Storage, Place[]>();

/**
 * The place that a decision names, opened: a missing package or an unknown name comes out here. Runs that keep results in the
 * same place share it, and so its memory of what was read.
 */
export async function openPlace({ storage, serializer }: Pick<Decision, "storage" | "serializer">): Promise<Place> {
  const opened = await openStorage(storage.value);
  let known = places.get(opened);
  if (known === undefined) places.set(opened, (known = []));
  let place = known.find((each) => each.named === storage.value && each.serializer === serializer.value);
  if (place === undefined) {
    place = new Place(storage.value, serializer.value, opened);
    // Before it is remembered: what is missing now may be there by the next call.
    await place.store.open();
    known.push(place);
  }
  return place;
}
