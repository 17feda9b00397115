import { isWellFormed } from "@coatcheck/core/serializer";
import { MAX_RECORD_NAMES } from "./format.ts";

/** The names of the properties of many objects alike, in their order. */
export class Shape {
  readonly names: readonly string[];
  /** The shapes of the objects that stood last in each property: most likely those of the next ones too. */
  readonly children: (Shape | null)[];
  /** The shape of the last object that was taken to be of this one and was not. */
  instead: Shape | null = null;
  /** The value it was numbered in last: see {@link Encoder}. */
  epoch = 0;
  id = 0;
  /** No object that was met with it held another one. */
  isFlat = true;

  constructor(names: readonly string[]) {
    this.names = names;
    this.children = Array.from<null>({ length: names.length }).fill(null);
  }
}

/** The names that may follow those before, and the shape that ends here. */
interface Names {
  readonly next: Map<string, Names>;
  shape: Shape | undefined;
}

const MAX_NAMES = 4096;
/** So many characters count as one more name: names may be whole texts. */
const ONE_NAME = 64;

/** The shapes that were met, kept between values; when there are too many, the next value starts anew. */
export class Shapes {
  #root: Names = { next: new Map(), shape: undefined };
  #size = 0;

  /** To be called before each value. Within one nothing is forgotten, as bytes must not depend on what came before. */
  trim(): void {
    if (this.#size <= MAX_NAMES) return;
    this.#root = { next: new Map(), shape: undefined };
    this.#size = 0;
  }

  /** The shape of these names, if need be a new one; null where they cannot be the names of a record. */
  of(names: readonly string[], mayAdd: boolean): Shape | null {
    if (names.length > MAX_RECORD_NAMES) return null;
    let node = this.#root;
    for (const name of names) {
      let next = node.next.get(name);
      if (next === undefined) {
        if (!mayAdd || name === "__proto__" || !isWellFormed(name)) return null;
        next = { next: new Map(), shape: undefined };
        node.next.set(name, next);
        this.#size += 1 + Math.floor(name.length / ONE_NAME);
      }
      node = next;
    }
    return (node.shape ??= new Shape(names));
  }
}
