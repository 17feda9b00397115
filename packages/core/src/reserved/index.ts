import { Records } from "../result/records.ts";
import { checkStoreOptions, type ResultStoreOptions } from "../result/store-options.ts";

export { CACHE_PREFIX, checkResultKey, RESERVED_PREFIX } from "../result/result-key.ts";

/** Results under `.coatcheck/`: see {@link openReserved}. */
export type ReservedResults<T = unknown> = Pick<Records<T>, "write" | "fetch" | "delete">;

/**
 * Results under `.coatcheck/`, where a ResultStore refuses to write: for Coatcheck's own packages, which keep there what
 * they need besides the results of their users. The methods are those of ResultStore, but every key begins with
 * {@link RESERVED_PREFIX}, and `when` means the object as it is: over a record that has expired, `"absent"` is
 * `AlreadyExists`. `fetch` is `resolve`, with the value from the same request, unless it is a stream. Whoever is given such a result's reference reads it with an ordinary ResultStore.
 *
 * Throws {@link ConfigurationError} on what is wrong with the options, or where a package is missing. Sends no request.
 */
export async function openReserved<T = unknown>(options: ResultStoreOptions<T>): Promise<ReservedResults<T>> {
  checkStoreOptions(options);
  return await Records.open(options, true);
}
