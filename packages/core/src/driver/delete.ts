import { StorageError } from "../errors.ts";
import { retry, type RetryOptions } from "./retry.ts";

/** A key that was not deleted, and why. */
export interface NotDeleted {
  readonly key: string;
  readonly error: StorageError;
}

/**
 * Deletes keys by requests for up to `batch` of them, one after the other. `send` is one attempt, and gives what of its
 * keys was not deleted: those whose error is retryable are sent again, as the policy has it. All are tried; afterwards it
 * rejects with an AggregateError of what failed, each with its key. An abort ends it at once, with the caller's reason.
 */
export async function deleteInBatches(
  keys: readonly string[],
  batch: number,
  send: (keys: readonly string[]) => Promise<readonly NotDeleted[]>,
  options: RetryOptions,
): Promise<void> {
  const errors: StorageError[] = [];
  for (let at = 0; at < keys.length; at += batch) {
    errors.push(...(await deleteBatch(keys.slice(at, at + batch), send, options)));
  }
  if (errors.length > 0) throw new AggregateError(errors, `${errors.length} of ${keys.length} were not deleted.`);
}

async function deleteBatch(
  keys: readonly string[],
  send: (keys: readonly string[]) => Promise<readonly NotDeleted[]>,
  options: RetryOptions,
): Promise<StorageError[]> {
  const errors: StorageError[] = [];
  let left = keys;
  try {
    await retry(async () => {
      const failed = await send(left);
      errors.push(...failed.filter(({ error }) => !error.retryable).map(keyed));
      const again = failed.filter(({ error }) => error.retryable);
      left = again.map(({ key }) => key);
      if (again[0] !== undefined) throw again[0].error;
    }, options);
  } catch (error) {
    if (options.signal?.aborted === true || !(error instanceof StorageError)) throw error;
    errors.push(...left.map((key) => keyed({ key, error })));
  }
  return errors;
}

function keyed({ key, error: { code, detail, retryable, cause } }: NotDeleted): StorageError {
  return new StorageError({ code, detail, retryable, key, ...(cause === undefined ? {} : { cause }) });
}
