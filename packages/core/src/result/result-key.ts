import { StorageError } from "../errors.ts";
import { checkKey } from "../storage/keys.ts";

/** Keys under this are the project's own: hidden from listings, refused from callers. */
export const RESERVED_PREFIX = ".coatcheck/";
/** Keys under this are those of results that tasks have cached. */
export const CACHE_PREFIX: string = `${RESERVED_PREFIX}cache/`;

/**
 * Throws `InvalidKey` where no result can be kept at `key`. Of keys under {@link RESERVED_PREFIX}, all others where
 * `reserved` is true, else these.
 */
export function checkResultKey(key: string, reserved = false): void {
  checkKey(key);
  const why =
    key.startsWith(RESERVED_PREFIX) !== reserved
      ? `keys under ${RESERVED_PREFIX} are ${reserved ? "all there is here" : "the project's own"}`
      : /^\s*\{/.test(key)
        ? "a key that begins with { would be taken for a reference"
        : undefined;
  if (why !== undefined) throw new StorageError({ code: "InvalidKey", detail: `${why}. Choose another key.`, key });
}
