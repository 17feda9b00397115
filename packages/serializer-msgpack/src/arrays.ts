import { util } from "./realm.ts";

const { getOwnPropertySymbols, hasOwn, isExtensible, keys } = Object;
const { isArray } = Array;

/** From this length on the names of an array's elements are too many to be listed. */
const LONG = 256;
const BRIEF = { maxArrayLength: 0, customInspect: false, showHidden: true };

/** Whether it is an open array without holes, and without properties beside its elements and its length. */
export function arrayIsPlain(array: readonly unknown[]): boolean {
  if (!isArray(array) || !isExtensible(array)) return false;
  const { length } = array;
  if (length >= LONG && inspectTells) {
    if (util!.inspect(array, BRIEF) !== `[ ... ${length} more items, [length]: ${length} ]`) return false;
  } else if (keys(array).length !== length || getOwnPropertySymbols(array).length > 0) return false;
  return !hasHoles(array);
}

/** Whether an element is missing; what reads as undefined may be a hole. */
export function hasHoles(array: readonly unknown[]): boolean {
  const { length } = array;
  for (let index = 0; index < length; index++) {
    if (array[index] === undefined && !hasOwn(array, index)) return true;
  }
  return false;
}

/**
 * Nothing in the language lists the names beside the elements without listing the elements too, which would cost more
 * than writing them. Node's `inspect` does, and leaves out the elements when told to. This is whether it does so here.
 */
const inspectTells: boolean = (() => {
  const text = (change: (array: unknown[]) => void): string | undefined => {
    const array: unknown[] = [0, 0];
    change(array);
    return util?.inspect(array, BRIEF);
  };
  const plain = "[ ... 2 more items, [length]: 2 ]";
  const changes: ((array: unknown[]) => void)[] = [
    (array) => Object.assign(array, { extra: 1 }),
    (array) => Object.assign(array, { [Symbol("extra")]: 1 }),
    (array) => Object.defineProperty(array, "extra", { value: 1 }),
    (array) => Object.defineProperty(array, Symbol("extra"), { value: 1 }),
  ];
  return text(() => {}) === plain && changes.every((change) => text(change) !== plain);
})();

/** An empty array of that length, which holds no memory for its elements. */
export function arrayOfLength(length: number): unknown[] {
  const array: unknown[] = [];
  if (length > 1024) {
    // An element far out makes the engine keep the array as a dictionary; without it, it would make room for them all.
    array[length - 1] = 0;
    Reflect.deleteProperty(array, length - 1);
  } else array.length = length;
  return array;
}
