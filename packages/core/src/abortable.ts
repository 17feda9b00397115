/** The same items, until `signal` aborts: then it throws the reason at once, even where the source never answers. */
export async function* abortable<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T, void, void> {
  const iterator = source[Symbol.asyncIterator]();
  let over = false;
  const next = async (): Promise<IteratorResult<T, unknown>> => {
    try {
      return await iterator.next();
    } catch (error) {
      over = true;
      throw error;
    }
  };
  let stop = (_reason: unknown): void => {};
  const abort = (): void => stop(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    for (;;) {
      signal.throwIfAborted();
      // Not Promise.race: one promise that is raced with every item holds on to all of them.
      const { done, value } = await new Promise<IteratorResult<T, unknown>>((resolve, reject) => {
        stop = reject;
        next().then(resolve, reject);
      });
      over ||= done === true;
      if (done === true) return;
      yield value as T;
    }
  } finally {
    signal.removeEventListener("abort", abort);
    const left = over ? undefined : Promise.resolve(iterator.return?.());
    // A source that stalls may never answer; the abort must not wait for it.
    if (signal.aborted) left?.catch(() => {});
    else await left;
  }
}
