import { util } from "@coatcheck/core/serializer";

const { ownKeys } = Reflect;

/** From this length on, listing the elements as properties costs more than writing them. */
const LONG = 256;

const BRIEF = { maxArrayLength: 0, customInspect: false, showHidden: true };

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
