import { StorageError } from "../errors.ts";

/** An AbortController that follows the caller's signal until it is released. */
export class LinkedAbort {
  readonly #outer: AbortSignal | undefined;
  readonly #follow: (() => void) | undefined;
  #controller: AbortController | undefined;
  #aborted: { readonly reason: unknown } | undefined;
  #watcher: ((reason: unknown) => void) | undefined;

  constructor(outer: AbortSignal | undefined) {
    this.#outer = outer;
    if (outer === undefined) return;
    this.#follow = () => this.abort(outer.reason);
    // Not AbortSignal.any: on Node 20 what it makes is kept for as long as the outer signal lives.
    if (outer.aborted) this.#follow();
    else outer.addEventListener("abort", this.#follow, { once: true });
  }

  /** Made when it is first asked for: it costs more than all else here. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted !== undefined) this.#controller.abort(this.#aborted.reason);
    }
    return this.#controller.signal;
  }

  /** Aborts what listens to this one only. */
  abort(reason: unknown): void {
    if (this.#aborted !== undefined) return;
    this.#aborted = { reason };
    this.#controller?.abort(reason);
    this.#watcher?.(reason);
  }

  /** Tells one watcher of an abort, in place of the one before: a listener of the signal costs much more. */
  watch(watcher: ((reason: unknown) => void) | undefined): void {
    this.#watcher = watcher;
    if (this.#aborted !== undefined) watcher?.(this.#aborted.reason);
  }

  /** Stops following: for when the work has ended. */
  release(): void {
    if (this.#follow !== undefined) this.#outer!.removeEventListener("abort", this.#follow);
  }
}

/**
 * What `promise` gives, unless `ms` pass or `abort` does before: then it rejects with `Timeout` or the reason at once,
 * and aborts what the promise stands for. That may not listen; it is no longer waited for.
 */
export function withTimeout<T>(promise: Promise<T>, ms: number, abort: LinkedAbort, what: string): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => abort.abort(timeoutError(ms, what)), ms);
    const settled = (): void => {
      clearTimeout(timer);
      abort.watch(undefined);
    };
    const failed = (reason: unknown): void => {
      settled();
      reject(reason as Error);
    };
    abort.watch(failed);
    promise.then((value) => {
      settled();
      resolve(value);
    }, failed);
  });
}

function timeoutError(ms: number, what: string): StorageError {
  return new StorageError({
    code: "Timeout",
    detail: `${what} within ${ms / 1000} seconds. Look at the network and the service, and try again.`,
    retryable: true,
  });
}
