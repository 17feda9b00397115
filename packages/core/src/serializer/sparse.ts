const { hasOwn } = Object;
const { deleteProperty } = Reflect;
/** Further from the first elements than engines make room for in one piece. */
const FAR = 2048;
/** Digits that the number of an element has at most. */
const MAX_DIGITS = 10;

/**
 * Whether an element under `name` stands so far out that room for all before it would take many times what it takes itself.
 * `position` is how many properties the object may have before it. Some names that are no numbers are far out too.
 */
export function isFarOut(name: PropertyKey, position: number): boolean {
  if (typeof name !== "string" || name.length > MAX_DIGITS) return false;
  const first = name.charCodeAt(0);
  return first >= 0x31 && first <= 0x39 && Number(name) > 32 + 8 * position;
}

/**
 * Makes the engine keep the elements of an object as a table. Otherwise it makes room for up to a thousand that are not
 * there, 12 kB for `{ "1000": 1 }`, and for all below the `length` of an array, which still has to be set.
 */
export function keepSparse(object: object, length = 0): void {
  const far = Math.max(FAR, length) - 1;
  if (hasOwn(object, far)) return;
  (object as Record<number, unknown>)[far] = 0;
  deleteProperty(object, far);
}
