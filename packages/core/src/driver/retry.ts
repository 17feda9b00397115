import { StorageError } from "../errors.ts";

/** What a driver makes of one failed attempt. */
export interface Failure {
  /** `retryable` of it says whether the request may be repeated. */
  readonly error: StorageError;
  /** Milliseconds that the service asks to wait. */
  readonly retryAfter?: number | undefined;
  /** The request may have taken effect all the same: its answer did not come, or does not say. */
  readonly applied: boolean;
}

/** How often and how long a request is repeated. */
export interface RetryPolicy {
  /** Attempts in all, the first included. */
  readonly attempts: number;
  /** Milliseconds from the first attempt after which no other begins. */
  readonly budget: number;
  /** Milliseconds that the first wait has at most; each further one has twice as many. */
  readonly firstDelay: number;
  /** Milliseconds that any wait has at most, unless the service asks for more. */
  readonly maxDelay: number;
}

/** Eight attempts within a minute. */
export const RETRY_POLICY: RetryPolicy = Object.freeze({
  attempts: 8,
  budget: 60_000,
  firstDelay: 100,
  maxDelay: 10_000,
});

/** Options of {@link retry}. */
export interface RetryOptions {
  readonly explain: (error: unknown) => Failure;
  readonly policy: RetryPolicy;
  readonly signal?: AbortSignal | undefined;
  /** False where the request cannot be sent twice, as when its body is a stream: then one attempt is all. Default true. */
  readonly repeatable?: boolean;
  /** Told of every failed attempt. */
  readonly onFailure?: (failure: Failure) => void;
}

/**
 * Calls until it succeeds, for as long as `explain` says that the failure is retryable and the policy has attempts and
 * time left; rejects with the StorageError of the last failure. Waits are exponential with full jitter, and never
 * shorter than the service asks; one that would go past the budget is not begun. An abort ends a wait at once, with
 * the signal's reason.
 */
export async function retry<T>(call: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { explain, policy, signal, repeatable = true, onFailure } = options;
  const started = performance.now();
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    try {
      return await call();
    } catch (cause) {
      if (signal?.aborted === true) throw signal.reason;
      const failure = explain(cause);
      onFailure?.(failure);
      const { error, retryAfter = 0 } = failure;
      const longest = Math.min(policy.maxDelay, policy.firstDelay * 2 ** (attempt - 1));
      const delay = Math.max(retryAfter, Math.random() * longest);
      const late = performance.now() - started + delay > policy.budget;
      if (!repeatable || !error.retryable || attempt >= policy.attempts || late) throw error;
      await sleep(delay, signal);
    }
  }
}

/** Milliseconds that a `Retry-After` header asks for, as seconds or as a date; undefined where it says neither. */
export function parseRetryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

/** The same error with `ambiguous` set: it cannot be told whether the write took place. */
export function ambiguous(error: StorageError): StorageError {
  const { code, detail, retryable, cause } = error;
  return new StorageError({
    code,
    detail: `${detail} It cannot be told whether the write took place: look before you repeat it.`,
    retryable,
    ambiguous: true,
    ...("cause" in error ? { cause } : {}),
  });
}

async function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal!.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", abort, { once: true });
  });
}
