import { util, viewBuffer, viewName, viewRange } from "@coatcheck/core/serializer";

const { ownKeys } = Reflect;

/** From this length on, listing the elements as properties costs more than writing them. */
const LONG = 256;

const BRIEF = { maxArrayLength: 0, customInspect: false, showHidden: true };

/** The own properties of a view that are not its elements. */
export function keysBesideElements(view: ArrayBufferView): readonly PropertyKey[] {
  const { byteOffset, byteLength, length } = viewRange(view);
  if (byteLength >= LONG && util !== undefined) {
    // A second view of the same bytes has none.
    const bare: object = new (nativeClassOf(view))(viewBuffer(view), byteOffset, length);
    Object.setPrototypeOf(bare, Object.getPrototypeOf(view) as object);
    if (util.inspect(bare, BRIEF) === util.inspect(view, BRIEF)) return [];
  }
  const elements = viewName(view) === "DataView" ? 0 : length;
  return ownKeys(view).filter((key) => typeof key === "symbol" || !isIndex(key, elements));
}

type ViewClass = new (buffer: ArrayBufferLike, byteOffset: number, length: number) => object;

function nativeClassOf(view: ArrayBufferView): ViewClass {
  return (globalThis as unknown as Record<string, ViewClass>)[viewName(view)]!;
}

function isIndex(key: string, length: number): boolean {
  return /^(?:0|[1-9]\d*)$/.test(key) && Number(key) < length;
}
