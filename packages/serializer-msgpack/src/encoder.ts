import { ArrayCheck } from "./arrays.ts";
import type { Classes } from "./classes.ts";
import { Extra } from "./extra.ts";
import { Flag, MARK, MAX_DEPTH, MAX_RECORDS, Tag, VERSION } from "./format.ts";
import { Identities } from "./identities.ts";
import { Output } from "./output.ts";
import { isOrdinary } from "./properties.ts";
import { isProxy } from "./realm.ts";
import { type Place, Refusal } from "./refusal.ts";
import { refuseFunction, refuseSymbol } from "./refused.ts";
import type { Shape, Shapes } from "./shapes.ts";
import { type Deferred, writeDeferred, writeSpecial } from "./special.ts";
import { wellKnownName } from "./symbols.ts";
import { isWellFormed, toUtf16 } from "./text.ts";

const { getOwnPropertyDescriptor, getOwnPropertyNames, getOwnPropertySymbols, getPrototypeOf, isExtensible, keys } =
  Object;
const { toString } = Object.prototype;
const ObjectPrototype = Object.prototype;
const ArrayPrototype = Array.prototype;

/**
 * Objects of one shape that are looked at property by property. In the next ones names, symbols, hidden properties and
 * being closed are looked for, but no more that a property is a getter or cannot be written to: that costs as much again
 * as writing the object.
 */
const CHECKED = 32;

let epochs = 0;

/**
 * Writes one value. Every object gets a number in the order of writing; where one is met again its number stands in its
 * place. With `tracing` it keeps the place where it is, for the path of a refusal; it is slow then.
 */
export class Encoder extends Output {
  /**
   * The last encoder, which holds on to nothing. Engines drop the code that they made for a kind of objects when no object of
   * it is left: without this one, with each collection of garbage.
   */
  protected static resting: Encoder | undefined;

  readonly classes: Classes;
  readonly tracing: boolean;
  /** What the attempt before found, where there was one: what belongs together shows at the end only. */
  readonly found: Extra | undefined;
  place: Place | undefined;
  depth = 0;

  readonly #shapes: Shapes;
  readonly #arrays = new ArrayCheck();
  readonly #epoch = ++epochs;
  readonly #identities = new Identities();
  #extra: Extra | undefined;
  readonly #deferred: Deferred[] = [];
  readonly #stack: unknown[] = [];
  #closeLooks = CHECKED;
  #top = 0;
  #records = 0;
  #recordUses = 0;
  #refers = false;

  constructor(classes: Classes, shapes: Shapes, tracing: boolean, found?: Extra) {
    super();
    this.classes = classes;
    this.#shapes = shapes;
    shapes.trim();
    this.tracing = tracing;
    this.found = found;
  }

