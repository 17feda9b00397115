import { sha256 } from "./text.ts";
import { textOf } from "./walk.ts";

/** Goes into every hash; a change of what is hashed would change it. */
const FORMAT = "coatcheck inputs 1:";

/**
 * The hash of a value, as 64 hexadecimal digits: the same in every process and on every machine, for equal values and for no
 * others.
 *
 * Order does not count in objects, Maps and Sets; it does in arrays. Content counts, not identity: two names for one object
 * are equal to two copies of it. All else counts: `1`, `"1"`, `1n` and `true`; `0` and `-0`; undefined, null, NaN, an empty
 * place in an array and a property that is missing; the type of a typed array; properties that were added to an array or an
 * Error. Not enumerable properties do not count, nor do an Error's stack and properties added to a typed array.
 *
 * Values may hold themselves. Within such a cycle identity counts, and the order of members of a Set and keys of a Map that
 * are in it.
 *
 * Throws {@link UnhashableInput}, with the path, for what is no data or cannot be told from others: functions, promises,
 * streams, symbols of one process, instances of classes that {@link registerInputClass} does not know.
 */
export function hashInputs(value: unknown): string {
  return sha256(FORMAT + textOf(value));
}
