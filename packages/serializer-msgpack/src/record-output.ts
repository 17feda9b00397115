import { isOpenObject, isOrdinary, refuseChanged } from "@coatcheck/core/serializer";
import { MARK, MAX_RECORDS, Tag } from "./format.ts";
import { Output } from "./output.ts";
import { ShapeReader } from "./shape-reader.ts";
import type { Shape, Shapes } from "./shapes.ts";

const { getOwnPropertyDescriptor, getOwnPropertyNames, getOwnPropertySymbols } = Object;
/** From this length on the elements of a list tell how much room the rest of them takes. */
const LONG_LIST = 256;

/** Writes objects as records or maps, and lists; what they hold is written by whoever extends it. */
export abstract class RecordOutput extends Output {
  depth = 0;
  protected readonly shapes: ShapeReader;
  #records = 0;
  #recordUses = 0;

  constructor(shapes: Shapes) {
    super();
    this.shapes = new ShapeReader(shapes);
  }

  /** Writes `value`. `hint` is the shape it most likely has; given back is the shape that it had, if it was a record. */
  abstract value(value: unknown, hint: Shape | null): Shape | null;

  /**
   * Writes the properties of an object as a record, or, where `orMap` allows it, as a map. Given back is its shape; null where
   * it has none; undefined where nothing was written, as it has properties that are more than a name and a value, is
   * closed to new ones, is no object literal inside, or would have to be a map.
   */
  protected literal(object: object, hint: Shape | null, orMap: boolean): Shape | null | undefined {
    const names = getOwnPropertyNames(object);
    if (!isOpenObject(object, names.length === 0) || getOwnPropertySymbols(object).length > 0) return undefined;
    const { shapes } = this;
    const shape = shapes.of(names, hint, this.#mayDefine);
    if (shape === undefined) return undefined;
    if (shape !== null && shape.isFlat && shape.epoch === shapes.epoch && this.#flatRecord(object, shape)) return shape;
    const base = shapes.top;
    if (!shapes.read(object, names)) return undefined;
    let isWritten = true;
    if (shape !== null && this.#recordHead(shape)) this.#recordBody(shape, base);
    else if (orMap) this.#map(names, base);
    else isWritten = false;
    shapes.top = base;
    return isWritten ? shape : undefined;
  }

  /** Whether one more record may be defined: not where there are many different ones, with few objects of each. */
  get #mayDefine(): boolean {
    return this.#records < 64 || (this.#records < MAX_RECORDS && this.#recordUses >= this.#records);
  }

  /** Writes which record follows; false where it is a new one, and one too many. */
  #recordHead(shape: Shape): boolean {
    const isNew = shape.epoch !== this.shapes.epoch;
    if (isNew) {
      if (!this.#mayDefine) return false;
      shape.epoch = this.shapes.epoch;
      shape.id = this.#records++;
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
    const { stack } = this.shapes;
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

  /**
   * Writes a record that was defined before, and most likely holds no objects: each property as it is looked at. False where
   * it holds more, and nothing was written: as long as no object was, there is nothing to take back but the bytes.
   */
  #flatRecord(object: object, shape: Shape): boolean {
    const start = this.position;
    this.#recordHead(shape);
    const { names } = shape;
    for (let index = 0; index < names.length; index++) {
      const property = getOwnPropertyDescriptor(object, names[index]!);
      const value: unknown = isOrdinary(property) ? property.value : object;
      if (typeof value === "string") this.string(value);
      else if (typeof value === "number") this.number(value);
      else if (typeof value === "object" && value !== null) {
        this.position = start;
        this.#recordUses--;
        shape.isFlat = false;
        return false;
      } else this.value(value, null);
    }
    return true;
  }

  #map(names: readonly string[], base: number): void {
    const { stack } = this.shapes;
    this.count(names.length, 0x80, 0xde);
    this.depth++;
    let hint: Shape | null = null;
    for (let index = 0; index < names.length; index++) {
      this.string(names[index]!);
      hint = this.value(stack[base + index], hint) ?? hint;
    }
    this.depth--;
  }

  /** Writes a list. `hint` is the shape that its first element most likely has; given back is that of its last record. */
  protected elements(array: readonly unknown[], hint: Shape | null): Shape | null {
    const { length } = array;
    this.count(length, 0x90, 0xdc);
    this.depth++;
    let last = hint;
    if (length < LONG_LIST || this.listLength > 0) last = this.#slice(array, 0, length, last);
    else {
      this.listStart = this.position;
      this.listLength = length;
      for (let start = 0; start < length; start += LONG_LIST) {
        this.listWritten = start;
        last = this.#slice(array, start, Math.min(start + LONG_LIST, length), last);
      }
      this.listLength = this.listWritten = 0;
    }
    if (array.length !== length) refuseChanged();
    this.depth--;
    return last;
  }

  #slice(array: readonly unknown[], start: number, end: number, hint: Shape | null): Shape | null {
    let last = hint;
    for (let index = start; index < end; index++) {
      const value = array[index];
      if (typeof value === "string") this.string(value);
      else if (typeof value === "number") this.number(value);
      else last = this.value(value, last) ?? last;
    }
    return last;
  }
}
