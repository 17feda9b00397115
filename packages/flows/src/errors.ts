import { CoatcheckError } from "@coatcheck/core";

/** The result of a run was asked for that is not over, or that will never run: its upstream has no value. */
export class UnfinishedRun extends CoatcheckError {
  readonly code = "UnfinishedRun";

  constructor(run: string, state: string, upstream?: { readonly thrown: unknown }) {
    super(
      state === "NotReady"
        ? `Run "${run}" has no result: it did not run, for a run that it needs the value of has none (state "NotReady"). The cause says why.`
        : `Run "${run}" has no result yet: its state is "${state}". Wait for it: await future.wait().`,
      upstream === undefined ? {} : { cause: upstream.thrown },
    );
  }
}

/** The run was cancelled: before its function was called, or while it ran. `cause` is the reason that was given. */
export class RunCancelled extends CoatcheckError {
  readonly code = "RunCancelled";

  constructor(run: string, why: string, options: { readonly cause?: unknown } = {}) {
    super(`Run "${run}" was cancelled: ${why}.`, options);
  }
}

/** The function took longer than its `timeout`. Its signal was aborted with this error. */
export class RunTimedOut extends CoatcheckError {
  readonly code = "RunTimedOut";
  /** The id of the run. */
  readonly run: string;
  /** The timeout, in milliseconds. */
  readonly timeout: number;

  constructor(run: { readonly id: string; readonly name: string }, timeout: number) {
    super(`Run "${run.name}" took longer than its timeout of ${timeout} ms.`);
    this.run = run.id;
    this.timeout = timeout;
  }
}

// As the errors of core: known by a brand, so that copies of the package know each other's.
for (const errorClass of [UnfinishedRun, RunCancelled, RunTimedOut]) {
  Object.defineProperty(errorClass.prototype, Symbol.for("coatcheck.error"), { value: errorClass.name });
  Object.defineProperty(errorClass.prototype, "name", { value: errorClass.name, configurable: true, writable: true });
}
