import { isOrdinary } from "./properties.ts";
import { isProxy } from "./realm.ts";
import type { Shape, Shapes } from "./shapes.ts";
import { isWellFormed } from "./text.ts";

const { getOwnPropertyDescriptor, getOwnPropertyNames, getOwnPropertySymbols, isExtensible, keys } = Object;
const { toString } = Object.prototype;

/**
 * Objects of one shape that are looked at property by property. In the next ones names, symbols, hidden properties and
 * being closed are looked for, but no more that a property is a getter or cannot be written to: that costs as much again
 * as writing the object.
 */
export const CHECKED = 32;

let epochs = 0;

/** Tells the shapes of the objects of one value, and reads what they hold. */
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

  /**
   * The shape of an object, with its values put on the stack; null where it is a dictionary; undefined where it has
   * properties that are more than a name and a value, or is closed to new ones.
   */
  of(object: object, hint: Shape | null, mayAdd: boolean): Shape | null | undefined {
    if (!isExtensible(object)) return undefined;
    if (hint !== null) {
      if (this.#has(object, hint)) return hint;
      // Where objects of two shapes take turns, the other one is the next to try.
      const { instead } = hint;
      if (instead !== null && this.#has(object, instead)) return instead;
    }
    const shape = this.#byNames(object, mayAdd);
    if (hint !== null && shape !== undefined && shape !== hint) hint.instead = shape;
    return shape;
  }

  /** Whether an object is of that shape, of which enough were looked at closely; its values are on the stack then. */
  #has(object: object, shape: Shape): boolean {
    if (shape.checked < CHECKED || shape.epoch !== this.epoch) return false;
    const stack = this.stack;
    const base = this.top;
    const { names } = shape;
    let count = 0;
    for (const name in object) {
      if (name !== names[count]) return false;
      stack[base + count++] = (object as Record<string, unknown>)[name];
    }
    if (count !== names.length || getOwnPropertyNames(object).length !== count) return false;
    if (getOwnPropertySymbols(object).length > 0) return false;
    this.top = base + count;
    return true;
  }

  #byNames(object: object, mayAdd: boolean): Shape | null | undefined {
    const stack = this.stack;
    const base = this.top;
    if (getOwnPropertySymbols(object).length > 0) return undefined;
    const names = getOwnPropertyNames(object);
    const shape = this.#shapes.of(names, mayAdd);
    if (shape !== null && shape.epoch === this.epoch && ++shape.checked > CHECKED) {
      if (keys(object).length !== names.length) return undefined;
      for (let index = 0; index < names.length; index++) {
        stack[base + index] = (object as Record<string, unknown>)[names[index]!];
      }
    } else {
      // Neither a Proxy nor, say, a Date that was given another prototype shows in its properties.
      if (isProxy(object) || toString.call(object) !== "[object Object]") return undefined;
      for (let index = 0; index < names.length; index++) {
        const property = getOwnPropertyDescriptor(object, names[index]!);
        if (!isOrdinary(property)) return undefined;
        stack[base + index] = property.value;
      }
      if (shape === null) return names.every(isMapName) ? null : undefined;
    }
    this.top = base + names.length;
    return shape;
  }
}

function isMapName(name: string): boolean {
  return name !== "__proto__" && isWellFormed(name);
}
