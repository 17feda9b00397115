import {
  keysBesideElements,
  notDeserializable,
  Refusal,
  viewBuffer,
  viewName,
  viewRange,
} from "@coatcheck/core/serializer";
import { getter } from "./builtins.ts";
import { fromBase64, toBase64 } from "./base64.ts";
import type { Json, JsonRecord, ReadKind, WrittenKind } from "./kind.ts";
import type { Writer } from "./writer.ts";

interface ViewClass {
  new (buffer: ArrayBuffer, byteOffset?: number, length?: number): ArrayBufferView;
  readonly prototype: ArrayBufferView;
  readonly BYTES_PER_ELEMENT?: number;
}

/** What was met of one buffer: whether it itself was, and the views on it, whose arguments wait for the end. */
interface Met {
  isValue: boolean;
  readonly views: { readonly view: ArrayBufferView; readonly tag: string; readonly json: JsonRecord }[];
}

/** The buffers that were met. */
export type SharedBuffers = Map<ArrayBufferLike, Met>;

const globals = globalThis as unknown as Record<string, ViewClass | undefined>;

interface NodeBuffer {
  readonly prototype: ArrayBufferView;
  from(buffer: ArrayBuffer, offset: number, length?: number): ArrayBufferView;
}
const { Buffer } = globalThis as { Buffer?: NodeBuffer };

/** The classes of views by their tag. */
export const viewTags: ReadonlyMap<string, string> = new Map([
  ["Uint8Array", "$bytes"],
  ...[
    "Int8Array",
    "Uint8ClampedArray",
    "Int16Array",
    "Uint16Array",
    "Int32Array",
    "Uint32Array",
    "BigInt64Array",
    "BigUint64Array",
    "Float16Array",
    "Float32Array",
    "Float64Array",
    "DataView",
  ].map((name): [string, string] => [name, `$${name[0]!.toLowerCase()}${name.slice(1)}`]),
]);

/** `{ "$int16Array": "AAE=" }`: its own bytes, or `[buffer, byteOffset, length]` where it shares its buffer. */
export function view(tag: string, name: string): WrittenKind<ArrayBufferView> & ReadKind<ArrayBufferView> {
  const elementSize = globals[name]?.BYTES_PER_ELEMENT ?? 1;
  return {
    check(value) {
      const inside = name === "Buffer" ? "Uint8Array" : name;
      if (!ArrayBuffer.isView(value) || viewName(value) !== inside) throw new TypeError("not such a view");
    },
    write(value, writer) {
      checkElements(name, elementSize);
      const json: JsonRecord = { [tag]: "" };
      const buffer = viewBuffer(value);
      checkBuffer(buffer, `a ${name}`);
      if ((buffer as { resizable?: boolean }).resizable === true) {
        throw new Refusal(`a ${name} on a resizable ArrayBuffer cannot be stored`, "Store a copy, as slice() gives.");
      }
      met(writer.buffers, buffer).views.push({ view: value, tag, json });
      return json;
    },
    extraKeys: keysBesideElements,
    make(argument, reader) {
      checkElements(name, elementSize);
      const viewClass = globals[name];
      if (viewClass === undefined) throw notDeserializable(`this runtime has no ${name}`);
      if (typeof argument === "string") return over(viewClass, bytesOf(argument, tag).buffer, 0, undefined);
      const [reference, offset, length] = Array.isArray(argument) && argument.length === 3 ? argument : [];
      const buffer = reference === undefined ? undefined : reader.read(reference, 0);
      if (!(buffer instanceof ArrayBuffer) || !isCount(offset) || !isCount(length)) {
        throw notDeserializable(`the argument of "${tag}" is neither base64 nor [buffer, byteOffset, length]`);
      }
      return over(viewClass, buffer, offset, length);
    },
  };
}

/** `{ "$arrayBuffer": "AAE=" }`, or `["AAE=", maxByteLength]` where it is resizable. */
export const arrayBuffer: WrittenKind<ArrayBuffer> & ReadKind<ArrayBuffer> = {
  check: (value) => byteLengthOf.call(value),
  write(value, writer) {
    checkBuffer(value, "an ArrayBuffer");
    const { resizable, maxByteLength } = value as Resizable;
    if (resizable === true) writer.reserve(maxByteLength);
    met(writer.buffers, value).isValue = true;
    return { $arrayBuffer: bufferText(value) };
  },
  make(argument, reader) {
    if (typeof argument === "string") return bytesOf(argument, "$arrayBuffer").buffer;
    const [text, maxByteLength] = Array.isArray(argument) && argument.length === 2 ? argument : [];
    if (typeof text !== "string" || !isCount(maxByteLength)) {
      throw notDeserializable('the argument of "$arrayBuffer" is neither base64 nor [base64, maxByteLength]');
    }
    const bytes = bytesOf(text, "$arrayBuffer");
    reader.reserve(maxByteLength);
    const made = new (ArrayBuffer as ResizableConstructor)(bytes.byteLength, { maxByteLength });
    new Uint8Array(made).set(bytes);
    return made;
  },
};

