import { plain } from "./bytes.ts";
import type { Transform } from "./node-zlib.ts";
import { Source } from "./source.ts";

/** What is known of the input once all of it was read. */
export interface Input {
  readonly byteLength: number;
  /** Its last four bytes as a number, the lowest first. */
  readonly tail: number;
}

/** What is known of an input that is in memory. */
export function inputOf(bytes: Uint8Array): Input {
  return { byteLength: bytes.byteLength, tail: tailOf(0, bytes) };
}

function tailOf(before: number, bytes: Uint8Array): number {
  return bytes.subarray(-4).reduce((tail, byte) => ((tail >>> 8) | (byte << 24)) >>> 0, before);
}

/** What {@link through} is bound by, and asks. */
export interface Passage {
  readonly signal: AbortSignal | undefined;
  /** Looks at the input once all of it was read; what it throws is thrown. */
  readonly onEnd?: (input: Input) => void;
  /** Makes of an error of the transform's own what is thrown. */
  readonly onFailure: (error: unknown) => unknown;
}

/**
 * Sends `source` through `transform` in constant memory: nothing is read ahead of what the transform takes, and nothing
 * is transformed ahead of what the consumer takes. Leaving early, an abort and an error destroy the transform and return
 * the source; an error of the source's own comes through as it is. The input is read to its end, or to the first byte
 * behind what the transform takes.
 */
export async function* through(
  source: AsyncIterable<Uint8Array>,
  transform: Transform,
  { signal, onEnd, onFailure }: Passage,
): AsyncGenerator<Uint8Array, void, void> {
  signal?.throwIfAborted();
  const own = new Source(source);
  // What fails behind the end of its output has nobody else to listen, and would end the process.
  transform.on("error", () => {});
  const input = feed(own, transform);
  // Until somebody waits for it, its failure is known through the transform.
  input.catch(() => {});
  const abort = (): void => transform.destroy(new Error("aborted"));
  signal?.addEventListener("abort", abort, { once: true });
  try {
    for await (const chunk of output(transform, onFailure)) {
      yield chunk;
      signal?.throwIfAborted();
    }
    onEnd?.(await unlessAborted(input, signal));
  } catch (error) {
    signal?.throwIfAborted();
    throw own.failure === undefined ? error : own.failure.error;
  } finally {
    signal?.removeEventListener("abort", abort);
    transform.destroy();
    await own.close();
  }
}

async function* output(transform: Transform, onFailure: Passage["onFailure"]): AsyncGenerator<Uint8Array, void, void> {
  try {
    for await (const chunk of transform) yield plain(chunk);
  } catch (error) {
    throw onFailure(error);
  }
}

/** Writes the source into the transform, as fast as that takes it. */
async function feed(source: Source, transform: Transform): Promise<Input> {
  let byteLength = 0;
  let tail = 0;
  let written: Promise<void> | undefined;
  try {
    for (let chunk = await source.next(); chunk !== undefined; chunk = await source.next()) {
      byteLength += chunk.byteLength;
      tail = tailOf(tail, chunk);
      // Of what follows the transform's end, one byte says enough; of a transform that was left, nothing does.
      if (transform.destroyed && (chunk.byteLength > 0 || !transform.readableEnded)) return { byteLength, tail };
      if (chunk.byteLength === 0) continue;
      const write = writing(transform, chunk);
      written = write.done;
      if (write.isFull) await drained(transform);
    }
    // Told of the end while a chunk still waits, zstd of Node would end its frame with that chunk, and write an empty one.
    await written;
    if (!transform.destroyed) transform.end();
    return { byteLength, tail };
  } catch (error) {
    transform.destroy(error as Error);
    throw error;
  }
}

function writing(transform: Transform, chunk: Uint8Array): { readonly isFull: boolean; readonly done: Promise<void> } {
  let isFull = false;
  // It is called when the chunk was taken, and when the transform was destroyed before that.
  const done = new Promise<void>((resolve) => (isFull = !transform.write(chunk, () => resolve())));
  return { isFull, done };
}

/** Until the transform takes more, or never will. */
function drained(transform: Transform): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      transform.off("drain", done);
      transform.off("close", done);
      resolve();
    };
    transform.once("drain", done);
    transform.once("close", done);
    if (transform.destroyed) done();
  });
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
