import { join } from "node:path";
import { Folders } from "./folders.ts";
import { Listing } from "./listing.ts";
import { Locks } from "./lock.ts";
import { sweep } from "./sweep.ts";

/** Folders of the storage's own, directly below the root. No key has these names: `%` comes before two digits there. */
const TEMPORARIES = "%tmp";
const LOCKS = "%locks";
const OWN: readonly string[] = [`${TEMPORARIES}/`, `${LOCKS}/`];
/** Milliseconds between two sweeps. */
const SWEEP = 3_600_000;

/** What this process knows of one root, whatever number of storages it has opened there. */
export class Place {
  readonly root: string;
  readonly folders: Folders;
  readonly locks: Locks;
  readonly listing: Listing;
  /** Where files are before they have their names: on the same file system, and in no listing's way. */
  readonly temporaries: string;
  #sweptAt: number | undefined;
  #sweeping: Promise<void> | undefined;

  constructor(root: string) {
    this.root = root;
    this.folders = new Folders(root);
    this.locks = new Locks(join(root, LOCKS));
    this.listing = new Listing(root);
    this.temporaries = join(root, TEMPORARIES);
  }

  /**
   * Refuses where a folder above `path`, or one of the storage's own, is a link: what is written must stay below the root.
   * False where one of them is not there.
   */
  check(path: string): boolean {
    return this.folders.check(path, ...OWN);
  }

  /** Makes the storage's own folders. Both at once: on a full disk a delete needs the one for locks. */
  makeOwn(): void {
    this.folders.make(...OWN);
  }

  /** Sweeps if that was not done lately. Before the first write: what the process was restarted for is behind it. */
  async sweep(): Promise<void> {
    const now = performance.now();
    if (this.#sweptAt === undefined || now - this.#sweptAt > SWEEP) {
      this.#sweptAt = now;
      this.#sweeping = sweep(this.temporaries, join(this.root, LOCKS), this.locks);
    }
    await this.#sweeping;
  }
}

const places = new Map<string, Place>();

/** The place of `root`, an absolute path: one and the same for every storage of this process. */
export function placeOf(root: string): Place {
  let place = places.get(root);
  if (place === undefined) places.set(root, (place = new Place(root)));
  return place;
}
