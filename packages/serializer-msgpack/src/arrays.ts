const { hasOwn } = Object;

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
  if (length > 1024) {
    // An element far out makes the engine keep the array as a dictionary; without it, it would make room for them all.
    array[length - 1] = 0;
    Reflect.deleteProperty(array, length - 1);
  } else array.length = length;
  return array;
}
