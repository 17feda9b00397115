import { toStream } from "../bytes.ts";
import { StorageError } from "../errors.ts";
import type { DriverObject, ObjectInfo, ReadableObject, StreamedObject } from "./driver.ts";

/** Bytes of a chunk of a stream, where it is not the driver that makes them. */
const CHUNK = 512 * 1024;

/** An object's one use, as reading into memory of the reader's own. */
export interface DirectReader {
  /** As {@link ReadableObject.read}; gives 0 only where all bytes have come. */
  read(target: Uint8Array): Promise<number>;
  /** What is left, as chunks: the next one is read while the one before it is used. */
  chunks(): AsyncGenerator<Uint8Array, void, void>;
  cancel(): Promise<void>;
}

/** The object's one use as a {@link DirectReader}; undefined, and the object unused, where its driver streams. */
export let directReader: (object: StoredObject) => DirectReader | undefined;

/**
 * An object whose request has been sent, for one use: `stream()`, `bytes()` or `cancel()`. One that is not used must be
 * cancelled (or held by `await using`), else its connection stays open.
 */
export class StoredObject {
  readonly info: ObjectInfo;
  readonly #object: DriverObject;
  readonly #expected: number;
  readonly #signal: AbortSignal | undefined;
  readonly #wrap: (error: unknown) => unknown;
  #used = false;

  /** Made by {@link Storage}: `expected` is how many bytes must come, `wrap` says where an error happened. */
  constructor(
    object: DriverObject,
    info: ObjectInfo,
    expected: number,
    signal: AbortSignal | undefined,
    wrap: (error: unknown) => unknown,
  ) {
    this.info = info;
    this.#object = object;
    this.#expected = expected;
    this.#signal = signal;
    this.#wrap = wrap;
  }

  /**
   * The bytes as they come. The stream errors, and never just ends, where fewer or more bytes come than the storage
   * announced (`Corrupt`). Cancelling it ends the request. A second use of the object throws a TypeError.
   */
  stream(): ReadableStream<Uint8Array> {
    this.#use();
    const chunks = "read" in this.#object ? this.#direct(this.#object).chunks() : this.#streamed(this.#object);
    return toStream(chunks, () => this.#object.cancel());
  }

  /** All bytes, in memory of their own. As strict as {@link stream}. */
  async bytes(): Promise<Uint8Array> {
    this.#use();
    const whole = await this.#allocate();
    let offset = 0;
    if ("read" in this.#object) {
      const { read } = this.#direct(this.#object);
      while (offset < whole.byteLength) offset += await read(whole.subarray(offset));
      await read(new Uint8Array(1));
      return whole;
    }
    for await (const chunk of this.#streamed(this.#object)) {
      whole.set(chunk, offset);
      offset += chunk.byteLength;
    }
    return whole;
  }

  /** Ends the request without reading it. Does nothing where the object was used already. */
  async cancel(): Promise<void> {
    if (this.#used) return;
    this.#used = true;
    await this.#object.cancel();
  }

  /** The same as {@link cancel}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.cancel();
  }

  static {
    directReader = (object) => {
      const source = object.#object;
      if (!("read" in source)) return undefined;
      object.#use();
      return object.#direct(source);
    };
  }

  #direct(object: ReadableObject): DirectReader {
    const signal = this.#signal;
    let received = 0;
    const read = async (target: Uint8Array): Promise<number> => {
      try {
        signal?.throwIfAborted();
        const count = await object.read(target);
        signal?.throwIfAborted();
        received += count;
        if (count === 0 || received > this.#expected) this.#checkLength(received);
        return count;
      } catch (error) {
        await object.cancel();
        throw this.#wrap(error);
      }
    };
    const next = async (): Promise<Uint8Array> => {
      const chunk = new Uint8Array(Math.min(CHUNK, Math.max(1, this.#expected - received)));
      return chunk.subarray(0, await read(chunk));
    };
    async function* chunks(): AsyncGenerator<Uint8Array, void, void> {
      let ahead = next();
      try {
        for (let chunk = await ahead; chunk.byteLength > 0; chunk = await ahead) {
          ahead = next();
          // It may fail before it is asked for.
          ahead.catch(() => {});
          yield chunk;
        }
      } finally {
        // Who leaves early finds everything closed; who aborts does not wait.
        if (signal?.aborted !== true) await ahead.catch(() => {});
        await object.cancel();
      }
    }
    return { read, chunks, cancel: () => object.cancel() };
  }

  async #allocate(): Promise<Uint8Array> {
    try {
      return new Uint8Array(this.#expected);
    } catch (cause) {
      await this.#object.cancel();
      const detail = `its ${this.#expected} bytes do not fit into one array. Read it as a stream.`;
      throw this.#wrap(new StorageError({ code: "TooLarge", detail, cause }));
    }
  }

  #use(): void {
    if (this.#used) throw new TypeError(`The stored object ${JSON.stringify(this.info.key)} was used already.`);
    this.#used = true;
  }

  async *#streamed({ body }: StreamedObject): AsyncGenerator<Uint8Array, void, void> {
    let received = 0;
    try {
      const signal = this.#signal;
      const chunks = signal === undefined ? body : (await import("../abortable.ts")).abortable(body, signal);
      for await (const chunk of chunks) {
        received += chunk.byteLength;
        if (received > this.#expected) this.#checkLength(received);
        yield chunk;
      }
      this.#checkLength(received);
    } catch (error) {
      throw this.#wrap(error);
    } finally {
      await this.#object.cancel();
    }
  }

  #checkLength(received: number): void {
    if (received === this.#expected) return;
    throw new StorageError({
      code: "Corrupt",
      detail: `${received} bytes arrived where the storage announced ${this.#expected}. Read it again.`,
      retryable: true,
    });
  }
}
