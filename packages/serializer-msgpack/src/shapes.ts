import { MAX_RECORD_KEYS } from "./format.ts";
import { isWellFormed } from "./text.ts";

/** The names of the properties of many objects alike, in their order. */
export class Shape {
  readonly keys: readonly string[];
  /** The shapes of the objects that stood last in each property: most likely those of the next ones too. */
  readonly children: (Shape | null)[];
  /** The value it was numbered in last: see {@link Encoder}. */
  epoch = 0;
  id = 0;
  /** Objects of this shape whose properties were looked at one by one in this value. */
  checked = 0;

  constructor(keys: readonly string[]) {
    this.keys = keys;
    this.children = Array.from<null>({ length: keys.length }).fill(null);
  }
}

interface Node {
  readonly next: Map<string, Node>;
  shape: Shape | null | undefined;
}

const MAX_SHAPES = 4096;

/** The shapes that were met, kept between values; no more than a few thousand, then it starts anew. */
export class Shapes {
  #root: Node = { next: new Map(), shape: undefined };
  #size = 0;

  /** The shape of these names; null where they cannot be the names of a record. */
  of(keys: readonly string[]): Shape | null {
    if (keys.length > MAX_RECORD_KEYS) return null;
    let node = this.#root;
    for (const key of keys) {
      let next = node.next.get(key);
      if (next === undefined) {
        if (key === "__proto__" || !isWellFormed(key)) return null;
        next = { next: new Map(), shape: undefined };
        node.next.set(key, next);
        this.#size++;
      }
      node = next;
    }
    if (node.shape !== undefined) return node.shape;
    if (this.#size > MAX_SHAPES) {
      this.#root = { next: new Map(), shape: undefined };
      this.#size = 0;
    }
    return (node.shape = new Shape(keys));
  }
}
