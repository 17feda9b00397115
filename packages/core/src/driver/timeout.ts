import { StorageError } from "../errors.ts";

/** An AbortController that follows the caller's signal until it is released. */
export class LinkedAbort {
  readonly #controller: AbortController = new AbortController();
  readonly #outer: AbortSignal | undefined;
  readonly #follow: () => void;
  #watcher: ((reason: unknown) => void) | undefined;

  constructor(outer: AbortSignal | undefined) {
    this.#outer = outer;
    this.#follow = () => this.abort(outer!.reason);
    // Not AbortSignal.any: on Node 20 what it makes is kept for as long as the outer signal lives.
    if (outer?.aborted === true) this.#follow();
    else outer?.addEventListener("abort", this.#follow, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Aborts what listens to this one only. */
  abort(reason: unknown): void {
    if (this.signal.aborted) return;
    this.#controller.abort(reason);
    this.#watcher?.(reason);
  }

  /** Tells one watcher of an abort, in place of the one before: a listener of the signal costs much more. */
  watch(watcher: ((reason: unknown) => void) | undefined): void {
    this.#watcher = watcher;
    if (this.signal.aborted) watcher?.(this.signal.reason);
  }

  /** Stops following: for when the work has ended. */
  release(): void {
    this.#outer?.removeEventListener("abort", this.#follow);
  }
}

/**
 * What `promise` gives, unless `ms` pass or `abort` does before: then it rejects with `Timeout` or the reason at once,
 * and aborts what the promise stands for. That may not listen; it is no longer waited for.
 */
export async function withTimeout<T>(promise: Promise<T>, ms: number, abort: LinkedAbort, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      abort.watch(reject);
      timer = setTimeout(() => abort.abort(timeoutError(ms, what)), ms);
      promise.then(resolve, reject);
    });
  } finally {
    clearTimeout(timer);
    abort.watch(undefined);
  }
}

function timeoutError(ms: number, what: string): StorageError {
  return new StorageError({
    code: "Timeout",
    detail: `${what} within ${ms / 1000} seconds. Look at the network and the service, and try again.`,
    retryable: true,
  });
}
