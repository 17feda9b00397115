import type { PersistedResult, Result, ResultStore, StorageError } from "@coatcheck/core";
import { retry, type RetryPolicy } from "@coatcheck/core/driver";

// The drivers of services repeat requests themselves; this is for what outlasts that, and for those that do not.
const POLICY: RetryPolicy = { attempts: 4, budget: 60_000, firstDelay: 100, maxDelay: 5_000 };

/** Options of {@link keep}. */
export interface KeepOptions {
  /** Without it, a unique id. */
  readonly key: string | undefined;
  /** Whether the value stays in memory beside the record. */
  readonly inMemory: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Keeps a value as a result, as {@link persistently} does. */
export async function keep<T>(store: ResultStore, value: T, options: KeepOptions): Promise<Result<T>> {
  const { key, inMemory, signal } = options;
  const result = await persistently(value, async () => await store.write(value, { key, signal }), signal);
  if (!inMemory && result.kind === "persisted") (result as PersistedResult<T>).release();
  return result;
}

/**
 * Writes a value. What a storage says may succeed later is tried again, with growing waits; anything else is thrown as it is.
 * A stream can be sent once only, so that it is not tried again.
 */
export async function persistently<R>(
  value: unknown,
  write: () => Promise<R>,
  signal: AbortSignal | undefined,
): Promise<R> {
  return await retry(write, {
    policy: POLICY,
    signal,
    repeatable: !isStream(value),
    explain: (error) => ({
      error: (error ?? new Error("The serializer threw nothing.")) as StorageError,
      applied: false,
    }),
  });
}

/** Whether `value` can be read once only. */
export function isStream(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { getReader, pipe } = value as { getReader?: unknown; pipe?: unknown };
  return typeof getReader === "function" || typeof pipe === "function";
}
