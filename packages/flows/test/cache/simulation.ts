import { memory, StorageError } from "@coatcheck/core";
import type { CacheStore } from "../../src/cache/entry.ts";
import { type Computed, Computations } from "../../src/cache/once.ts";
import type { Timing } from "../../src/cache/timing.ts";
import { cacheOn, wrapped } from "./support.ts";

/** What goes wrong in a process: at its `step`-th request to the storage. */
export interface Mishap {
  readonly kind:
    /** It is killed, before or after the request took effect. */
    | "killed"
    | "killed after"
    /** It stands still for `pause`, before the request, or before its answer is looked at. */
    | "paused"
    | "paused after"
    /** The request fails without effect, or with effect and nobody knows. */
    | "refused"
    | "answer lost";
  readonly process: number;
  readonly step: number;
  readonly pause: number;
}

/** A call of the function that is computed once. */
export interface Call {
  readonly process: number;
  readonly at: number;
  readonly duration: number;
  readonly refresh: boolean;
  readonly expiration: number | undefined;
}

/** What became of a call; undefined while it is under way, and for good where its process was killed. */
export type Outcome = { readonly computed: Computed<number>; readonly value: number } | { readonly error: unknown };

export const TTL = 300;

/** A few processes, a storage that takes its time, and what goes wrong, in a time of its own: nothing waits for a clock. */
export class Simulation {
  readonly outcomes: (Outcome | undefined)[] = [];
  /** What happened to the cache's record and to the lease, in order. */
  readonly writes: { readonly what: "cache" | "lease"; readonly operation: string; readonly process: number }[] = [];
  /** Who computed, when it began: the value is the place in this list. */
  readonly computations: { readonly process: number; readonly at: number }[] = [];
  now = 0;
  readonly #storage = memory();
  readonly #events: { readonly at: number; readonly run: () => void }[] = [];
  readonly #delay: () => number;

  constructor(delay: () => number) {
    this.#delay = delay;
  }

  /** Runs all calls to their end, with what goes wrong in between. */
  async run(calls: readonly Call[], mishaps: readonly Mishap[]): Promise<void> {
    const processes = new Map<number, SimulatedProcess>();
    for (const { process } of calls) {
      if (processes.has(process)) continue;
      const simulated = new SimulatedProcess(
        this,
        process,
        mishaps.filter((each) => each.process === process),
      );
      await simulated.open();
      processes.set(process, simulated);
    }
    for (const [index, call] of calls.entries()) {
      const process = processes.get(call.process)!;
      process.later(call.at, () => {
        void process.call(call).then(
          (outcome) => (this.outcomes[index] = outcome),
          (error: unknown) => (this.outcomes[index] = { error }),
        );
      });
    }
    for (let events = 0; ; events++) {
      // Everything that follows from the last event has happened by then.
      await new Promise((resolve) => setImmediate(resolve));
      const next = this.#next();
      if (next === undefined) return;
      if (events > 20_000) throw new Error("It never ends.");
      this.now = Math.max(this.now, next.at);
      next.run();
    }
  }

  /** Calls `run` after `ms` of the simulation's time. */
  schedule(ms: number, run: () => void): void {
    this.#events.push({ at: this.now + ms, run });
  }

  /** One request of a process: on its way, in effect, and on its way back. */
  async request<T>(process: SimulatedProcess, operation: string, key: string, call: () => Promise<T>): Promise<T> {
    const mishap = process.step();
    if (mishap?.kind === "killed") process.kill();
    if (mishap?.kind === "paused") process.pause(mishap.pause);
    await process.resumed();
    await new Promise<void>((resolve) => this.schedule(this.#delay(), resolve));
    if (mishap?.kind === "refused") {
      await process.hears(this.#delay());
      throw new StorageError({ code: "Unavailable", detail: "refused", retryable: true });
    }
    const what = key.split("/")[1] as "cache" | "lease";
    const effect = await call().then(
      (value) => {
        if (operation === "put" || operation === "delete")
          this.writes.push({ what, operation, process: process.number });
        return { value };
      },
      (error: unknown) => ({ error }),
    );
    if (mishap?.kind === "killed after") process.kill();
    if (mishap?.kind === "paused after") process.pause(mishap.pause);
    await process.hears(this.#delay());
    if (mishap?.kind === "answer lost" && operation !== "get") {
      throw new StorageError({ code: "Unknown", detail: "answer lost", ambiguous: true });
    }
    if ("error" in effect) throw effect.error;
    return effect.value;
  }

  /** The storage as one process sees it. */
  async storeOf(process: SimulatedProcess): Promise<CacheStore> {
    const around = <T>(operation: string, key: string, call: () => Promise<T>): Promise<T> =>
      this.request(process, operation, key, call);
    return await cacheOn(wrapped(around, this.#storage));
  }

  /** The keys that are left. */
  async keys(): Promise<string[]> {
    return (await this.#storage.list()).objects.map(({ key }) => key);
  }

  #next(): { readonly at: number; readonly run: () => void } | undefined {
    let first = 0;
    for (const [index, { at }] of this.#events.entries()) if (at < this.#events[first]!.at) first = index;
    return this.#events.splice(first, 1)[0];
  }
}

class SimulatedProcess {
  readonly number: number;
  readonly #simulation: Simulation;
  readonly #mishaps: readonly Mishap[];
  readonly #computations: Computations;
  #store!: CacheStore;
  #steps = 0;
  #alive = true;
  #pausedUntil = 0;

  constructor(simulation: Simulation, number: number, mishaps: readonly Mishap[]) {
    this.#simulation = simulation;
    this.number = number;
    this.#mishaps = mishaps;
    const timing: Timing = {
      ttl: TTL,
      firstPause: 5,
      longestPause: 40,
      now: () => simulation.now,
      sleep: (ms) => new Promise<void>((resolve) => this.later(ms, resolve)),
      later: (ms, then) => {
        let cancelled = false;
        this.later(ms, () => {
          if (!cancelled) then();
        });
        return () => (cancelled = true);
      },
    };
    this.#computations = new Computations(timing);
  }

  async open(): Promise<void> {
    this.#store = await this.#simulation.storeOf(this);
  }

  async call({ duration, refresh, expiration }: Call): Promise<Outcome> {
    const compute = async (): Promise<number> => {
      const value = this.#simulation.computations.push({ process: this.number, at: this.#simulation.now }) - 1;
      await new Promise<void>((resolve) => this.later(duration, resolve));
      return value;
    };
    const computed = await this.#computations.once({ store: this.#store, key: "k", compute, refresh, expiration });
    return { computed, value: await computed.result.get() };
  }

  /** Calls `run` after `ms`; later while it stands still, never once it is killed. */
  later(ms: number, run: () => void): void {
    this.#simulation.schedule(ms, () => {
      if (!this.#alive) return;
      const left = this.#pausedUntil - this.#simulation.now;
      if (left > 0) this.later(left, run);
      else run();
    });
  }

  step(): Mishap | undefined {
    const step = this.#steps++;
    return this.#mishaps.find((each) => each.step === step);
  }

  kill(): void {
    this.#alive = false;
  }

  pause(ms: number): void {
    this.#pausedUntil = this.#simulation.now + ms;
  }

  /** Resolves once it goes on; never where it is killed. */
  async resumed(): Promise<void> {
    await this.hears(0);
  }

  /** Resolves when an answer has come that takes so long. */
  async hears(ms: number): Promise<void> {
    await new Promise<void>((resolve) => this.later(ms, resolve));
  }
}
