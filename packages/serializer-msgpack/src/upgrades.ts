const { getOwnPropertyDescriptor } = Object;
const { ownKeys } = Reflect;

interface Waiting {
  /** How many were put off before it: what is further inside was. */
  readonly order: number;
  readonly upgrade: () => void;
}

/**
 * What brings the objects of older versions of their class up to date: when all is read, the innermost first. Only what is part
 * of a state is brought up to date before, as an object is made from it.
 */
export class Upgrades {
  readonly #waiting = new Map<object, Waiting>();
  #count = 0;
  /** The objects that were looked through for a state. */
  readonly #met = new Set<object>();

  /** Puts off the upgrade of an object. */
  add(object: object, upgrade: () => void): void {
    this.#waiting.set(object, { order: this.#count++, upgrade });
  }

  /** Runs all that are left. */
  run(): void {
    for (const { upgrade } of this.#waiting.values()) upgrade();
  }

  /** Runs those of a state, and of what it leads to. */
  runWithin(state: unknown): void {
    if (this.#waiting.size === 0) return;
    const found: Waiting[] = [];
    const left: unknown[] = [state];
    while (left.length > 0) {
      const object = left.pop();
      if (typeof object !== "object" || object === null || this.#met.has(object)) continue;
      this.#met.add(object);
      const waiting = this.#waiting.get(object);
      if (waiting !== undefined) {
        this.#waiting.delete(object);
        found.push(waiting);
      }
      addContent(object, left);
    }
    for (const { upgrade } of found.toSorted((one, other) => one.order - other.order)) upgrade();
  }
}

/** Adds what an object holds, without running any code. */
function addContent(object: object, to: unknown[]): void {
  if (ArrayBuffer.isView(object)) return;
  for (const key of ownKeys(object)) to.push(getOwnPropertyDescriptor(object, key)!.value);
  if (object instanceof Map) Map.prototype.forEach.call(object, (value, key) => to.push(key, value));
  else if (object instanceof Set) Set.prototype.forEach.call(object, (value) => to.push(value));
}
