import type { Result } from "@coatcheck/core";
import { UnfinishedRun } from "./errors.ts";

/** What a run is doing, or how it ended. */
export type StateType =
  "Scheduled" | "Pending" | "Running" | "Retrying" | "Completed" | "Failed" | "Crashed" | "Cancelled" | "TimedOut";

const ENDED: ReadonlySet<StateType> = new Set(["Completed", "Failed", "Crashed", "Cancelled", "TimedOut"]);

/** Options of `result()`. */
export interface ResultOptions {
  /** False: the error of a run that failed is given back instead of thrown. Default true. */
  readonly raiseOnFailure?: boolean;
}

/** What a {@link State} is made of. */
export interface StateInit<T> {
  readonly type: StateType;
  /** Default: the type. */
  readonly name?: string;
  readonly message?: string;
  /** The run's own name, for messages. */
  readonly run: string;
  /** The value, or the error, as a result: literal, persisted or in this process only. */
  readonly data?: Result<T>;
  /** The error itself, where this process has it. */
  readonly error?: { readonly thrown: unknown };
}

/** The state of a run at one time: it does not change. `JSON.stringify(state)` holds the reference of the result. */
export class State<T = unknown> {
  readonly type: StateType;
  /** The type, or more than that: `Cached` for a value that came from the cache, `NotReady` where an upstream run failed. */
  readonly name: string;
  readonly message: string | undefined;
  /** The name of the run, as in `extract-0`. */
  readonly run: string;
  /** The value of a run that completed, or the error of one that did not, as a result. Undefined while there is none. */
  readonly data: Result<T> | undefined;
  readonly #time: number;
  readonly #error: { readonly thrown: unknown } | undefined;

  constructor(init: StateInit<T>) {
    this.type = init.type;
    this.name = init.name ?? init.type;
    this.message = init.message;
    this.#time = Date.now();
    this.run = init.run;
    this.data = init.data;
    this.#error = init.error;
  }

  /** When it became so. */
  get timestamp(): Date {
    return new Date(this.#time);
  }

  /** The run has not begun, for its time has not come. */
  isScheduled(): boolean {
    return this.type === "Scheduled";
  }
  /** The run waits: for its turn, its inputs, or for good where its name is `NotReady`. */
  isPending(): boolean {
    return this.type === "Pending";
  }
  /** The function is being called. */
  isRunning(): boolean {
    return this.type === "Running";
  }
  /** An attempt has failed, and the next one waits for its delay. */
  isRetrying(): boolean {
    return this.type === "Retrying";
  }
  /** There is a value. */
  isCompleted(): boolean {
    return this.type === "Completed";
  }
  /** The function threw, or gave a value that cannot be kept. */
  isFailed(): boolean {
    return this.type === "Failed";
  }
  /** What is around the function failed: a storage that could not be opened or written. */
  isCrashed(): boolean {
    return this.type === "Crashed";
  }
  /** It was cancelled, before its function was called or while it ran. */
  isCancelled(): boolean {
    return this.type === "Cancelled";
  }
  /** The function took longer than its `timeout`. */
  isTimedOut(): boolean {
    return this.type === "TimedOut";
  }
  /** The run is over, one way or another. */
  isFinal(): boolean {
    return ENDED.has(this.type);
  }

  /**
   * The value. A run that ended otherwise throws its error, the very object where this process has it; with
   * `raiseOnFailure: false` it is given back instead. A run that is not over throws {@link UnfinishedRun}, whatever the
   * flag. A value that was not kept and is not in this process is a MissingResult; what storage fails at is thrown as
   * it is.
   */
  result(options: { readonly raiseOnFailure: false }): Promise<T | Error>;
  result(options?: ResultOptions): Promise<T>;
  async result(options: ResultOptions = {}): Promise<unknown> {
    if (!this.isFinal()) throw new UnfinishedRun(this.run, this.name, this.#error);
    if (this.type === "Completed") return await this.data!.get();
    const error = this.#error === undefined ? await this.data!.get() : this.#error.thrown;
    if (options.raiseOnFailure === false) return error;
    throw error;
  }

  /** The state for others to read: they give `result` to the `read` of a ResultStore. */
  toJSON(): object {
    const { type, name, message, timestamp, run, data } = this;
    return { type, name, message, timestamp: timestamp.toISOString(), run, result: data?.toJSON() };
  }
}