  get extra(): Extra {
    return (this.#extra ??= new Extra());
  }

  /** The bytes of `root`. */
  document(root: unknown): Uint8Array {
    this.position = 3;
    this.value(root, null);
    for (const deferred of this.#deferred) {
      this.depth = 0;
      this.place = deferred.place;
      writeDeferred(this, deferred);
    }
    this.target[0] = MARK;
    this.target[1] = VERSION;
    this.target[2] = (this.#refers ? Flag.References : 0) | (this.ascii ? Flag.Ascii : 0);
    const bytes = this.finish();
    if (this.#extra === undefined) this.#rest();
    return bytes;
  }

  /** Lets go of everything, and waits, as the class says. */
  #rest(): void {
    this.forget();
    this.#identities.clear();
    this.#deferred.length = 0;
    this.#stack.length = 0;
    this.place = undefined;
    Encoder.resting = this;
  }

  /** What another attempt has to know: objects that belong together were met, and written as if they did not. */
  get toKnow(): Extra | undefined {
    const extra = this.#extra;
    if (extra === undefined || this.found !== undefined) return undefined;
    return extra.searchParamsCameFirst || [...extra.buffers.values()].some(({ isShared }) => isShared)
      ? extra
      : undefined;
  }

  /** Whether `object` got a number already. */
  has(object: object): boolean {
    return this.#identities.has(object);
  }

  /** Whether it writes the state of an object, which has to be whole when it is read. */
  get isInState(): boolean {
    return this.#extra !== undefined && this.#extra.openStates.size > 0;
  }

  /**
   * Whether the next object that is no plain one is looked at for hidden properties and those under symbols. The first
   * ones are; they cost as much as writing a small object.
   */
  looksClosely(): boolean {
    return this.#closeLooks > 0 && this.#closeLooks-- > 0;
  }

  /** Puts off the body of an object that stands too deep. */
  defer(deferred: Deferred): void {
    this.#deferred.push(deferred);
  }

  /** Writes `value`. `hint` is the shape it most likely has; given back is the shape that it had, if it was a record. */
  value(value: unknown, hint: Shape | null): Shape | null {
    switch (typeof value) {
      case "string":
        this.string(value);
        return null;
      case "number":
        this.number(value);
        return null;
      case "boolean":
        this.byte(value ? 0xc3 : 0xc2);
        return null;
      case "object":
        if (value !== null) return this.#object(value, hint);
        this.byte(0xc0);
        return null;
      case "undefined":
        this.tag(0xd4, 0);
        this.byte(0);
        return null;
      case "bigint":
        this.bigint(value);
        return null;
      case "symbol":
        this.symbol(value);
        return null;
      default:
        return refuseFunction(value as () => void);
    }
  }

  /** Writes a value that stands at `step` of the object that is being written. */
  child(value: unknown, step: Place["step"]): void {
    if (this.tracing) this.at(step, () => this.value(value, null));
    else this.value(value, null);
  }

  /** Runs `write`, whose refusal is to name `step`. */
  at(step: Place["step"], write: () => unknown): void {
    const up = this.place;
    if (this.tracing) this.place = { up, step };
    write();
    this.place = up;
  }

  symbol(symbol: symbol): void {
    const key = Symbol.keyFor(symbol);
    const name = key ?? wellKnownName(symbol);
    if (name === undefined) refuseSymbol(symbol);
    this.tag(MARK, key === undefined ? Tag.WellKnownSymbol : Tag.RegisteredSymbol);
    this.string(name);
  }

  protected override illFormed(text: string): void {
    this.tag(MARK, Tag.Utf16);
    this.binary(toUtf16(text));
  }

  #object(object: object, hint: Shape | null): Shape | null {
    if (!this.#identities.add(object)) {
      this.#reference(object);
      return null;
    }
    const prototype: object | null = getPrototypeOf(object);
    if (this.depth < MAX_DEPTH && !this.tracing) {
      if (prototype === ObjectPrototype) return this.#plainObject(object, hint);
      if (prototype === ArrayPrototype && this.#arrays.isPlain(object as unknown[])) {
        return this.#elements(object as unknown[], hint);
      }
    }
    writeSpecial(this, object, prototype);
    return null;
  }

  #reference(object: object): void {
    if (this.#extra?.openStates.has(object) === true) {
      throw new Refusal(
        "an object is part of its own state",
        "What toState() gives must not lead back to the object: it is made from its state when it is read.",
      );
    }
    this.#refers = true;
    this.tag(MARK, Tag.Reference);
    this.uint(this.#identities.numberOf(object));
  }

  /** An object with the prototype of a literal: a record, a map, or, where it is more than names and values, with a tag. */
  #plainObject(object: object, hint: Shape | null): Shape | null {
    const base = this.#top;
    const shape = this.#shapeOf(object, hint);
    if (shape === undefined) writeSpecial(this, object, ObjectPrototype);
    else if (shape !== null && this.#recordHead(shape)) this.#recordBody(shape, base);
    else this.#map(object);
    this.#top = base;
    return shape ?? null;
  }

  /**
   * The shape of an object, with its values put on the stack; null where it is a dictionary; undefined where it has
   * properties that are more than a name and a value, or is closed to new ones.
   */
  #shapeOf(object: object, hint: Shape | null): Shape | null | undefined {
    if (!isExtensible(object)) return undefined;
    if (hint !== null) {
      if (this.#hasShape(object, hint)) return hint;
      // Where objects of two shapes take turns, the other one is the next to try.
      const { instead } = hint;
      if (instead !== null && this.#hasShape(object, instead)) return instead;
    }
    const shape = this.#shapeByNames(object);
    if (hint !== null && shape !== undefined && shape !== hint) hint.instead = shape;
    return shape;
  }

  /** Whether an object is of that shape, of which enough were looked at closely; its values are on the stack then. */
  #hasShape(object: object, shape: Shape): boolean {
    if (shape.checked < CHECKED || shape.epoch !== this.#epoch) return false;
    const stack = this.#stack;
    const base = this.#top;
    const { names } = shape;
    let count = 0;
    for (const name in object) {
      if (name !== names[count]) return false;
      stack[base + count++] = (object as Record<string, unknown>)[name];
    }
    if (count !== names.length || getOwnPropertyNames(object).length !== count) return false;
    if (getOwnPropertySymbols(object).length > 0) return false;
    this.#top = base + count;
    return true;
  }

  #shapeByNames(object: object): Shape | null | undefined {
    const stack = this.#stack;
    const base = this.#top;
    if (getOwnPropertySymbols(object).length > 0) return undefined;
    const names = getOwnPropertyNames(object);
    const shape = this.#shapes.of(names, this.#mayDefine);
    if (shape !== null && shape.epoch === this.#epoch && ++shape.checked > CHECKED) {
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
    this.#top = base + names.length;
    return shape;
  }

  /** Whether one more record may be defined: not where there are many different ones, with few objects of each. */
  get #mayDefine(): boolean {
    return this.#records < 64 || (this.#records < MAX_RECORDS && this.#recordUses >= this.#records);
  }

  /** Writes which record follows; false where it is a new one, and one too many. */
  #recordHead(shape: Shape): boolean {
    const isNew = shape.epoch !== this.#epoch;
    if (isNew) {
      if (!this.#mayDefine) return false;
      shape.epoch = this.#epoch;
      shape.id = this.#records++;
      shape.checked = 1;
    } else this.#recordUses++;
    if (shape.id >= 64) {
      this.tag(MARK, Tag.Record);
      this.uint(shape.id);
    } else {
      if (isNew) this.tag(0xd4, 0x72);
      this.byte(0x40 | shape.id);
    }
    if (isNew) {
      this.count(shape.names.length, 0x90, 0xdc);
      for (const name of shape.names) this.string(name);
    }
    return true;
  }

  #recordBody(shape: Shape, base: number): void {
    const stack = this.#stack;
    const { children } = shape;
    this.depth++;
    for (let index = 0; index < children.length; index++) {
      const value = stack[base + index];
      if (typeof value === "string") this.string(value);
      else if (typeof value === "number") this.number(value);
      else {
        const child = children[index]!;
        const found = this.value(value, child);
        if (found !== child && found !== null) children[index] = found;
      }
    }
    this.depth--;
  }

