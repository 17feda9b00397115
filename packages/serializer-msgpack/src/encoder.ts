import { Attribute, Flag, MARK, MAX_DEPTH, MAX_RECORDS, Tag, VERSION } from "./format.ts";
import { Output } from "./output.ts";
import type { Classes, Definition } from "./classes.ts";
import { arrayIsPlain } from "./arrays.ts";
import { refuseAccessor, refuseFunction, refuseSymbol } from "./refused.ts";
import { type Place, Refusal } from "./refusal.ts";
import type { BufferUse } from "./kinds-buffers.ts";
import { type Deferred, writeDeferred, writeSpecial } from "./special.ts";
import type { Shape, Shapes } from "./shapes.ts";
import { wellKnownName } from "./symbols.ts";
import { isWellFormed, toUtf16 } from "./text.ts";

const { getOwnPropertyDescriptor, getOwnPropertyNames, getOwnPropertySymbols, getPrototypeOf, hasOwn, isExtensible } =
  Object;
const ObjectPrototype = Object.prototype;
const ArrayPrototype = Array.prototype;

/** Objects of one shape that are looked at property by property; the next ones are taken to be like them. */
const CHECKED = 16;

let epochs = 0;

/**
 * Writes one value. Every object gets a number in the order of writing; where one is met again its number stands in its
 * place. With `tracing` it keeps the place where it is, for the path of a refusal; it is slow then.
 */
export class Encoder extends Output {
  readonly classes: Classes;
  readonly tracing: boolean;
  /** The buffers that more than one view shows, from the attempt before. */
  readonly sharedBuffers: ReadonlyMap<ArrayBuffer, BufferUse> | undefined;
  /** What was met of each buffer. */
  readonly buffers = new Map<ArrayBuffer, BufferUse>();
  /** The searchParams of the URLs that were met, and those URLs. */
  readonly linkedSearchParams = new Map<object, URL>();
  readonly classNumbers = new Map<Definition, number>();
  /** The objects whose state is being written: they do not exist yet when their state is read. */
  readonly openStates = new Set<object>();
  place: Place | undefined;
  depth = 0;

  readonly #shapes: Shapes;
  readonly #epoch = ++epochs;
  readonly #seen = new Set<object>();
  #numbers: Map<object, number> | undefined;
  readonly #deferred: Deferred[] = [];
  readonly #stack: unknown[] = [];
  #top = 0;
  #records = 0;
  #recordsUsed = 0;
  #refers = false;

  constructor(classes: Classes, shapes: Shapes, tracing: boolean, sharedBuffers?: ReadonlyMap<ArrayBuffer, BufferUse>) {
    super();
    this.classes = classes;
    this.#shapes = shapes;
    this.tracing = tracing;
    this.sharedBuffers = sharedBuffers;
  }

