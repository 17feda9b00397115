/** What `fn` makes of each item, in their order, with at most `limit` calls under way. */
export async function inParallel<Item, Out>(
  items: readonly Item[],
  limit: number,
  fn: (item: Item) => Promise<Out>,
): Promise<Out[]> {
  const results: Out[] = [];
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await fn(item);
  };
  await Promise.all(Array.from({ length: limit }, worker));
  return results;
}