  #map(object: object): void {
    const names = getOwnPropertyNames(object);
    this.count(names.length, 0x80, 0xde);
    this.depth++;
    let hint: Shape | null = null;
    for (const name of names) {
      this.string(name);
      hint = this.value((object as Record<string, unknown>)[name], hint) ?? hint;
    }
    this.depth--;
  }

  #elements(array: readonly unknown[], hint: Shape | null): Shape | null {
    const { length } = array;
    this.count(length, 0x90, 0xdc);
    this.depth++;
    let last = hint;
    for (let index = 0; index < length; index++) {
      const value = array[index];
      if (typeof value === "string") this.string(value);
      else if (typeof value === "number") this.number(value);
      else last = this.value(value, last) ?? last;
    }
    this.depth--;
    return last;
  }

  /** Writes the properties of an object that has a tag as those of a record; false where they are more than that. */
  record(object: object): boolean {
    const base = this.#top;
    const shape = this.tracing ? undefined : this.#shapeOf(object, null);
    const isWritten = shape !== undefined && shape !== null && this.#recordHead(shape);
    if (isWritten) this.#recordBody(shape, base);
    this.#top = base;
    return isWritten;
  }
}

function isMapName(name: string): boolean {
  return name !== "__proto__" && isWellFormed(name);
}
