const { defineProperty } = Object;
const { slice } = Array.prototype;

/** What is used of Node's module `v8`. */
interface NodeV8 {
  readonly Serializer: new () => { writeValue(value: unknown): unknown; releaseBuffer(): Uint8Array };
}

/** A serializer remembers every object that it wrote, so that it is replaced after so many. */
const USES = 64;
/** What V8 writes before an array that it keeps as a plain list, in which nothing is missing. */
const DENSE = 0x41;

let v8: NodeV8 | undefined;
let serializer: InstanceType<NodeV8["Serializer"]> | undefined;
let uses = 0;
let tells: boolean | undefined;

/**
 * Whether V8 keeps the elements of an array as a plain list, so that none is missing, a getter, hidden, read-only or fixed:
 * such elements it keeps in a dictionary. False says nothing: V8 tells no more once an array of this process was given a
 * `constructor`. No element is read, so that it costs the same for any length.
 * The array must be no Proxy, have the prototype of a literal of this realm, and no property beside its elements.
 *
 * An empty part of a plain list is a plain list, and an empty part of a dictionary is a list that may have holes. In the
 * format of `structuredClone`, which `node:v8` writes, the two differ.
 */
export function isPacked(array: readonly unknown[]): boolean {
  return (tells ??= isTold()) && isWrittenDense(array);
}

function isWrittenDense(array: readonly unknown[]): boolean {
  if (serializer === undefined || ++uses > USES) {
    serializer = new v8!.Serializer();
    uses = 1;
  }
  serializer.writeValue(slice.call(array, 0, 0));
  return serializer.releaseBuffer()[0] === DENSE;
}

/** Whether that holds here: there is V8, and it tells each kind of array as said above. */
function isTold(): boolean {
  v8 = (
    globalThis as { process?: { getBuiltinModule?(name: string): NodeV8 | undefined } }
  ).process?.getBuiltinModule?.("node:v8");
  const lists = (): unknown[][] => [
    [1, 2, 3],
    [1.5, 2.5, 3.5],
    [{}, "b", null],
  ];
  const properties: PropertyDescriptor[] = [
    { get: () => 1 },
    { set: () => {} },
    { writable: false },
    { enumerable: false },
    { configurable: false },
  ];
  try {
    return (
      lists().every(isWrittenDense) &&
      properties.every((property) =>
        lists().every((list) => list.every((_, at) => !isWrittenDense(defineProperty([...list], at, property)))),
      )
    );
  } catch {
    return false;
  }
}
