/**
 * Results held until those before them have come, in multiples of the limit. With none held, one slow call leaves the
 * others idle: where the times of calls are exponentially distributed, 16 places do the work of 6; with four times, of 14.
 */
const AHEAD = 4;

/**
 * The results of `fn` over `items`, in order, with at most `limit` calls under way. An item is asked for when its call can
 * begin, and not while `4 × limit` results wait to be taken. A failure, of the source too, comes at its place, and ends it;
 * where `signal` aborts, its reason comes after what had begun by then. However it ends, the source is closed, nothing
 * begins any more, and what is under way is waited for; a source that has not given its next item closes when it has.
 */
export async function* mapOrdered<Item, Out>(
  items: Iterable<Item> | AsyncIterable<Item>,
  limit: number,
  fn: (item: Item) => Promise<Out>,
  signal?: AbortSignal,
): AsyncGenerator<Out, void, void> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : inTurn(items);
  const calls: Promise<Out>[] = [];
  let running = 0;
  let asking = false;
  let ended = false;
  let left = false;
  let wake = (): void => {};

  const push = (call: Promise<Out>): void => {
    // It is awaited later; until then a failure must not count as unhandled.
    call.catch(() => {});
    calls.push(call);
  };
  const begin = async (item: Item): Promise<Out> => {
    running++;
    try {
      return await fn(item);
    } finally {
      running--;
      ask();
    }
  };
  const next = async (): Promise<void> => {
    try {
      const { done, value } = await iterator.next();
      if (done === true) ended = true;
      else if (!left) push(begin(value as Item));
    } catch (error) {
      ended = true;
      push(Promise.reject(error as Error));
    }
    asking = false;
    wake();
    ask();
  };
  const ask = (): void => {
    if (ended || left || asking || running >= limit || calls.length >= AHEAD * limit) return;
    asking = true;
    void next();
  };

  const abort = (): void => {
    left = true;
    push(Promise.reject(signal!.reason as Error));
    wake();
  };

  signal?.addEventListener("abort", abort);
  try {
    signal?.throwIfAborted();
    for (;;) {
      ask();
      if (calls.length > 0) yield await calls.shift()!;
      else if (ended) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    left = true;
    signal?.removeEventListener("abort", abort);
    const closed = ended ? undefined : iterator.return?.();
    // It may stall for good.
    if (asking) closed?.catch(() => {});
    else await closed;
    await Promise.allSettled(calls);
  }
}

async function* inTurn<Item>(items: Iterable<Item>): AsyncGenerator<Item, void, void> {
  yield* items;
}