type ResizableConstructor = new (byteLength: number, options: { maxByteLength: number }) => ArrayBuffer;
type Resizable = ArrayBuffer & {
  readonly resizable?: boolean;
  readonly maxByteLength: number;
};
const byteLengthOf = getter(ArrayBuffer.prototype, "byteLength");

function bufferText(value: ArrayBufferLike): Json {
  const text = toBase64(new Uint8Array(value));
  const { resizable, maxByteLength } = value as Resizable;
  return resizable === true ? [text, maxByteLength] : text;
}

/** Writes the arguments of the views: only now is it known which of them share a buffer. */
export function settleViews(buffers: SharedBuffers, writer: Writer): void {
  for (const [buffer, { isValue, views }] of buffers) {
    // A buffer alone stands where it was met.
    if (views.length === 0) continue;
    if (!isValue && views.length === 1) views[0]!.json[views[0]!.tag] = ownBytes(views[0]!.view);
    else if (!isValue && views.every(({ tag }) => tag === "$buffer")) settleRanges(views, writer);
    else {
      const reference = writer.reference(buffer);
      for (const { view, tag, json } of views) {
        const { byteOffset, length } = viewRange(view);
        json[tag] = [reference, byteOffset, length];
      }
    }
  }
}

/**
 * Node cuts small Buffers from blocks: those that share one do so by chance, and the rest of it belongs to others. Where
 * Buffers alone show a buffer, only the ranges are kept in which they overlap.
 */
function settleRanges(views: Met["views"], writer: Writer): void {
  const sorted = views
    .map((met) => ({ ...met, ...viewRange(met.view) }))
    .sort((one, other) => one.byteOffset - other.byteOffset);
  for (let first = 0; first < sorted.length;) {
    const { view, byteOffset: start } = sorted[first]!;
    let end = start + sorted[first]!.byteLength;
    let next = first + 1;
    for (; next < sorted.length && sorted[next]!.byteOffset < end; next++) {
      end = Math.max(end, sorted[next]!.byteOffset + sorted[next]!.byteLength);
    }
    const together = sorted.slice(first, next);
    const range = new Uint8Array(viewBuffer(view), start, end - start);
    const reference = together.length === 1 ? null : writer.node({ $arrayBuffer: toBase64(range) });
    for (const { view: each, tag, json, byteOffset, byteLength } of together) {
      json[tag] = reference === null ? ownBytes(each) : [reference, byteOffset - start, byteLength];
    }
    first = next;
  }
}

function ownBytes(view: ArrayBufferView): string {
  const { byteOffset, byteLength } = viewRange(view);
  return toBase64(new Uint8Array(viewBuffer(view), byteOffset, byteLength));
}

function met(buffers: SharedBuffers, buffer: ArrayBufferLike): Met {
  let entry = buffers.get(buffer);
  if (entry === undefined) buffers.set(buffer, (entry = { isValue: false, views: [] }));
  return entry;
}

function over(viewClass: ViewClass, buffer: ArrayBuffer, offset: number, length: number | undefined): ArrayBufferView {
  return Buffer !== undefined && (viewClass as unknown) === Buffer
    ? Buffer.from(buffer, offset, length)
    : new viewClass(buffer, offset, length);
}

function bytesOf(text: string, tag: string): Uint8Array<ArrayBuffer> {
  const bytes = fromBase64(text);
  if (bytes === undefined) throw notDeserializable(`the argument of "${tag}" is not base64`);
  return bytes;
}

function isCount(value: Json | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function checkElements(name: string, elementSize: number): void {
  if (elementSize > 1 && !isLittleEndian) {
    throw new Refusal(`a ${name} cannot be stored or read on this big-endian machine`, "Use a list of numbers.");
  }
}

function checkBuffer(buffer: ArrayBufferLike, what: string): void {
  const copy = "Store a copy of its bytes, as slice() gives.";
  if (Object.prototype.toString.call(buffer) !== "[object ArrayBuffer]") {
    throw new Refusal(`${what} on a SharedArrayBuffer cannot be stored`, copy);
  }
  if (isDetached(buffer))
    throw new Refusal(`${what} whose memory was transferred away cannot be stored`, "Store it before.");
}

function isDetached(buffer: ArrayBufferLike): boolean {
  try {
    return new Uint8Array(buffer, 0, 0).byteLength > 0;
  } catch {
    return true;
  }
}
