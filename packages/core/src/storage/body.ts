import { byteLength, isAsyncIterable, isBytes, isReadableStream } from "../bytes.ts";
import { StorageError } from "../errors.ts";
import type { DriverBody } from "./driver.ts";

/** What can be put: bytes, chunks of bytes that count as one, or a stream of them. */
export type Body = Uint8Array | readonly Uint8Array[] | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** A body as a driver gets it, and what its source threw, if it did. */
export interface CheckedBody {
  readonly body: DriverBody;
  readonly size: number | undefined;
  /** The error of the caller's own stream: it reaches the caller untouched, and is not the storage's. */
  failure(): { readonly error: unknown } | undefined;
}

/** Checks a body before anything is sent. Undefined where it is a stream, which is checked as it goes. */
export function checkChunks(body: Body, size: number | undefined): CheckedBody | undefined {
  if (size !== undefined && !(Number.isSafeInteger(size) && size >= 0)) {
    throw new StorageError({ code: "Misconfigured", detail: `size is ${size}; give a number of bytes, 0 or more.` });
  }
  const chunks = isBytes(body) ? [body] : Array.isArray(body) ? (body as readonly Uint8Array[]) : undefined;
  if (chunks !== undefined) {
    if (!chunks.every(isBytes)) throw notBytes("an array that holds something else");
    const length = byteLength(chunks);
    if (size !== undefined && size !== length) throw wrongSize(length, size);
    return { body: chunks, size: length, failure: () => undefined };
  }
  if (!isReadableStream(body) && !isAsyncIterable(body)) throw notBytes(`of type ${kindOf(body)}`);
  return undefined;
}

/** As in `Blob`, or `Undefined`. */
export function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/** The body is something else. */
export function notBytes(what: string): StorageError {
  return new StorageError({
    code: "Misconfigured",
    detail: `the body is ${what}; give a Uint8Array, an array of them, or a stream of them.`,
  });
}

/** The body has not the size that was announced. */
export function wrongSize(actual: number, size: number): StorageError {
  return new StorageError({
    code: "Corrupt",
    detail: `the body has ${actual > size ? "more than the" : `${actual} bytes instead of the`} ${size} bytes that were announced; nothing was kept.`,
  });
}
