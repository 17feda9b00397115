import { isWellFormed } from "./text.ts";

/** How deep a document is nested at most, tags not counted; what is deeper goes to a table. Readers of every language manage 64. */
export const MAX_DEPTH = 56;

const { getOwnPropertyDescriptor, getPrototypeOf } = Object;
const { ownKeys } = Reflect;
const { isArray } = Array;

/**
 * Whether JSON alone carries the value exactly: a tree, not too deep, of plain objects, dense arrays, strings, numbers,
 * booleans and null, in which nothing looks like a tag. Lone surrogates are not looked for here: they show in the text.
 */
export function isPlainTree(value: unknown): boolean {
  return isPlain(value, new Set(), 0);
}

function isPlain(value: unknown, seen: Set<object>, depth: number): boolean {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true;
    case "number":
      return isPlainNumber(value);
    case "object":
      if (value === null) return true;
      if (depth > MAX_DEPTH || seen.has(value)) return false;
      seen.add(value);
      return isArray(value) ? isPlainArray(value, seen, depth) : isPlainObject(value, seen, depth);
    default:
      return false;
  }
}

/** Whether JSON has the number: it has neither -0 (its writers drop the sign), nor NaN, nor the infinities. */
export function isPlainNumber(value: number): boolean {
  return value - value === 0 && (value !== 0 || 1 / value > 0);
}

function isPlainArray(array: readonly unknown[], seen: Set<object>, depth: number): boolean {
  if (getPrototypeOf(array) !== Array.prototype) return false;
  const { length } = array;
  // A hole reads as undefined, and so stops here too.
  for (let index = 0; index < length; index++) {
    if (!isPlain(array[index], seen, depth + 1)) return false;
  }
  return !hasExtraProperties(array);
}

/** Whether an array without holes has own properties beside its elements and its length. */
export function hasExtraProperties(array: readonly unknown[]): boolean {
  return ownKeys(array).length !== array.length + 1;
}

function isPlainObject(object: object, seen: Set<object>, depth: number): boolean {
  if (getPrototypeOf(object) !== Object.prototype) return false;
  const keys = ownKeys(object);
  if (keys.length === 1 && looksLikeTag(keys[0]!)) return false;
  for (const key of keys) {
    if (typeof key === "symbol") return false;
    const property = getOwnPropertyDescriptor(object, key);
    if (property === undefined || property.enumerable !== true || !("value" in property)) return false;
    if (!isPlain(property.value, seen, depth + 1)) return false;
  }
  return true;
}

/** Whether an object whose only key is `key` would be read as a tag. */
export function looksLikeTag(key: PropertyKey): boolean {
  return typeof key === "string" && key.startsWith("$");
}

/** Whether JSON text holds a string that UTF-8 cannot carry: `JSON.stringify` writes those as escapes. */
export function mayHoldLoneSurrogates(text: string): boolean {
  return text.includes("\\ud") || text.includes("\\uD") || !isWellFormed(text);
}
