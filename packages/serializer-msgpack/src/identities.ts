/** The objects that were met, numbered from 0 in that order. */
export class Identities {
  // A Set costs half of what a Map does: as long as nothing is met again no number is asked for.
  readonly #seen = new Set<object>();
  #numbers: Map<object, number> | undefined;
  /** The objects that have no number yet. */
  #rest: Iterator<object> | undefined;

  /** Notes an object; false where it was met before. */
  add(object: object): boolean {
    const seen = this.#seen;
    const before = seen.size;
    return seen.add(object).size !== before;
  }

  has(object: object): boolean {
    return this.#seen.has(object);
  }

  clear(): void {
    this.#seen.clear();
    this.#numbers = undefined;
    this.#rest = undefined;
  }

  /** The number of an object that was met. */
  numberOf(object: object): number {
    const numbers = (this.#numbers ??= new Map());
    const rest = (this.#rest ??= this.#seen.values());
    let number = numbers.get(object);
    while (number === undefined) {
      const next = rest.next().value as object;
      if (next === object) number = numbers.size;
      numbers.set(next, numbers.size);
    }
    return number;
  }
}
