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

/** The places of one serializer, by how the storage was named; a Storage given by value has no name. */
type PlacesByName = Map<string, Place>;

// By the storage that was opened, and by the serializer: a block that is registered anew gets places of its own, and nothing
// outlives its storage, or a serializer that was given by value.
const places = new WeakMap<
  Storage,
  { byName: Map<string, PlacesByName>; byValue: WeakMap<Serializer, PlacesByName> }
>();

/**
 * The place that a decision names, opened: a missing package or an unknown name comes out here. Runs that keep results in the
 * same place share it, and so its memory of what was read.
 */
export async function openPlace({ storage, serializer }: Pick<Decision, "storage" | "serializer">): Promise<Place> {
  const opened = await openStorage(storage.value);
  const known = placesOf(opened, serializer.value);
  const name = typeof storage.value === "string" ? storage.value : "";
  let place = known.get(name);
  if (place === undefined) {
    place = new Place(storage.value, serializer.value, opened);
    // Before it is remembered: what is missing now may be there by the next call.
    await place.store.open();
    known.set(name, place);
  }
  return place;
}

function placesOf(storage: Storage, serializer: string | Serializer): PlacesByName {
  let known = places.get(storage);
  if (known === undefined) places.set(storage, (known = { byName: new Map(), byValue: new WeakMap() }));
  const { byName, byValue } = known;
  let found = typeof serializer === "string" ? byName.get(serializer) : byValue.get(serializer);
  if (found === undefined) {
    found = new Map();
    if (typeof serializer === "string") byName.set(serializer, found);
    else byValue.set(serializer, found);
  }
  return found;
}
