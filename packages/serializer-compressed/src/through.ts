import type { Transform } from "./node-zlib.ts";

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
  const feeder = new Feeder(source, transform);
  const abort = (): void => transform.destroy(new Error("aborted"));
  signal?.addEventListener("abort", abort, { once: true });
  try {
    signal?.throwIfAborted();
    for await (const chunk of output(transform, onFailure)) {
      yield chunk;
      signal?.throwIfAborted();
    }
    const input = await unlessAborted(feeder.input, signal);
    onEnd?.(input);
  } catch (error) {
    signal?.throwIfAborted();
    throw feeder.failure === undefined ? error : feeder.failure.error;
  } finally {
    signal?.removeEventListener("abort", abort);
    transform.destroy();
    await feeder.stop();
  }
}

async function* output(transform: Transform, onFailure: Passage["onFailure"]): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield* transform;
  } catch (error) {
    throw onFailure(error);
  }
}

class Feeder {
  readonly input: Promise<Input>;
  failure: { readonly error: unknown } | undefined;
  readonly #iterator: AsyncIterator<Uint8Array>;
  readonly #transform: Transform;
  #isReading = false;
  #isOver = false;

  constructor(source: AsyncIterable<Uint8Array>, transform: Transform) {
    this.#iterator = source[Symbol.asyncIterator]();
    this.#transform = transform;
    this.input = this.#feed();
    // Until somebody waits for it, its failure is known through the transform.
    this.input.catch(() => {});
  }

  async #feed(): Promise<Input> {
    let byteLength = 0;
    let tail = 0;
    try {
      for (;;) {
        this.#isReading = true;
        const { done, value } = await this.#iterator.next();
        this.#isReading = false;
        if (done === true) break;
        byteLength += value.byteLength;
        tail = tailOf(tail, value);
        if (value.byteLength === 0) continue;
        if (this.#transform.destroyed) return { byteLength, tail };
        if (!this.#transform.write(value)) await drained(this.#transform);
      }
      this.#isOver = true;
      if (!this.#transform.destroyed) this.#transform.end();
      return { byteLength, tail };
    } catch (error) {
      this.#isOver = true;
      this.failure = { error };
      this.#transform.destroy(error as Error);
      throw error;
    }
  }

  /** Returns the source, unless it has ended. A source that is busy returns when it is done: nobody waits for that. */
  async stop(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    const returned = Promise.resolve(this.#iterator.return?.()).catch(() => {});
    if (!this.#isReading) await returned;
  }
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
