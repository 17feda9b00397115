import {
  isPooled,
  keysBesideElements,
  notDeserializable,
  Refusal,
  refuseChanged,
  refusePretender,
  viewBuffer,
  viewName,
  viewRange,
} from "@coatcheck/core/serializer";
import type { Encoder } from "./encoder.ts";
import { Tag, VIEWS } from "./format.ts";
import type { ReadKind, WrittenKind } from "./special.ts";

const { getOwnPropertyDescriptor } = Object;
const { ownKeys } = Reflect;

/** What is needed of a buffer: the parts that views show, or all of it where the buffer itself is in the value. */
export interface BufferUse {
  readonly parts: [start: number, end: number][];
  start: number;
  end: number;
  /** More than one of them belongs to the value, and not by chance. */
  isShared: boolean;
}

interface Resizable {
  readonly resizable?: boolean;
  readonly maxByteLength: number;
}

type ViewName = (typeof VIEWS)[number];
interface ViewClass {
  readonly BYTES_PER_ELEMENT?: number;
  new (buffer: ArrayBuffer, byteOffset?: number, length?: number): ArrayBufferView;
}

const bufferLength = getOwnPropertyDescriptor(ArrayBuffer.prototype, "byteLength")!.get!;
const NativeBuffer = (globalThis as { Buffer?: typeof Buffer }).Buffer;

/** The kind of an ArrayBuffer. */
export function bufferKindOf(value: object): WrittenKind {
  try {
    bufferLength.call(value);
  } catch {
    refusePretender(value, "an ArrayBuffer");
  }
  refuseDetached(value as ArrayBuffer);
  return ((value as Resizable).resizable === true ? resizableBuffer : arrayBuffer) as WrittenKind;
}

function refuseDetached(buffer: ArrayBuffer): void {
  try {
    if (buffer.byteLength === 0) new Uint8Array(buffer);
  } catch {
    throw new Refusal("an ArrayBuffer that was transferred away cannot be stored", "Store it where it is now.");
  }
}

export const arrayBuffer: WrittenKind<ArrayBuffer> & ReadKind = {
  tag: Tag.ArrayBuffer,
  head(encoder, value) {
    const use = sharedUse(encoder, value);
    if (use === undefined) {
      meet(encoder, value, 0, value.byteLength);
      encoder.binary(new Uint8Array(value));
    } else encoder.binary(bytesOf(value, use));
  },
  extras: ownKeys,
  make: (decoder) => decoder.bytes().buffer as ArrayBuffer,
};

/** What no view shows is not for the reader, and may be of others (Node's small Buffers share one): it is zero. */
function bytesOf(buffer: ArrayBuffer, use: BufferUse): Uint8Array {
  const origin = originOf(use);
  const bytes = new Uint8Array(use.end - origin);
  for (const [start, end] of use.parts) bytes.set(new Uint8Array(buffer, start, end - start), start - origin);
  return bytes;
}

/** Where the kept part of a buffer starts: so that every view on it stays aligned. */
function originOf(use: BufferUse): number {
  return use.start - (use.start % 8);
}

export const resizableBuffer: WrittenKind<ArrayBuffer> & ReadKind = {
  tag: Tag.ResizableArrayBuffer,
  head(encoder, value) {
    const { maxByteLength } = value as unknown as Resizable;
    if (maxByteLength > MAX_RESERVED) {
      throw new Refusal(
        "a resizable ArrayBuffer that may grow beyond 1 GB cannot be stored",
        "Store a copy of its bytes.",
      );
    }
    encoder.number(maxByteLength);
    encoder.binary(new Uint8Array(value));
  },
  extras: ownKeys,
  make(decoder) {
    const maxByteLength = decoder.number();
    const bytes = decoder.bytes();
    const resizable = ArrayBuffer as unknown as new (length: number, options: object) => ArrayBuffer & Resizable;
    // What is reserved is not written to before it is used, but there must be an end to what a few bytes can ask for.
    if (maxByteLength > MAX_RESERVED) throw notDeserializable("a resizable ArrayBuffer may grow beyond 1 GB");
    const made = new resizable(bytes.length, { maxByteLength });
    if (made.resizable !== true)
      throw notDeserializable("there are no resizable ArrayBuffers here", "Read it elsewhere.");
    new Uint8Array(made).set(bytes);
    return made;
  },
};

/** Notes which part of a buffer was met. One that is shared is written with that known: in another attempt. */
function meet(encoder: Encoder, buffer: ArrayBuffer, start: number, end: number, view?: ArrayBufferView): void {
  const { buffers } = encoder.extra;
  const use = buffers.get(buffer);
  if (use === undefined) {
    buffers.set(buffer, { parts: [[start, end]], start, end, isShared: false });
    return;
  }
  // Those of one block are together by chance, unless they overlap.
  const byChance = view !== undefined && isPooled(view);
  use.isShared ||= !byChance || use.parts.some(([from, to]) => start < to && from < end);
  use.parts.push([start, end]);
  use.start = Math.min(use.start, start);
  use.end = Math.max(use.end, end);
}

