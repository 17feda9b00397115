import type { Storage } from "@coatcheck/core";
import { check, fail, show, within } from "../assert.ts";
import type { DefineTest } from "../define-test.ts";
import { randomName } from "../random.ts";
import { abort } from "./abort.ts";
import { checkLacks, lacking, manifest, possible } from "./capabilities.ts";
import type { Capability, CaseContext, StorageCase, StorageSettings } from "./case.ts";
import { conditions } from "./conditions.ts";
import { errors } from "./errors.ts";
import { failures } from "./failures.ts";
import { keys } from "./keys.ts";
import { listing } from "./listing.ts";
import { place } from "./place.ts";
import { races } from "./races.ts";
import { ranges } from "./ranges.ts";
import { roundTrips } from "./round-trips.ts";
import { sign } from "./sign.ts";
import { storedObjects } from "./stored-objects.ts";
import { versions } from "./versions.ts";
import { visibility } from "./visibility.ts";

/** Options of {@link storageConformance}. */
export interface StorageConformanceOptions extends Partial<StorageSettings> {
  readonly test: DefineTest;
  /**
   * Opens the storage to prove; called once or more by every case, which closes what it opened. Each call must open the
   * same place, unless the storage is not persistent. The place may hold other objects: each case keeps to keys of its
   * own under a random prefix, and deletes them when it ends.
   */
  readonly open: () => Storage | Promise<Storage>;
  /**
   * The capabilities that the storage's manifest says are false; default none. Named here so that what is left out shows
   * when the tests are defined: a manifest that says something else fails.
   */
  readonly lacks?: readonly Capability[] | undefined;
  /**
   * Known gaps of the service behind the storage, which no driver can close: the names of cases that are expected to
   * fail, each with why and where that is written or was seen. Such a case is run all the same, as
   * `known gap: name: why`, and fails where it passes, so that the list cannot rot; a name that is no case fails at once.
   * Not for what the storage itself gets wrong, nor for what its manifest can say: that is `lacks`.
   */
  readonly gaps?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds after which a case that has not ended fails as hanging; default 30,000. The runner's own limit must be above. */
  readonly timeout?: number | undefined;
  /**
   * Bytes of large bodies; default 9 MiB, which is more than one part of a multipart upload. About 60 are put, 10 at a
   * time at most.
   */
  readonly largeBytes?: number;
  /** Objects in the listing that is longer than a page; default 1,005. A page holds 1,000. */
  readonly manyObjects?: number;
  /** Writers that race for one key; default 16. */
  readonly racers?: number;
  /** Headers without which the service takes no put to a signed URL; default none. Say so where `sign` is documented. */
  readonly signedPutHeaders?: Readonly<Record<string, string>>;
}

const groups: readonly StorageCase[] = [
  ...place,
  ...roundTrips,
  ...ranges,
  ...versions,
  ...conditions,
  ...races,
  ...failures,
  ...visibility,
  ...storedObjects,
  ...listing,
  ...keys,
  ...abort,
  ...errors,
  ...sign,
];

/**
 * Defines one test for everything that a storage promises (see `StorageDriver` and `Storage` of `@coatcheck/core`), in
 * any test runner. What needs a capability that the storage lacks is replaced by a test that it is refused, and what is
 * named as a known gap must fail; nothing else is left out. A failing test throws an error that says what was expected and what came.
 */
export function storageConformance(options: StorageConformanceOptions): void {
  const { test, lacks = [], gaps = {}, timeout = 30_000 } = options;
  const settings: StorageSettings = {
    largeBytes: options.largeBytes ?? 9 * 2 ** 20 + 1,
    manyObjects: options.manyObjects ?? 1005,
    racers: options.racers ?? 16,
    signedPutHeaders: options.signedPutHeaders ?? {},
  };
  checkLacks(lacks);
  const skipped = (capability: Capability): number =>
    groups.filter((each) => each.needs?.includes(capability) === true).length;
  const cases = [
    manifest(lacks),
    ...groups.filter((each) => possible(each, lacks)),
    ...lacks.map((capability) => lacking(capability, skipped(capability))),
  ];
  for (const name of Object.keys(gaps)) {
    check(
      cases.some((each) => each.name === name),
      `gaps names ${show(name)}, which is no case of this storage`,
    );
  }
  for (const each of cases) {
    const run = async (): Promise<void> => await within(timeout, new Scene(options.open, settings).run(each));
    const why = Object.hasOwn(gaps, each.name) ? gaps[each.name] : undefined;
    if (why === undefined) test(each.name, run);
    else test(`known gap: ${each.name}: ${why}`, async () => await expectGap(run));
  }
}

/** Fails where `run` does not. */
async function expectGap(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch {
    return;
  }
  fail("it passes, and the option gaps says that it cannot: take it out of gaps");
}

/** The storages that one case opens and the keys it uses, so that none is left open or behind. */
class Scene {
  readonly #open: () => Storage | Promise<Storage>;
  readonly #settings: StorageSettings;
  readonly #opened: Storage[] = [];
  readonly #keys = new Set<string>();

  constructor(open: () => Storage | Promise<Storage>, settings: StorageSettings) {
    this.#open = open;
    this.#settings = settings;
  }

  async run(each: StorageCase): Promise<void> {
    const storage = await this.#openOne();
    const prefix = `conformance-${randomName()}/`;
    const context: CaseContext = {
      ...this.#settings,
      storage,
      prefix,
      key: (name) => {
        this.#keys.add(prefix + name);
        return prefix + name;
      },
      open: async () => await this.#openOne(),
    };
    try {
      await each.run(context);
    } finally {
      // What cannot be deleted here is for the cases about deleting to report, not for this one.
      await storage.deleteMany([...this.#keys]).catch(() => {});
      for (const opened of this.#opened) await opened.close();
    }
  }

  async #openOne(): Promise<Storage> {
    const storage = await this.#open();
    this.#opened.push(storage);
    return storage;
  }
}
