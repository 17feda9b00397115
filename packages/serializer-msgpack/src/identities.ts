/** The objects that were met, numbered from 0 in that order. */
export class Identities {
  // A Set costs half of what a Map does: as long as nothing is met again no number is asked for.
  readonly #seen = new Set<object>();
  #numbers: Map<object, number> | undefined;

  /** Gives an object its number; false where it has one. */
  add(object: object): boolean {
    const numbers = this.#numbers;
    if (numbers !== undefined) {
      if (numbers.has(object)) return false;
      numbers.set(object, numbers.size);
      return true;
    }
    const seen = this.#seen;
    const before = seen.size;
    seen.add(object);
    return seen.size !== before;
  }

  has(object: object): boolean {
    return this.#numbers === undefined ? this.#seen.has(object) : this.#numbers.has(object);
  }

  clear(): void {
    this.#seen.clear();
    this.#numbers = undefined;
  }

  /** The number of an object that has one. */
  numberOf(object: object): number {
    if (this.#numbers === undefined) {
      this.#numbers = new Map();
      for (const seen of this.#seen) this.#numbers.set(seen, this.#numbers.size);
    }
    return this.#numbers.get(object)!;
  }
}
