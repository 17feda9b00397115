import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { type Storage, StorageError } from "@coatcheck/core";
import { fateOf, ownedName } from "@coatcheck/core/owner";
import type { Timing } from "./timing.ts";

/** The longest time to live that is believed of somebody's lease, in milliseconds. */
const MAX_TTL = 600_000;

/** What a lease says: who holds it, and for how long it holds without a sign of life. */
interface LeaseText {
  readonly holder: string;
  /** Counts the renewals, so that each is another version. */
  readonly renewal: number;
  readonly ttl: number;
  /** Tells processes of the same machine whether the holder's is still there. */
  readonly owner: string;
  /** For people who look at it. */
  readonly process: string;
}

/**
 * The right to compute something, held by one process at a time: an object in the storage that is renewed while the holder
 * is alive. It keeps others from computing the same, and no more: that nobody overwrites is seen to where results are written.
 */
export class Lease {
  readonly #storage: Storage;
  readonly #key: string;
  readonly #timing: Timing;
  readonly #holder: string;
  #renewals = 0;
  #version: string;
  #lost = false;
  #released = false;
  #cancel: () => void = () => {};
  #renewing: Promise<void> = Promise.resolve();

  private constructor(storage: Storage, key: string, timing: Timing, holder: string, version: string) {
    this.#storage = storage;
    this.#key = key;
    this.#timing = timing;
    this.#holder = holder;
    this.#version = version;
    this.#renewLater();
  }

  /**
   * Takes the lease, from a holder that is silent too, or whose process on this machine is no more. Undefined once somebody
   * else has released it: look for what they have left, and try again. One request where it is free; else one more for each look, and for the takeover.
   */
  static async acquire(
    storage: Storage,
    key: string,
    timing: Timing,
    signal: AbortSignal | undefined,
  ): Promise<Lease | undefined> {
    const free = await Lease.#take(storage, key, timing, "absent");
    if (free !== undefined) return free;
    let seen: { readonly version: string; readonly since: number } | undefined;
    for (let pause = timing.firstPause; ; pause = Math.min(pause * 1.5, timing.longestPause)) {
      const asked = timing.now();
      const held = await read(storage, key, signal);
      if (held === undefined) return undefined;
      const isSilent = held.version === seen?.version && asked - seen.since >= held.ttl;
      if (held.version !== seen?.version) seen = { version: held.version, since: timing.now() };
      if (isSilent || fateOf(held.owner) === "dead") {
        const taken = await Lease.#take(storage, key, timing, { version: held.version });
        if (taken !== undefined) return taken;
        seen = undefined;
      }
      // Many who wait for one lease do not look at the same moment.
      await timing.sleep(pause * (0.75 + Math.random() / 2), signal);
    }
  }

  // Without a signal: an abort would leave it open whether the lease is taken.
  static async #take(
    storage: Storage,
    key: string,
    timing: Timing,
    when: "absent" | { readonly version: string },
  ): Promise<Lease | undefined> {
    const holder = randomUUID();
    try {
      const { version } = await storage.put(key, textOf(holder, 0, timing), { when });
      return new Lease(storage, key, timing, holder, version);
    } catch (error) {
      if (isTaken(error)) return undefined;
      // Where the answer was lost, the lease tells whose it is.
      const held = error instanceof StorageError && error.ambiguous ? await read(storage, key, undefined) : undefined;
      if (held?.holder === holder) return new Lease(storage, key, timing, holder, held.version);
      throw error;
    }
  }

  /** Lets others compute, unless the lease is somebody else's by now. What the storage fails at is left to the time to live. */
  async release(): Promise<void> {
    this.#released = true;
    this.#cancel();
    await this.#renewing;
    if (this.#lost) return;
    try {
      await this.#storage.delete(this.#key, { when: { version: this.#version } });
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
    }
  }

  #renewLater(): void {
    if (this.#released || this.#lost) return;
    this.#cancel = this.#timing.later(this.#timing.ttl / 3, () => {
      this.#renewing = this.#renew().then(() => this.#renewLater());
    });
  }

  async #renew(): Promise<void> {
    const text = textOf(this.#holder, ++this.#renewals, this.#timing);
    try {
      const { version } = await this.#storage.put(this.#key, text, { when: { version: this.#version } });
      this.#version = version;
    } catch (error) {
      if (!isTaken(error)) return; // The next one may succeed.
      // It may have been an earlier renewal of ours, whose answer was lost.
      const held = await read(this.#storage, this.#key, undefined).catch(() => undefined);
      if (held?.holder === this.#holder) this.#version = held.version;
      else this.#lost = true;
    }
  }
}

interface HeldLease {
  readonly version: string;
  readonly holder: string | undefined;
  readonly ttl: number;
  readonly owner: string;
}

async function read(storage: Storage, key: string, signal: AbortSignal | undefined): Promise<HeldLease | undefined> {
  const object = await storage.get(key, { signal });
  if (object === undefined) return undefined;
  const { holder, ttl, owner } = parse(await object.bytes());
  const believed = typeof ttl === "number" && ttl > 0 && ttl < MAX_TTL ? ttl : MAX_TTL;
  return { version: object.info.version, holder, ttl: believed, owner: String(owner) };
}

function parse(bytes: Uint8Array): Partial<LeaseText> {
  try {
    return (JSON.parse(new TextDecoder().decode(bytes)) ?? {}) as Partial<LeaseText>;
  } catch {
    return {};
  }
}

function textOf(holder: string, renewal: number, { ttl }: Timing): Uint8Array {
  const text: LeaseText = { holder, renewal, ttl, owner: ownedName(), process: `${process.pid} on ${hostname()}` };
  return new TextEncoder().encode(JSON.stringify(text));
}

function isTaken(error: unknown): boolean {
  return error instanceof StorageError && (error.code === "AlreadyExists" || error.code === "Conflict");
}
