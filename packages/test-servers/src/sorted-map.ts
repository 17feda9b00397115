/** A map whose keys can be had in the order of their UTF-8 bytes. */
export class SortedMap<Value> extends Map<string, Value> {
  #sorted: { readonly key: string; readonly bytes: Buffer }[] | undefined;

  override set(key: string, value: Value): this {
    if (!this.has(key)) this.#sorted = undefined;
    return super.set(key, value);
  }

  override delete(key: string): boolean {
    this.#sorted = undefined;
    return super.delete(key);
  }

  /** The keys that begin with `prefix` and do not come before `start`. */
  from(prefix: string, start: string): string[] {
    this.#sorted ??= [...this.keys()]
      .map((key) => ({ key, bytes: Buffer.from(key) }))
      .sort((a, b) => Buffer.compare(a.bytes, b.bytes));
    const first = Buffer.from(start);
    return this.#sorted
      .filter(({ key, bytes }) => key.startsWith(prefix) && Buffer.compare(bytes, first) >= 0)
      .map(({ key }) => key);
  }
}
