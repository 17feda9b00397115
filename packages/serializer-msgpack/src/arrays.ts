import { keepSparse } from "@coatcheck/core/serializer";

const { hasOwn } = Object;
/** Elements that there may be room for though they are missing. */
const FEW = 32;

/** Whether an element is missing; what reads as undefined may be a hole. */
export function hasHoles(array: readonly unknown[]): boolean {
  const { length } = array;
  for (let index = 0; index < length; index++) {
    if (array[index] === undefined && !hasOwn(array, index)) return true;
  }
  return false;
}

/** An empty array of that length, which holds no memory for its elements. */
export function arrayOfLength(length: number): unknown[] {
  const array: unknown[] = [];
  // The engine makes room for all elements of what it does not keep as a table.
  if (length > FEW) keepSparse(array, length);
  array.length = length;
  return array;
}
