import { isOpenObject, isOrdinary, isWellFormed } from "@coatcheck/core/serializer";
import type { Shape, Shapes } from "./shapes.ts";

const { getOwnPropertyDescriptor, getOwnPropertyNames, getOwnPropertySymbols } = Object;

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
  /** The names of the last object. */
  names: readonly string[] = [];

  constructor(shapes: Shapes) {
    this.#shapes = shapes;
    shapes.trim();
  }

  /**
   * The shape of an object, with its values put on the stack; null where it is a dictionary; undefined where it has
   * properties that are more than a name and a value, is closed to new ones, or is no object literal inside.
   */
  of(object: object, hint: Shape | null, mayAdd: boolean): Shape | null | undefined {
    const names = (this.names = getOwnPropertyNames(object));
    const { length } = names;
    if (!isOpenObject(object, length === 0) || getOwnPropertySymbols(object).length > 0) return undefined;
    const { stack, top } = this;
    for (let index = 0; index < length; index++) {
      const property = getOwnPropertyDescriptor(object, names[index]!);
      if (!isOrdinary(property)) return undefined;
      stack[top + index] = property.value;
    }
    const shape = this.#shapeOf(names, hint, mayAdd);
    if (shape === null && !names.every(isMapName)) return undefined;
    this.top = top + length;
    return shape;
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
