import { isOrdinary } from "./properties.ts";
import { isProxy, util } from "./realm.ts";

const { getOwnPropertyDescriptor, hasOwn, isExtensible } = Object;
const { isArray } = Array;
const { ownKeys } = Reflect;

/** From this length on the names of an array's elements are too many to be listed. */
const LONG = 256;
const BRIEF = { maxArrayLength: 0, customInspect: false, showHidden: true };

/**
 * Whether an array is plain: open, without holes, and without properties beside its elements and its length. Each element
 * is looked at: nothing else tells a getter in its place, or one that cannot be written to.
 */
export function isPlainArray(array: readonly unknown[]): boolean {
  if (isProxy(array) || !isArray(array) || !isExtensible(array)) return false;
  for (let index = 0; index < array.length; index++) {
    if (!isOrdinary(getOwnPropertyDescriptor(array, index))) return false;
  }
  return hasNothingElse(array) && getOwnPropertyDescriptor(array, "length")!.writable === true;
}

/** Whether an array has no own properties beside its elements and its length; its holes it may have. */
function hasNothingElse(array: readonly unknown[]): boolean {
  const { length } = array;
  if (length < LONG || !inspectTells) return ownKeys(array).length === length + 1;
  return util!.inspect(array, BRIEF) === `[ ... ${length} more items, [length]: ${length} ]`;
}

/** Whether an object is frozen. Engines say so of a sealed empty array too, whose length can still be set. */
export function isFrozen(object: object): boolean {
  return Object.isFrozen(object) && (!isArray(object) || getOwnPropertyDescriptor(object, "length")!.writable !== true);
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
