/** A source that is read by one, and may have to be given back by another. */
export class Source {
  /** What it threw, if it did. */
  failure: { readonly error: unknown } | undefined;
  readonly #iterator: AsyncIterator<Uint8Array>;
  #isReading = false;
  #isOver = false;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#iterator = source[Symbol.asyncIterator]();
  }

  /** The next chunk, or undefined at the end. */
  async next(): Promise<Uint8Array | undefined> {
    if (this.#isOver) return undefined;
    this.#isReading = true;
    try {
      const { done, value } = await this.#iterator.next();
      if (done === true) this.#isOver = true;
      return done === true ? undefined : value;
    } catch (error) {
      this.#isOver = true;
      this.failure = { error };
      throw error;
    } finally {
      this.#isReading = false;
    }
  }

  /** Gives it back, unless it has ended. One that is being read is given back then: nobody waits for that. */
  async close(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    const returned = Promise.resolve(this.#iterator.return?.()).catch(() => {});
    if (!this.#isReading) await returned;
  }

  /** Its chunks, until the signal is aborted. */
  async *chunks(signal: AbortSignal | undefined): AsyncGenerator<Uint8Array, void, void> {
    signal?.throwIfAborted();
    for (let chunk = await this.next(); chunk !== undefined; chunk = await this.next()) {
      yield chunk;
      signal?.throwIfAborted();
    }
  }
}
