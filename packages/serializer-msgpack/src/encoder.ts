import {
  isPlainArray,
  type Place,
  Refusal,
  refuseFunction,
  refuseSymbol,
  wellKnownName,
} from "@coatcheck/core/serializer";
import { Extra } from "./extra.ts";
import type { Classes } from "./kinds.ts";
import { Flag, MARK, MAX_DEPTH, Tag, VERSION } from "./format.ts";
import { Identities } from "./identities.ts";
import { RecordOutput } from "./record-output.ts";
import type { Shape, Shapes } from "./shapes.ts";
import { type Deferred, writeDeferred, writeSpecial } from "./special.ts";
import { toUtf16 } from "./utf16.ts";

const { getPrototypeOf } = Object;
const ObjectPrototype = Object.prototype;
const ArrayPrototype = Array.prototype;
/** Letting go of everything takes as long as writing a small value: one of so many encoders rests. */
const RESTS = 64;
let documents = 0;

/**
 * Writes one value. Every object gets a number in the order of writing; where one is met again its number stands in its
 * place. With `tracing` it keeps the place where it is, for the path of a refusal; it is slow then.
 */
export class Encoder extends RecordOutput {
  /**
   * An encoder of late, which holds on to nothing. Engines drop the code that they made for a kind of objects when no object of
   * it is left: without this one, with each collection of garbage.
   */
  protected static resting: Encoder | undefined;

  readonly classes: Classes;
  readonly tracing: boolean;
  /** What the attempt before found, where there was one: what belongs together shows at the end only. */
  readonly found: Extra | undefined;
  place: Place | undefined;
  /** Entries of the Map that is being written. */
  written = 0;

  readonly #identities = new Identities();
  #extra: Extra | undefined;
  /** What stands too deep, until its body is written. */
  readonly #deferred = new Map<object, Deferred>();
  #refers = false;

  constructor(classes: Classes, shapes: Shapes, tracing: boolean, found?: Extra) {
    super(shapes);
    this.classes = classes;
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
    for (const deferred of this.#deferred.values()) {
      this.#deferred.delete(deferred.value);
      this.depth = 0;
      this.place = deferred.place;
      writeDeferred(this, deferred);
    }
    this.target[0] = MARK;
    this.target[1] = VERSION;
    this.target[2] = (this.#refers ? Flag.References : 0) | (this.ascii ? Flag.Ascii : 0);
    const bytes = this.finish();
    if (this.#extra === undefined && documents++ % RESTS === 0) this.#rest();
    return bytes;
  }

  /** Lets go of everything, and waits, as the class says. */
  #rest(): void {
    this.forget();
    this.#identities.clear();
    this.shapes.stack.length = 0;
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

  /** Puts off the body of an object that stands too deep. */
  defer(deferred: Deferred): void {
    this.#deferred.set(deferred.value, deferred);
  }

  override value(value: unknown, hint: Shape | null): Shape | null {
    // Not a switch: for that the engine makes the name of the type first.
    if (typeof value === "object") {
      if (value !== null) return this.#object(value, hint);
      this.byte(0xc0);
    } else if (typeof value === "string") this.string(value);
    else if (typeof value === "number") this.number(value);
    else if (typeof value === "boolean") this.byte(value ? 0xc3 : 0xc2);
    else if (typeof value === "bigint") this.bigint(value);
    else if (typeof value === "symbol") this.symbol(value);
    else if (typeof value === "function") refuseFunction(value as () => void);
    else {
      this.tag(0xd4, 0);
      this.byte(0);
    }
    return null;
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
      if (prototype === ObjectPrototype) {
        const shape = this.literal(object, hint, true);
        if (shape !== undefined) return shape;
      } else if (prototype === ArrayPrototype && isPlainArray(object as unknown[])) {
        return this.elements(object as unknown[], hint);
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
    if (this.isInState && this.#deferred.has(object)) {
      throw new Refusal(
        `toState() gives an object that stands ${MAX_DEPTH} levels deep elsewhere in the value`,
        "Give a copy of it: it has to be whole before the object is made from it, and would be read later.",
      );
    }
    this.#refers = true;
    this.tag(MARK, Tag.Reference);
    this.uint(this.#identities.numberOf(object));
  }

  /** Writes the properties of an object that has a tag as those of a record; false where they are more than that. */
  record(object: object): boolean {
    return !this.tracing && this.literal(object, null, false) !== undefined;
  }
}
