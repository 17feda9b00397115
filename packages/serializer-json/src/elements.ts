const { ownKeys } = Reflect;

/** From this length on, listing the elements as properties costs more than writing them. */
const LONG = 256;

interface NodeUtil {
  inspect(value: unknown, options: typeof BRIEF): string;
}
const BRIEF = { maxArrayLength: 0, customInspect: false, showHidden: true } as const;
const { process } = globalThis as { process?: { getBuiltinModule?(id: string): unknown } };
// Nothing in the language lists the names beside the elements alone. Node's `inspect` does, when told to leave out the
// elements; where it answers otherwise than expected, or is not there, all of them are listed.
const util = process?.getBuiltinModule?.("node:util") as NodeUtil | undefined;

/** Whether an array in which no element is missing has own properties beside its elements and its length. */
export function hasMoreThanElements(array: readonly unknown[]): boolean {
  const { length } = array;
  if (length >= LONG && util?.inspect(array, BRIEF) === `[ ... ${length} more items, [length]: ${length} ]`)
    return false;
  return ownKeys(array).length !== length + 1;
}

/** The own properties of a view that are not its elements. */
export function keysBesideElements(view: ArrayBufferView): readonly PropertyKey[] {
  if (view.byteLength >= LONG && util !== undefined) {
    // A second view of the same bytes has none.
    const length = "length" in view ? (view.length as number) : view.byteLength;
    const bare: object = new (nativeClassOf(view))(view.buffer, view.byteOffset, length);
    Object.setPrototypeOf(bare, Object.getPrototypeOf(view) as object);
    if (util.inspect(bare, BRIEF) === util.inspect(view, BRIEF)) return [];
  }
  const length = "length" in view ? (view.length as number) : 0;
  return ownKeys(view).filter((key) => typeof key === "symbol" || !isIndex(key, length));
}

type ViewClass = new (buffer: ArrayBufferLike, byteOffset: number, length: number) => object;

const nameOfTypedArray = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype) as object,
  Symbol.toStringTag,
)!.get!;

function nativeClassOf(view: ArrayBufferView): ViewClass {
  const name = (nameOfTypedArray.call(view) as string | undefined) ?? "DataView";
  return (globalThis as unknown as Record<string, ViewClass>)[name]!;
}

function isIndex(key: string, length: number): boolean {
  return /^(?:0|[1-9]\d*)$/.test(key) && Number(key) < length;
}
