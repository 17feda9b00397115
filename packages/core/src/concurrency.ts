/** The results of `fn` over `items`, in order, with at most `limit` calls under way; the first failure ends it. */
export async function* mapOrdered<Item, Out>(
  items: AsyncIterable<Item>,
  limit: number,
  fn: (item: Item) => Promise<Out>,
): AsyncGenerator<Out, void, void> {
  const window: Promise<Out>[] = [];
  for await (const item of items) {
    const call = fn(item);
    // It is awaited later; until then a failure must not count as unhandled.
    call.catch(() => {});
    window.push(call);
    if (window.length >= limit) yield await window.shift()!;
  }
  for (const call of window) yield await call;
}