/** How the value uses a buffer that it shares, as the attempt before found out. */
function sharedUse(encoder: Encoder, buffer: ArrayBuffer): BufferUse | undefined {
  const use = encoder.found?.buffers.get(buffer);
  return use?.isShared === true ? use : undefined;
}

/** The kind of a view whose prototype is that of `name`: with bytes of its own, or on a buffer that others show too. */
export function viewKindOf(encoder: Encoder, value: object, name: ViewName): WrittenKind {
  const buffer = checkView(value, name);
  const isShared = sharedUse(encoder, buffer) !== undefined;
  return (isShared ? VIEW_KINDS : BYTES_KINDS)[VIEWS.indexOf(name)]!;
}

/** The buffer of a view, which has to be what the prototype says, and on memory of its own. */
export function checkView(value: object, name: ViewName): ArrayBuffer {
  const inside = ArrayBuffer.isView(value) ? viewName(value) : undefined;
  if (inside !== (name === "Buffer" ? "Uint8Array" : name)) refusePretender(value, `a ${name}`);
  const buffer = viewBuffer(value as ArrayBufferView) as ArrayBuffer;
  if (Object.prototype.toString.call(buffer) === "[object SharedArrayBuffer]") {
    throw new Refusal("a view on shared memory cannot be stored", "Store a copy of its bytes: view.slice().");
  }
  refuseDetached(buffer);
  if ((buffer as Partial<Resizable>).resizable === true) {
    throw new Refusal(
      "a view on a resizable ArrayBuffer cannot be stored: whether it follows the buffer's length cannot be told",
      "Store the ArrayBuffer, or a copy of the view: view.slice().",
    );
  }
  return buffer;
}

const BYTES_KINDS: readonly WrittenKind[] = VIEWS.map((name, number): WrittenKind<ArrayBufferView> => ({
  tag: Tag.Bytes,
  head(encoder, value) {
    const { byteOffset, byteLength } = viewRange(value);
    const buffer = viewBuffer(value) as ArrayBuffer;
    meet(encoder, buffer, byteOffset, byteOffset + byteLength, value);
    encoder.uint(number);
    encoder.binary(new Uint8Array(buffer, byteOffset, byteLength));
  },
  extras: keysBesideElements,
})) as readonly WrittenKind[];

const VIEW_KINDS: readonly WrittenKind[] = VIEWS.map((name, number): WrittenKind<ArrayBufferView> => ({
  tag: Tag.View,
  head(encoder, value) {
    const buffer = viewBuffer(value) as ArrayBuffer;
    const { byteOffset, byteLength, length } = viewRange(value);
    const use = sharedUse(encoder, buffer)!;
    const offset = byteOffset - originOf(use);
    if (offset < 0 || byteOffset + byteLength > use.end) refuseChanged();
    encoder.uint(number);
    encoder.value(buffer, null);
    encoder.uint(offset);
    encoder.uint(length);
  },
  extras: keysBesideElements,
})) as readonly WrittenKind[];

const MAX_RESERVED = 0x4000_0000;

function viewClass(name: ViewName): ViewClass {
  const found = (globalThis as unknown as Record<string, ViewClass | undefined>)[name];
  if (found === undefined) {
    throw notDeserializable(`the value holds a ${name}, and this runtime has none`, `Read it where there is ${name}.`);
  }
  return found;
}

function makeView(name: ViewName, buffer: ArrayBuffer, byteOffset: number, length: number): ArrayBufferView {
  if (name === "Buffer") {
    viewClass(name);
    return NativeBuffer!.from(buffer, byteOffset, length);
  }
  return new (viewClass(name))(buffer, byteOffset, length);
}

/** A view with bytes of its own. */
export const bytesReader: ReadKind = {
  tag: Tag.Bytes,
  make(decoder) {
    const name = VIEWS[decoder.uint(VIEWS.length - 1)]!;
    const { buffer, length } = decoder.bytes();
    const size = viewClass(name).BYTES_PER_ELEMENT ?? 1;
    if (length % size !== 0) throw notDeserializable(`the bytes of a ${name} do not fill its elements`);
    return makeView(name, buffer as ArrayBuffer, 0, length / size);
  },
};

/** A view on a buffer that others show too. */
export const viewReader: ReadKind = {
  tag: Tag.View,
  make(decoder) {
    const name = VIEWS[decoder.uint(VIEWS.length - 1)]!;
    const buffer = decoder.value();
    if (!(buffer instanceof ArrayBuffer)) throw notDeserializable(`a ${name} shows no ArrayBuffer`);
    return makeView(name, buffer, decoder.uint(0xffff_ffff), decoder.uint(0xffff_ffff));
  },
};
