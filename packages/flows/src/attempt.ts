import { setMaxListeners } from "node:events";
import type { LoadedSettings } from "@coatcheck/core/settings";
import type { Submitted } from "./children.ts";
import type { Definition } from "./definition.ts";
import { parametersOf } from "./parameters.ts";
import type { Plan } from "./plan.ts";
import type { Run } from "./run.ts";
import { runInScope, type Scope } from "./scope.ts";
import type { SettingsOverlay } from "./settings.ts";

/** What the code of a flow or task can know of the run it is in: see {@link currentRun}. */
export interface CurrentRun {
  readonly kind: "flow" | "task";
  /** A UUID. */
  readonly id: string;
  /** The run's own name, as in `extract-0`. */
  readonly name: string;
  /** The name of the flow or task, as in `extract`. */
  readonly definition: string;
  /** Which attempt this is, from 1. */
  readonly runCount: number;
  /** The arguments by position, and by name where there are names. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Aborted when the run is cancelled or takes longer than its `timeout`; the reason is the error that the run ends with. */
  readonly signal: AbortSignal;
  /** The run it was called in. */
  readonly parent: CurrentRun | undefined;
}

/** One call of a run's function, and the scope of everything that is called in it. */
export class Attempt implements Scope, CurrentRun {
  readonly run: Run;
  readonly runCount: number;
  /**
   * The attempt that looks after what is called here: itself, or, where the function was called with nothing around it, the
   * nearest one outside that can.
   */
  readonly host: Attempt;
  /** Why its function should end. */
  stopped: Error | undefined;
  /** Why nothing new begins in it. */
  closed: { readonly reason: unknown } | undefined;
  /** Futures that were made here. */
  submitted: Submitted | undefined;
  /** Runs called here that are not over, to be told when this is stopped. */
  #children: Set<Run> | undefined;
  #plans: WeakMap<Definition, Plan> | undefined;
  #calls: Map<string, { readonly fn: unknown; readonly calls: { next: number } }> | undefined;
  #occurrences: Map<string, number> | undefined;
  #controller: AbortController | undefined;

  constructor(run: Run, host?: Attempt) {
    this.run = run;
    this.runCount = run.count;
    this.host = host ?? this;
  }

  get attempt(): this {
    return this;
  }
  get overlay(): SettingsOverlay | undefined {
    return this.run.around?.overlay;
  }
  get loaded(): LoadedSettings | undefined {
    return this.run.loaded;
  }
  get plans(): WeakMap<Definition, Plan> {
    return (this.#plans ??= new WeakMap());
  }
  get kind(): "flow" | "task" {
    return this.run.definition.kind;
  }
  get id(): string {
    return this.run.id;
  }
  get name(): string {
    return this.run.name;
  }
  get definition(): string {
    return this.run.definition.name;
  }
  get parameters(): Readonly<Record<string, unknown>> {
    return parametersOf(this.run.args, this.run.definition.options);
  }
  get parent(): Attempt | undefined {
    return this.run.parent;
  }

  get signal(): AbortSignal {
    if (this.host !== this) return this.host.signal;
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      // Thousands of tasks may listen to the signal of one flow.
      setMaxListeners(0, this.#controller.signal);
      if (this.stopped !== undefined) this.#controller.abort(this.stopped);
    }
    return this.#controller.signal;
  }

  /** The children that are not over. */
  get children(): Set<Run> {
    return (this.#children ??= new Set());
  }

  /** Ends it: its signal is aborted, what runs in it is cancelled, and nothing new begins. */
  stop(reason: Error): void {
    if (this.stopped !== undefined) return;
    this.stopped = reason;
    this.closed ??= { reason };
    for (const child of this.#children ?? []) child.dismiss(this);
    this.#controller?.abort(reason);
  }

  /** Lets nothing new begin in it, and what has begun go on. */
  close(reason: unknown): void {
    this.closed ??= { reason };
    for (const child of this.#children ?? []) {
      if (child.phase === "Scheduled" || child.phase === "Pending") child.dismiss(this);
    }
  }

  /** Waits until what has begun in it is over. */
  async emptied(): Promise<void> {
    while (this.#children !== undefined && this.#children.size > 0) {
      await Promise.allSettled(Array.from(this.#children, async (child) => await child.over));
    }
  }

  /** What the calls of a name have in common in this attempt. */
  callsOf({ kind, name, fn }: Definition): { readonly fn: unknown; readonly calls: { next: number } } {
    this.#calls ??= new Map();
    const key = `${kind}:${name}`;
    let entry = this.#calls.get(key);
    if (entry === undefined) this.#calls.set(key, (entry = { fn, calls: { next: 0 } }));
    return entry;
  }

  /** How many calls of this key there were before in this attempt. */
  occurrence(key: string): number {
    this.#occurrences ??= new Map();
    const count = this.#occurrences.get(key) ?? 0;
    this.#occurrences.set(key, count + 1);
    return count;
  }

  /** Calls the function of the run in this scope. */
  call(): unknown {
    const fn = this.run.definition.fn as (...args: readonly unknown[]) => unknown;
    return runInScope(this, fn, ...this.run.args);
  }
}
