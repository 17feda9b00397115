import { isPacked } from "./packed.ts";
import { isBuiltinInside, isProxy, util } from "./realm.ts";

const { getOwnPropertyDescriptor, getPrototypeOf, isExtensible } = Object;
const { toString } = Object.prototype;
const { isArray } = Array;
const { isView } = ArrayBuffer;
const { ownKeys } = Reflect;

/** From this length on the names of an array's elements are too many to be listed. */
const LONG = 48;
/** From this length on asking whether an array is packed costs less than looking at its elements. */
const MANY = 10;
const BRIEF = { maxArrayLength: 0, customInspect: false, showHidden: true };

/** Whether a property is a name and a value, and no more: not hidden, fixed, readonly, a getter or a setter. */
export function isOrdinary(property: PropertyDescriptor | undefined): property is PropertyDescriptor {
  // A getter or setter is neither writable nor not.
  return (
    property !== undefined &&
    property.writable === true &&
    property.enumerable === true &&
    property.configurable === true
  );
}

/**
 * Whether an object with the prototype of a literal is one: open to new properties, no Proxy, and nothing else inside, as
 * a Date is that was given another prototype. None of that shows in its properties. `isEmpty` says that it has none: then,
 * as it costs as much as all the rest, a Map, a Promise and the like are looked for too.
 */
export function isOpenObject(object: object, isEmpty: boolean): boolean {
  if (isProxy(object) || !isExtensible(object) || toString.call(object) !== "[object Object]") return false;
  if (isView(object)) return false; // Its elements look like properties.
  return !isEmpty || !isBuiltinInside(object);
}

/**
 * Whether an array with the prototype of a literal is plain: open, without holes, and without properties beside its elements
 * and its length. Each element is looked at, where {@link isPacked} does not answer for all: nothing else tells a getter in its
 * place, or one that cannot be written to.
 */
export function isPlainArray(array: readonly unknown[]): boolean {
  if (isProxy(array) || !isArray(array) || !isExtensible(array)) return false;
  if (!hasNothingBesideElements(array) || getOwnPropertyDescriptor(array, "length")!.writable !== true) return false;
  if (array.length >= MANY && getPrototypeOf(array) === Array.prototype && isPacked(array)) return true;
  for (let index = 0; index < array.length; index++) {
    if (!isOrdinary(getOwnPropertyDescriptor(array, index))) return false;
  }
  return true;
}

/** Whether an array in which no element is missing has no own properties beside its elements and its length. */
export function hasNothingBesideElements(array: readonly unknown[]): boolean {
  const { length } = array;
  if (length < LONG || !inspectTells) return ownKeys(array).length === length + 1;
  return util!.inspect(array, BRIEF) === `[ ... ${length} more items, [length]: ${length} ]`;
}

/** Whether an object is frozen. Engines say so of a sealed empty array too, whose length can still be set. */
export function isFrozen(object: object): boolean {
  return Object.isFrozen(object) && (!isArray(object) || getOwnPropertyDescriptor(object, "length")!.writable !== true);
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
