import { util } from "./realm.ts";

const { getOwnPropertyDescriptor, getOwnPropertySymbols, getPrototypeOf, setPrototypeOf } = Object;
const { ownKeys } = Reflect;
/** From this length on, listing the elements as properties costs more than writing them. */
const LONG = 256;
/** Without Node, elements are listed up to here: of a longer view the list would take many times its memory. */
const LISTED = 1_000_000;
const BRIEF = { maxArrayLength: 0, customInspect: false, showHidden: true, depth: 0 };

type Getter<T> = (this: unknown) => T;
function getter<T>(prototype: object, name: PropertyKey): Getter<T> {
  return getOwnPropertyDescriptor(prototype, name)!.get as Getter<T>;
}

const TypedArrayPrototype = getPrototypeOf(Uint8Array.prototype) as object;
const typedArrayName = getter<string | undefined>(TypedArrayPrototype, Symbol.toStringTag);
const typedArrayLength = getter<number>(TypedArrayPrototype, "length");
const [ofTypedArray, ofDataView] = [TypedArrayPrototype, DataView.prototype].map((prototype) => ({
  buffer: getter<ArrayBufferLike>(prototype, "buffer"),
  byteOffset: getter<number>(prototype, "byteOffset"),
  byteLength: getter<number>(prototype, "byteLength"),
})) as [Getters, Getters];
interface Getters {
  readonly buffer: Getter<ArrayBufferLike>;
  readonly byteOffset: Getter<number>;
  readonly byteLength: Getter<number>;
}

// All of this asks the language and not the view: a property of its own, or a getter of its class, may say otherwise.

/** What a view is inside: `"Uint8Array"` (a Buffer of Node too), `"DataView"`. */
export function viewName(view: ArrayBufferView): string {
  return typedArrayName.call(view) ?? "DataView";
}

/** The buffer that a view shows a part of. */
export function viewBuffer(view: ArrayBufferView): ArrayBufferLike {
  return (typedArrayName.call(view) === undefined ? ofDataView : ofTypedArray).buffer.call(view);
}

/** Which part of its buffer a view shows. `length` counts its elements; those of a DataView are bytes. Throws where it is detached. */
export function viewRange(view: ArrayBufferView): {
  readonly byteOffset: number;
  readonly byteLength: number;
  readonly length: number;
} {
  const isDataView = typedArrayName.call(view) === undefined;
  const getters = isDataView ? ofDataView : ofTypedArray;
  const byteLength = getters.byteLength.call(view);
  const length = isDataView ? byteLength : typedArrayLength.call(view);
  return { byteOffset: getters.byteOffset.call(view), byteLength, length };
}

/** The own properties of a view that are not its elements. Without Node, only the symbols of one of more than a million. */
export function keysBesideElements(view: ArrayBufferView): readonly PropertyKey[] {
  const name = viewName(view);
  if (name === "DataView") return ownKeys(view);
  const { byteOffset, length } = viewRange(view);
  if (length >= LONG) {
    if (util === undefined) return length > LISTED ? getOwnPropertySymbols(view) : ownKeys(view).slice(length);
    // A second view of the same bytes has none.
    const bare = new (globalThis as unknown as Record<string, ViewClass>)[name]!(viewBuffer(view), byteOffset, length);
    setPrototypeOf(bare, getPrototypeOf(view) as object);
    if (util.inspect(bare, BRIEF) === util.inspect(view, BRIEF)) return [];
  }
  return ownKeys(view).slice(length);
}

/** Whether a view is a Buffer of Node's that may have been cut from a block: it shares that with others by chance. */
export function isPooled(view: ArrayBufferView): boolean {
  const { Buffer } = globalThis as { Buffer?: NodeBuffer };
  if (Buffer?.isBuffer(view) !== true) return false;
  const { byteLength } = viewBuffer(view);
  // Node 26 makes its blocks a little larger than it says.
  return byteLength === Buffer.poolSize || byteLength === Buffer.allocUnsafe(1).buffer.byteLength;
}

interface NodeBuffer {
  readonly poolSize: number;
  isBuffer(value: unknown): boolean;
  allocUnsafe(size: number): Uint8Array;
}
type ViewClass = new (buffer: ArrayBufferLike, byteOffset: number, length: number) => object;
