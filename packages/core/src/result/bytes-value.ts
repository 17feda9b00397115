import { isReadableStream, iterate } from "../bytes.ts";
import { nodeBuiltin } from "../environment.ts";
import { keysBesideElements } from "../serializer/views.ts";
import type { Description } from "./header.ts";

/** What a value that is bytes was, so that it comes back as that. */
type BytesKind = "Uint8Array" | "Buffer" | "ArrayBuffer" | "ReadableStream" | "Readable";

/** A value that is bytes: it skips the serializer, and nothing else. */
export type BytesValue =
  | { readonly as: BytesKind; readonly bytes: Uint8Array; readonly source?: undefined }
  | { readonly as: BytesKind; readonly source: AsyncIterable<Uint8Array>; readonly bytes?: undefined };

/**
 * `value` as bytes where it is exactly that: a Uint8Array, Buffer, ArrayBuffer or stream, not a subclass of one. Bytes that were
 * given properties of their own are more than that: a serializer carries them, or refuses them.
 */
export function bytesValue(value: unknown): BytesValue | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const tag = Object.prototype.toString.call(value);
  if (tag === "[object Uint8Array]") {
    const array = value as Uint8Array;
    const plain = Object.prototype.toString.call(array.buffer) === "[object ArrayBuffer]" && !isResizable(array.buffer);
    const as = (Object.getPrototypeOf(array) as { constructor?: { name?: string } }).constructor?.name;
    if (!plain || (as !== "Uint8Array" && as !== "Buffer") || keysBesideElements(array).length > 0) return undefined;
    return { as, bytes: array };
  }
  if (tag === "[object ArrayBuffer]") {
    return isResizable(value) || Reflect.ownKeys(value).length > 0
      ? undefined
      : { as: "ArrayBuffer", bytes: new Uint8Array(value as ArrayBuffer) };
  }
  if (isReadableStream(value)) return { as: "ReadableStream", source: iterate(value) };
  const readable = value as { pipe?: unknown; read?: unknown };
  if (typeof readable.pipe === "function" && typeof readable.read === "function" && Symbol.asyncIterator in value) {
    return { as: "Readable", source: value as AsyncIterable<Uint8Array> };
  }
  return undefined;
}

function isResizable(buffer: unknown): boolean {
  return (buffer as { resizable?: boolean }).resizable === true;
}

/** The type that stands in a header where the payload is the value's own bytes. */
export const BYTES_TYPE = "bytes";

/** What the header says of a value that is bytes. */
export function describeBytes({ as }: BytesValue): Description {
  return { type: BYTES_TYPE, as };
}

/** Whether a header describes a value that is a stream: it is opened anew for every reader and never held. */
export function isStreamDescription(description: Description): boolean {
  return (
    description.type === BYTES_TYPE && (description["as"] === "ReadableStream" || description["as"] === "Readable")
  );
}

/** Bytes as the value they were. `bytes` must have a buffer of its own; an unknown kind is a Uint8Array. */
export function reviveBytes(bytes: Uint8Array, { as }: Description): unknown {
  if (as === "ArrayBuffer") return bytes.buffer;
  if (as !== "Buffer") return bytes;
  const { Buffer } = globalThis as { Buffer?: { from(buffer: ArrayBufferLike): Uint8Array } };
  return Buffer?.from(bytes.buffer) ?? bytes;
}

/** A stream as the stream it was: Node's `Readable` where that went in and this is Node, else a web stream. */
export function reviveStream(stream: ReadableStream<Uint8Array>, { as }: Description): unknown {
  return as === "Readable" ? (nodeBuiltin("stream")?.Readable?.fromWeb(stream) ?? stream) : stream;
}
