import { byteLength, isAsyncIterable, isBytes, isReadableStream, iterate } from "../bytes.ts";
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

/**
 * Checks a body before anything is sent; a stream is checked as it goes: chunks that are bytes, as many as `size` says.
 * It throws the reason of `signal` as soon as that aborts, though its source may stall: a driver need not see to it.
 */
export function checkBody(body: Body, size: number | undefined, signal: AbortSignal | undefined): CheckedBody {
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
  const source = isReadableStream(body) ? iterate(body) : isAsyncIterable(body) ? body : undefined;
  if (source === undefined) throw notBytes(body === null ? "null" : typeof body);
  const given: AsyncIterable<unknown> = source;
  let failure: { error: unknown } | undefined;
  async function* guarded(): AsyncGenerator<Uint8Array, void, void> {
    let sent = 0;
    try {
      const items = signal === undefined ? given : (await import("../abortable.ts")).abortable(given, signal);
      for await (const chunk of items) {
        if (!isBytes(chunk)) throw notBytes(`a stream of ${chunk === null ? "null" : typeof chunk}`);
        sent += chunk.byteLength;
        if (size !== undefined && sent > size) throw wrongSize(sent, size);
        if (chunk.byteLength > 0) yield chunk;
      }
      if (size !== undefined && sent !== size) throw wrongSize(sent, size);
    } catch (error) {
      failure = { error };
      throw error;
    }
  }
  return { body: guarded(), size, failure: () => failure };
}

function notBytes(what: string): StorageError {
  return new StorageError({
    code: "Misconfigured",
    detail: `the body is ${what}; give a Uint8Array, an array of them, or a stream of them.`,
  });
}

function wrongSize(actual: number, size: number): StorageError {
  return new StorageError({
    code: "Corrupt",
    detail: `the body has ${actual > size ? "more than the" : `${actual} bytes instead of the`} ${size} bytes that were announced; nothing was kept.`,
  });
}
