import { NoResult } from "@coatcheck/core";
import type { Run } from "./run.ts";
import { type ResultOptions, State } from "./state.ts";

/**
 * A run that was submitted, and the value it will have. It is not thenable, so that an async function can give it back:
 * `await future.result()` gives the value. One that fails while nobody has asked for it is reported when the flow ends.
 */
export class Future<T = unknown> {
  readonly #run: Run;
  readonly #done: Promise<State<T>>;

  /** Made by `submit` and `map`. */
  constructor(run: Run, done: Promise<State<T>>) {
    this.#run = run;
    this.#done = done;
  }

  /** The id of the run, a UUID. */
  get id(): string {
    return this.#run.id;
  }

  /** The name of the run, as in `extract-0`. */
  get name(): string {
    return this.#run.name;
  }

  /** The state that the run is in now. */
  get state(): State<T> {
    const { final, phase } = this.#run;
    if (final === undefined) return new State({ type: phase, run: this.name });
    this.#run.observed = true;
    return final as State<T>;
  }

  /** The state that the run ends in; never rejects. */
  async wait(): Promise<State<T>> {
    this.#run.observed = true;
    return await this.#done;
  }

  /** The value, once it is there; see {@link State.result}. */
  result(options: { readonly raiseOnFailure: false }): Promise<T | Error>;
  result(options?: ResultOptions): Promise<T>;
  async result(options: ResultOptions = {}): Promise<unknown> {
    this.#run.observed = true;
    const state = this.#run.final ?? (await this.#done);
    const { data } = state;
    // The common case, without a promise more: a value of this process.
    if (state.isCompleted() && data?.kind === "unpersisted" && data.value !== NoResult) return data.value;
    return await state.result(options);
  }

  /** Cancels the run: one that has not begun never does, one that has is told by its signal. One that is over stays as it is. */
  cancel(reason?: unknown): void {
    if (this.#run.final === undefined) this.#run.cancel("by its future", reason);
  }
}
