import { endianness } from "node:os";
import { bytesText } from "./text.ts";

const BIG_ENDIAN = endianness() === "BE";

/** The bytes of the elements, the lowest of each first on every machine. */
export function viewText(value: ArrayBufferView): string {
  const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  const { BYTES_PER_ELEMENT: width = 1 } = value as { readonly BYTES_PER_ELEMENT?: number };
  return bytesText(BIG_ENDIAN && width > 1 ? swapped(bytes, width) : bytes);
}

function swapped(bytes: Uint8Array, width: number): Uint8Array {
  const copy = Buffer.from(bytes);
  return width === 2 ? copy.swap16() : width === 4 ? copy.swap32() : copy.swap64();
}

/** The classes that show bytes. */
export const VIEWS: readonly string[] = [
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "Float16Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
  "DataView",
  "Buffer",
];
