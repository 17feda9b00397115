const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Text as UTF-8. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** UTF-8 as text; throws a TypeError on bytes that are not UTF-8. */
export function fromUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** The bytes in memory of their own. (A Buffer's own `slice` shares its memory.) */
export function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

/** How many bytes the chunks hold together. */
export function byteLength(chunks: readonly Uint8Array[]): number {
  let total = 0;
  for (const chunk of chunks) total += chunk.byteLength;
  return total;
}

/** The chunks as one array; the chunk itself, not a copy, where there is only one. */
export function concat(chunks: readonly Uint8Array[]): Uint8Array {
  if (chunks.length === 1) return chunks[0]!;
  const whole = new Uint8Array(byteLength(chunks));
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}

/** The readers of {@link iterate}: what else is reading a stream is somebody else's. */
export const readers: WeakMap<ReadableStream<Uint8Array>, ReadableStreamDefaultReader<Uint8Array>> = new WeakMap();

/**
 * A stream as something `for await` can walk everywhere. Leaving the loop early cancels the stream, and so does
 * `return()`, while a read is stalled too (a generator would wait for that read).
 */
export function iterate(stream: ReadableStream<Uint8Array>): AsyncIterableIterator<Uint8Array, void, void> {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  let ended = false;
  const open = (): ReadableStreamDefaultReader<Uint8Array> => {
    if (reader === undefined) readers.set(stream, (reader = stream.getReader()));
    return reader;
  };
  const end = (): { done: true; value: undefined } => {
    ended = true;
    reader?.releaseLock();
    return { done: true, value: undefined };
  };
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      if (ended) return end();
      const opened = open();
      try {
        const { done, value } = await opened.read();
        return done ? end() : { done: false, value };
      } catch (error) {
        end();
        throw error;
      }
    },
    async return() {
      if (ended) return end();
      ended = true;
      await open().cancel();
      return end();
    },
  };
}

/**
 * Something `for await` can walk as a stream that pulls one chunk at a time. Cancelling it calls `stop`, which ends a read
 * that is stalled (a generator waits for that read before it returns), and then returns the iterator.
 */
export function toStream(source: AsyncIterable<Uint8Array>, stop?: () => Promise<void>): ReadableStream<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await iterator.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await stop?.();
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

/** Whether `value` is a web stream, of this realm or another. */
export function isReadableStream(value: unknown): value is ReadableStream<Uint8Array> {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as ReadableStream).getReader === "function" &&
    typeof (value as ReadableStream).cancel === "function"
  );
}

/** Whether `value` is a Uint8Array (a Buffer included), of this realm or another. */
export function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === "[object Uint8Array]";
}

/** Whether `for await` can walk `value`. */
export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}
