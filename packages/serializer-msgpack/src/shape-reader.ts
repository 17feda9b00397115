import { isOrdinary, isWellFormed } from "@coatcheck/core/serializer";
import type { Shape, Shapes } from "./shapes.ts";

const { getOwnPropertyDescriptor } = Object;

let epochs = 0;

/**
 * Tells the shapes of the objects of one value, and reads what they hold. Every property of every object is looked at:
 * nothing else tells a getter, or a property that cannot be written to.
 */
export class ShapeReader {
  readonly #shapes: Shapes;
  /** What the shapes that were met in this value bear. */
  readonly epoch: number = ++epochs;
  /** The values of the objects that are being written, each from a place of its own on. */
  readonly stack: unknown[] = [];
  /** Where the values of the next object go. */
  top = 0;

  constructor(shapes: Shapes) {
    this.#shapes = shapes;
    shapes.trim();
  }

  /** The shape of the object with these names; null where it is a dictionary; undefined where names are none of a map. */
  of(names: readonly string[], hint: Shape | null, mayAdd: boolean): Shape | null | undefined {
    const shape = this.#shapeOf(names, hint, mayAdd);
    return shape === null && !names.every(isMapName) ? undefined : shape;
  }

  #shapeOf(names: readonly string[], hint: Shape | null, mayAdd: boolean): Shape | null {
    if (hint === null) return this.#shapes.of(names, mayAdd);
    if (isSame(names, hint.names)) return hint;
    // Where objects of two shapes take turns, the other one is the next to try.
    const { instead } = hint;
    if (instead !== null && isSame(names, instead.names)) return instead;
    const shape = this.#shapes.of(names, mayAdd);
    if (shape !== null) hint.instead = shape;
    return shape;
  }

  /** Puts the values of an object on the stack; false where properties are more than a name and a value. */
  read(object: object, names: readonly string[]): boolean {
    const { stack, top } = this;
    for (let index = 0; index < names.length; index++) {
      const property = getOwnPropertyDescriptor(object, names[index]!);
      if (!isOrdinary(property)) return false;
      stack[top + index] = property.value;
    }
    this.top = top + names.length;
    return true;
  }
}

function isSame(names: readonly string[], others: readonly string[]): boolean {
  const { length } = names;
  if (length !== others.length) return false;
  for (let index = 0; index < length; index++) if (names[index] !== others[index]) return false;
  return true;
}

function isMapName(name: string): boolean {
  return name !== "__proto__" && isWellFormed(name);
}