  /** The bytes of `root`. */
  document(root: unknown): Uint8Array {
    this.position = 3;
    this.value(root, null);
    for (const deferred of this.#deferred) {
      this.place = deferred.place;
      writeDeferred(this, deferred);
    }
    this.target[0] = MARK;
    this.target[1] = VERSION;
    this.target[2] = (this.#refers ? Flag.References : 0) | (this.ascii ? Flag.Ascii : 0);
    return this.finish(0);
  }

  /** Whether `object` got a number already. */
  has(object: object): boolean {
    return this.#seen.has(object);
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
    if (!this.tracing) {
      this.value(value, null);
      return;
    }
    const up = this.place;
    this.place = { up, step };
    this.value(value, null);
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
    const seen = this.#seen;
    const before = seen.size;
    seen.add(object);
    if (seen.size === before) {
      this.#reference(object);
      return null;
    }
    this.#numbers?.set(object, before);
    const prototype: object | null = getPrototypeOf(object);
    if (this.depth < MAX_DEPTH && !this.tracing) {
      if (prototype === ObjectPrototype) return this.plainObject(object, hint);
      if (prototype === ArrayPrototype && arrayIsPlain(object as unknown[])) {
        return this.elements(object as unknown[], hint);
      }
    }
    writeSpecial(this, object, prototype);
    return null;
  }

  #reference(object: object): void {
    if (this.openStates.has(object)) {
      throw new Refusal(
        "an object is part of its own state",
        "What toState() gives must not lead back to the object: it is made from its state when it is read.",
      );
    }
    if (this.#numbers === undefined) {
      this.#numbers = new Map();
      let number = 0;
      for (const seen of this.#seen) this.#numbers.set(seen, number++);
    }
    this.#refers = true;
    this.tag(MARK, Tag.Reference);
    this.uint(this.#numbers.get(object)!);
  }

  /** An object with the prototype of a literal, as a record, a map, or, where it is more than names and values, with a tag. */
  plainObject(object: object, hint: Shape | null): Shape | null {
    const base = this.#top;
    const shape = this.shapeOf(object, hint);
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
  shapeOf(object: object, hint: Shape | null): Shape | null | undefined {
    const stack = this.#stack;
    const base = this.#top;
    if (!isExtensible(object)) return undefined;
    let count = 0;
    if (hint !== null && hint.checked >= CHECKED && hint.epoch === this.#epoch) {
      const { keys } = hint;
      let same = true;
      for (const key in object) {
        if (key !== keys[count]) {
          same = false;
          break;
        }
        stack[base + count++] = (object as Record<string, unknown>)[key];
      }
      if (same && count === keys.length && getOwnPropertyNames(object).length === count) {
        if (getOwnPropertySymbols(object).length > 0) return undefined;
        this.#top = base + count;
        return hint;
      }
    }
    return this.#shapeByNames(object);
  }

  #shapeByNames(object: object): Shape | null | undefined {
    const stack = this.#stack;
    const base = this.#top;
    const keys = getOwnPropertyNames(object);
    if (getOwnPropertySymbols(object).length > 0) return undefined;
    for (let index = 0; index < keys.length; index++) {
      const property = getOwnPropertyDescriptor(object, keys[index]!);
      if (property === undefined || !isOrdinary(property)) return undefined;
      stack[base + index] = property.value;
    }
    const shape = this.#shapes.of(keys);
    if (shape === null) return keys.every(isMapKey) ? null : undefined;
    if (shape.epoch === this.#epoch) shape.checked++;
    this.#top = base + keys.length;
    return shape;
  }

  /** Writes which record follows; false where there are too many different ones, and too few objects of each. */
  #recordHead(shape: Shape): boolean {
    if (shape.epoch === this.#epoch) {
      this.#recordsUsed++;
      if (shape.id < 64) this.byte(0x40 | shape.id);
      else {
        this.tag(MARK, Tag.Record);
        this.uint(shape.id);
      }
      return true;
    }
    const id = this.#records;
    if (id >= 64 && (id >= MAX_RECORDS || this.#recordsUsed < id)) return false;
    this.#records++;
    shape.epoch = this.#epoch;
    shape.id = id;
    shape.checked = 1;
    if (id < 64) {
      this.tag(0xd4, 0x72);
      this.byte(0x40 | id);
    } else {
      this.tag(MARK, Tag.Record);
      this.uint(id);
    }
    this.count(shape.keys.length, 0x90, 0xdc);
    for (const key of shape.keys) this.string(key);
    return true;
  }

  #recordBody(shape: Shape, base: number): void {
    const stack = this.#stack;
    const { children } = shape;
    this.depth++;
    for (let index = 0; index < children.length; index++) {
      const child = children[index]!;
      const found = this.value(stack[base + index], child);
      if (found !== child && found !== null) children[index] = found;
    }
    this.depth--;
  }

  #map(object: object): void {
    const keys = getOwnPropertyNames(object);
    this.count(keys.length, 0x80, 0xde);
    this.depth++;
    let hint: Shape | null = null;
    for (const key of keys) {
      this.string(key);
      hint = this.value((object as Record<string, unknown>)[key], hint) ?? hint;
    }
    this.depth--;
  }

  /** The body of an object that has a tag: as a record where it can be one. False where it cannot. */
  recordOf(object: object): boolean {
    const base = this.#top;
    const shape = this.tracing ? undefined : this.shapeOf(object, null);
    const written = shape !== undefined && shape !== null && this.#recordHead(shape);
    if (written) this.#recordBody(shape, base);
    this.#top = base;
    return written;
  }

  /** An array without holes. */
  elements(array: readonly unknown[], hint: Shape | null): Shape | null {
    const { length } = array;
    this.count(length, 0x90, 0xdc);
    this.depth++;
    let last = hint;
    for (let index = 0; index < length; index++) {
      const found = this.value(array[index], last);
      if (found !== null) last = found;
    }
    this.depth--;
    return last;
  }

  /**
   * The own properties of those names, with their attributes where those are not the ordinary ones. What `implied` says
   * (of a frozen object, say) is not written: it comes from the object.
   */
  properties(object: object, keys: readonly PropertyKey[], implied: number): void {
    this.uint(keys.length);
    this.depth++;
    for (const key of keys) this.oneProperty(object, key, implied);
    this.depth--;
  }

  /** One of {@link properties}. */
  oneProperty(object: object, key: PropertyKey, implied: number): void {
    const property = getOwnPropertyDescriptor(object, key);
    if (property === undefined) throw new Refusal("the value changed while it was written", "Write it when it rests.");
    if (!hasOwn(property, "value")) this.#accessor(key);
    this.property(key, attributesOf(property) | implied, property.value);
  }

  property(key: PropertyKey, attributes: number, value: unknown): void {
    if (attributes !== Attribute.Ordinary) {
      this.byte(0xc0);
      this.uint(attributes);
    }
    if (typeof key === "symbol") {
      if (this.tracing) this.#at(key, () => this.symbol(key));
      else this.symbol(key);
    } else this.string(key as string);
    this.child(value, key);
  }

  #at(step: Place["step"], write: () => void): void {
    const up = this.place;
    this.place = { up, step };
    write();
    this.place = up;
  }

  #accessor(key: PropertyKey): never {
    if (this.tracing) this.place = { up: this.place, step: key };
    return refuseAccessor(key);
  }
}

function isOrdinary(property: PropertyDescriptor): boolean {
  return (
    property.get === undefined &&
    property.set === undefined &&
    property.writable === true &&
    property.enumerable === true &&
    property.configurable === true
  );
}

function isMapKey(key: string): boolean {
  return key !== "__proto__" && isWellFormed(key);
}

function attributesOf(property: PropertyDescriptor): number {
  return (
    (property.writable === true ? Attribute.Writable : 0) |
    (property.enumerable === true ? Attribute.Enumerable : 0) |
    (property.configurable === true ? Attribute.Configurable : 0)
  );
}
