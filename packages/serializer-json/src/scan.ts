import { isOpenObject, isOrdinary, isPlainArray, isWellFormed } from "@coatcheck/core/serializer";
import { looksLikeTag } from "./tag.ts";

/** How deep a document is nested at most, tags not counted; what is deeper goes to a table. Readers of every language manage 64. */
export const MAX_DEPTH = 56;

const { getOwnPropertyDescriptor, getOwnPropertyNames, getOwnPropertySymbols, getPrototypeOf } = Object;
const { isArray } = Array;

/**
 * Whether JSON alone carries the value exactly: a tree, not too deep, of plain objects, dense arrays, strings, numbers,
 * booleans and null, all of them open, in which nothing looks like a tag. Lone surrogates are not looked for here: they show in the text.
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
      if (depth > MAX_DEPTH || seen.size === seen.add(value).size) return false;
      return isArray(value) ? isPlainList(value, seen, depth) : isPlainObject(value, seen, depth);
    default:
      return false;
  }
}

/** Whether JSON has the number: it has neither -0 (its writers drop the sign), nor NaN, nor the infinities. */
export function isPlainNumber(value: number): boolean {
  return value - value === 0 && (value !== 0 || 1 / value > 0);
}

function isPlainList(array: readonly unknown[], seen: Set<object>, depth: number): boolean {
  if (!isPlainArray(array) || getPrototypeOf(array) !== Array.prototype) return false;
  for (let index = 0; index < array.length; index++) {
    if (!isPlain(array[index], seen, depth + 1)) return false;
  }
  return true;
}

function isPlainObject(object: object, seen: Set<object>, depth: number): boolean {
  if (getPrototypeOf(object) !== Object.prototype || getOwnPropertySymbols(object).length > 0) return false;
  const names = getOwnPropertyNames(object);
  if (!isOpenObject(object, names.length === 0)) return false;
  if (names.length === 1 && looksLikeTag(names[0]!)) return false;
  for (const name of names) {
    const property = getOwnPropertyDescriptor(object, name);
    if (!isOrdinary(property) || !isPlain(property.value, seen, depth + 1)) return false;
  }
  return true;
}

/** Whether JSON text holds a string that UTF-8 cannot carry: `JSON.stringify` writes those as escapes. */
export function mayHoldLoneSurrogates(text: string): boolean {
  return text.includes("\\ud") || text.includes("\\uD") || !isWellFormed(text);
}
