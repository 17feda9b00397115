import { AsyncLocalStorage } from "node:async_hooks";
import {
  ConfigurationError,
  type Duration,
  NoResult,
  parseDuration,
  type PersistedResult,
  type ResultError,
} from "@coatcheck/core";
import { type CacheEntry, type CacheStore, isFresh, unlessGone } from "./entry.ts";
import { Lease } from "./lease.ts";
import { type Timing, TIMING } from "./timing.ts";

/** What {@link computeOnce} is asked for. */
export interface Computation<T> {
  /** Where the result is looked for and kept. */
  readonly store: CacheStore;
  /** Computations of one key are one. */
  readonly key: string;
  /** Computes the value. Called once more only where somebody else's result had come first, and has expired by then. */
  readonly compute: () => Promise<T>;
  /** The age from which on a result that is there is not used any more. Default: none. */
  readonly expiration?: Duration | undefined;
  /** Compute anew, whatever is there. */
  readonly refresh?: boolean | undefined;
  /** Ends the wait for others, and with `compute` done, keeps nothing. */
  readonly signal?: AbortSignal | undefined;
  /** Called to write the value that was computed, by calling `write`, again where that may help. Default: one call. */
  readonly keep?: (<R>(value: unknown, write: () => Promise<R>) => Promise<R>) | undefined;
  /** The key at which the value is kept; default one of the cache's own. */
  readonly resultKey?: string | undefined;
  /** Told of a result that was damaged, and is computed anew. */
  readonly onDamage?: ((damage: ResultError) => void) | undefined;
}

/** What {@link computeOnce} gives. */
export interface Computed<T> {
  readonly result: PersistedResult<T>;
  /** The value is that of another call, of this process or another, now or before. */
  readonly cached: boolean;
}

/** A computation of this process that is under way. */
interface Flight<T> {
  /** It is a refresh that has not begun to compute: what it gives is new to another refresh, too. */
  servesRefresh: boolean;
  readonly ended: Promise<Ending<T>>;
  /** Those that it waits for: its function has asked for them. */
  readonly waits: Set<Flight<unknown>>;
}

type Ending<T> =
  | { readonly kind: "computed"; readonly result: PersistedResult<T>; readonly streams: boolean }
  | { readonly kind: "failed"; readonly error: unknown }
  /** The call that computed it was aborted; the others go on. */
  | { readonly kind: "aborted" };

/** The computation that code is part of. */
const around = new AsyncLocalStorage<Flight<unknown>>();

/** Computations of one process. */
export class Computations {
  readonly #timing: Timing;
  readonly #flights = new Map<string, Flight<any>>();

  constructor(timing: Timing = TIMING) {
    this.#timing = timing;
  }

  /** See {@link computeOnce}. */
  async once<T>(computation: Computation<T>): Promise<Computed<T>> {
    const { store, key, resultKey, refresh = false, signal } = computation;
    const entry = store.entry<T>(key, resultKey);
    for (;;) {
      signal?.throwIfAborted();
      const flight: Flight<T> | undefined = this.#flights.get(entry.id);
      if (flight === undefined) return await this.#lead(entry, computation);
      const mayTake = !refresh || flight.servesRefresh;
      const ending = await waited(flight, key, () => unlessAborted(flight.ended, signal));
      if (!mayTake || ending.kind === "aborted") continue;
      if (ending.kind === "failed") throw ending.error;
      if (!isFresh(ending.result, maxAgeOf(computation))) continue;
      // A result of its own: what one caller does to its value must not reach another. It is read now, for the next refresh
      // replaces it.
      const result = ending.result.clone();
      const there = ending.streams || (await unlessGone(result.get().then(() => true)));
      if (there !== undefined) return { result, cached: true };
    }
  }

  async #lead<T>(entry: CacheEntry<T>, computation: Computation<T>): Promise<Computed<T>> {
    let end!: (ending: Ending<T>) => void;
    const ended = new Promise<Ending<T>>((resolve) => (end = resolve));
    const flight: Flight<T> = { servesRefresh: computation.refresh === true, ended, waits: new Set() };
    this.#flights.set(entry.id, flight);
    try {
      const computed = await waited(flight, computation.key, () => this.#compute(entry, computation, flight));
      const { result } = computed;
      end({ kind: "computed", result, streams: result.value === NoResult });
      return computed;
    } catch (error) {
      end(computation.signal?.aborted === true ? { kind: "aborted" } : { kind: "failed", error });
      throw error;
    } finally {
      this.#flights.delete(entry.id);
    }
  }

