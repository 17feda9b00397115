import { abortable, toStream } from "../bytes.ts";
import { StorageError } from "../errors.ts";
import type { DriverObject, ObjectInfo } from "./driver.ts";

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
    const chunks = this.#checked();
    return toStream({
      [Symbol.asyncIterator]: () => ({
        next: () => chunks.next(),
        // A generator that was never asked for anything ends without its finally: the request is ended here.
        return: async () => {
          const end = await chunks.return();
          await this.#object.cancel();
          return end;
        },
      }),
    });
  }

  /** All bytes, in memory of their own. As strict as {@link stream}. */
  async bytes(): Promise<Uint8Array> {
    this.#use();
    if (this.#object.bytes !== undefined) {
      let bytes: Uint8Array;
      try {
        if (this.#signal?.aborted === true) await this.#object.cancel();
        this.#signal?.throwIfAborted();
        bytes = await this.#object.bytes();
        this.#signal?.throwIfAborted();
      } catch (error) {
        throw this.#wrap(error);
      }
      this.#checkLength(bytes.byteLength);
      return bytes;
    }
    const whole = new Uint8Array(this.#expected);
    let offset = 0;
    for await (const chunk of this.#checked()) {
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

  #use(): void {
    if (this.#used) throw new TypeError(`The stored object ${JSON.stringify(this.info.key)} was used already.`);
    this.#used = true;
  }

  async *#checked(): AsyncGenerator<Uint8Array, void, void> {
    let received = 0;
    try {
      const { body } = this.#object;
      for await (const chunk of this.#signal === undefined ? body : abortable(body, this.#signal)) {
        received += chunk.byteLength;
        if (received > this.#expected) this.#checkLength(received);
        yield chunk;
      }
    } catch (error) {
      throw this.#wrap(error);
    } finally {
      await this.#object.cancel();
    }
    this.#checkLength(received);
  }

  #checkLength(received: number): void {
    if (received === this.#expected) return;
    throw this.#wrap(
      new StorageError({
        code: "Corrupt",
        detail: `${received} bytes arrived where the storage announced ${this.#expected}. Read it again.`,
        retryable: true,
      }),
    );
  }
}
