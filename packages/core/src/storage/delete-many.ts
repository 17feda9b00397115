import { mapOrdered } from "../concurrency.ts";
import type { Abortable } from "./driver.ts";

/** Deletes under way at once where the driver has no `deleteMany`. */
const AT_ONCE = 16;

/** How keys are deleted. */
export interface Deletes {
  /** Deletes them all by the driver, where that can; rejects with an AggregateError where some fail. */
  readonly together: (() => Promise<void>) | undefined;
  /** Deletes one. */
  readonly one: (key: string) => Promise<void>;
  /** An error of `together` as the caller is told of it. */
  readonly located: (error: unknown) => unknown;
}

/** What `Storage.deleteMany` does, once its keys are checked. */
export async function deleteMany(keys: readonly string[], deletes: Deletes, { signal }: Abortable): Promise<void> {
  const errors: unknown[] = [];
  if (deletes.together !== undefined) {
    await deletes.together().catch((error: unknown) => {
      if (!(error instanceof AggregateError)) throw error;
      errors.push(...error.errors.map(deletes.located));
    });
  } else {
    const remove = async (key: string): Promise<unknown> => await deletes.one(key).catch((error) => errors.push(error));
    for await (const _ of mapOrdered(keys, AT_ONCE, remove));
    signal?.throwIfAborted();
  }
  if (errors.length > 0) throw new AggregateError(errors, `${errors.length} of ${keys.length} were not deleted.`);
}