  async #compute<T>(entry: CacheEntry<T>, computation: Computation<T>, flight: Flight<T>): Promise<Computed<T>> {
    const { refresh = false, signal } = computation;
    for (;;) {
      const found = refresh ? undefined : await entry.look(maxAgeOf(computation), signal);
      if (found?.kind === "there") return { result: found.result, cached: true };
      const lease = await Lease.acquire(entry.storage, entry.leaseKey, this.#timing, signal);
      if (lease === undefined) continue;
      try {
        const computed = await underLease(entry, computation, flight);
        if (computed !== undefined) return computed;
      } finally {
        await lease.release();
      }
    }
  }
}

// Undefined where somebody else's result was there in between, and is gone again: from the beginning, then.
async function underLease<T>(
  entry: CacheEntry<T>,
  computation: Computation<T>,
  flight: Flight<T>,
): Promise<Computed<T> | undefined> {
  const { compute, keep = writeOnce, refresh = false, signal } = computation;
  signal?.throwIfAborted();
  // Who held the lease before may have kept its result after it was looked for here.
  const found = refresh ? undefined : await entry.look(maxAgeOf(computation), signal);
  if (found?.kind === "there") return { result: found.result, cached: true };
  const base = found === undefined ? await entry.base(signal) : found.kind === "stale" ? found : "absent";
  if (found?.kind === "stale" && found.damage !== undefined) computation.onDamage?.(found.damage);
  flight.servesRefresh = false;
  const value = await around.run(flight, compute);
  signal?.throwIfAborted();
  const result = await keep(value, async () => await entry.write(value, base, signal));
  if (result !== undefined) return { result, cached: false };
  const winner = await entry.look(refresh ? undefined : maxAgeOf(computation), signal);
  return winner.kind === "there" ? { result: winner.result, cached: true } : undefined;
}

async function writeOnce<R>(_: unknown, write: () => Promise<R>): Promise<R> {
  return await write();
}

/** Waits for a computation, unless that one waits for the one that this is part of. */
async function waited<T>(flight: Flight<any>, key: string, wait: () => Promise<T>): Promise<T> {
  const outer = around.getStore();
  if (outer === undefined) return await wait();
  if (waitsFor(flight, outer)) {
    throw new ConfigurationError(
      "InvalidOption",
      `What is computed for the cache key ${JSON.stringify(key)} waits for itself: it is asked for again inside of its own computation. Give the inner call another key, or none.`,
    );
  }
  outer.waits.add(flight);
  try {
    return await wait();
  } finally {
    outer.waits.delete(flight);
  }
}

// Each is looked at once, however many ways lead to it.
function waitsFor(flight: Flight<unknown>, other: Flight<unknown>): boolean {
  const reached = new Set([flight]);
  for (const each of reached) for (const next of each.waits) reached.add(next);
  return reached.has(other);
}

function maxAgeOf({ expiration }: Computation<unknown>): number | undefined {
  return expiration === undefined ? undefined : parseDuration(expiration, "cacheExpiration");
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await promise;
  let abort!: () => void;
  const aborted = new Promise<never>((_, reject) => (abort = () => reject(signal.reason)));
  signal.addEventListener("abort", abort);
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

const computations = new Computations();

/**
 * The result of a key: the one that is there, else that of one computation, whoever asks for it at the same time, in this
 * process and in others that use the same storage.
 *
 * Who computes holds a lease, which others wait for; one that is silent for 30 seconds (it was killed, or its event loop
 * stood still) is taken over; one whose process has ended on the same machine, at once. Should it go on after that, it
 * cannot write over what is there by then: it gets that, as everybody else does. So there is one computation, unless a holder is silent for so long.
 *
 * Where `compute` fails, nothing is kept: the error goes to the calls of this process that waited for it, and of the
 * processes that wait, one computes. With `refresh`, calls that are made while a computation is under way wait for one that
 * begins after it. Requests: 1 where the result is there, its value included; 5 for a computation, and 1 more every 10 seconds; about
 * 10 + s / 2 in each other process that waits for s seconds.
 */
export async function computeOnce<T>(computation: Computation<T>): Promise<Computed<T>> {
  return await computations.once(computation);
}
