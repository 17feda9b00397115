import { isFarOut, keepSparse, notDeserializable, wellKnownSymbol } from "@coatcheck/core/serializer";
import { Flag, MARK, MAX_DEPTH, MAX_RECORD_NAMES, MAX_RECORDS, Tag, VERSION } from "./format.ts";
import { ExpectingInput } from "./expecting-input.ts";
import { cut } from "./input.ts";
import type { Classes, Definition } from "./kinds.ts";
import { type Filling, readDeferred, readSpecial } from "./read-special.ts";
import { recordReader, type RecordReader } from "./record-readers.ts";
import { Upgrades } from "./upgrades.ts";
import { fromUtf16 } from "./utf16.ts";

/** Nothing that was written is nested deeper; see docs/msgpack-format.md. */
const DEEPEST = MAX_DEPTH * 2 + 8;
/** Letting go of everything takes as long as reading a small value: one of so many decoders rests. */
const RESTS = 64;
let documents = 0;

/** A class as the bytes name it. */
export interface NamedClass {
  readonly definition: Definition;
  readonly version: number;
}

/** Reads one value. */
export class Decoder extends ExpectingInput {
  /**
   * A decoder of late, which holds on to nothing. Engines drop the code that they made for a kind of objects when no object of
   * it is left: without this one, with each collection of garbage.
   */
  protected static resting: Decoder | undefined;

  readonly classes: Classes;
  readonly named: NamedClass[] = [];
  readonly upgrades: Upgrades = new Upgrades();
  /** How many elements the object that was made last will get. */
  announced = 0;
  /** The objects by their numbers; undefined where nothing refers to one. */
  #objects: (object | undefined)[] | undefined;
  readonly #records: RecordReader[] = [];
  readonly #deferred: Filling[] = [];
  /** Elements that the bytes may still announce: each of them takes a byte at least. */
  #budget: number;
  /** Records that may still be compiled: bytes that define more have not many objects of each. */
  #compilations = 256;
  #depth = 0;

  constructor(bytes: Uint8Array, classes: Classes) {
    super(bytes);
    this.classes = classes;
    this.#budget = this.end;
  }

  document(): unknown {
    if (this.end < 4 || this.source[0] !== MARK) throw notDeserializable("these are no bytes of this serializer");
    if (this.source[1] !== VERSION) {
      throw notDeserializable(
        `the bytes have format version ${this.source[1]}, and this reads version ${VERSION}`,
        "Read them with a newer version of @coatcheck/serializer-msgpack.",
      );
    }
    const flags = this.source[2]!;
    if ((flags & ~(Flag.References | Flag.Ascii)) !== 0) throw notDeserializable(`there are unknown flags, ${flags}`);
    this.ascii = (flags & Flag.Ascii) !== 0;
    if ((flags & Flag.References) !== 0) this.#objects = [];
    this.position = 3;
    const root = this.value();
    for (const filling of this.#deferred) readDeferred(this, filling);
    if (this.position > this.end) throw cut("a value");
    if (this.position < this.end) throw notDeserializable(`${this.end - this.position} bytes follow the value`);
    this.upgrades.run();
    if (documents++ % RESTS === 0) this.#rest();
    return root;
  }

  /** Lets go of everything, and waits, as the class says. */
  #rest(): void {
    this.forget();
    this.named.length = 0;
    this.#objects = undefined;
    this.#records.length = 0;
    this.#deferred.length = 0;
    Decoder.resting = this;
  }

  /** The value that starts here. */
  value(): unknown {
    const token = this.source[this.position++]!;
    if (token < 0x80) return token < 0x40 ? token : this.#record(known(this.#records[token & 0x3f]));
    if (token < 0xa0) return token < 0x90 ? this.#map(token & 0x0f) : this.#array(token & 0x0f);
    if (token < 0xc0) return this.stringOf(token & 0x1f);
    if (token >= 0xe0) return token - 0x100;
    switch (token) {
      case 0xc0:
        return null;
      case MARK:
        return this.#tagged(this.uint8());
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return this.#bigint(this.lengthAfter(token));
      case 0xcb:
        return this.float64();
      case 0xcc:
        return this.uint8();
      case 0xd4:
        return this.#one(this.uint8(), this.uint8());
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.stringOf(this.lengthAfter(token));
      case 0xdc:
      case 0xdd:
        return this.#array(this.lengthAfter(token));
      case 0xde:
      case 0xdf:
        return this.#map(this.lengthAfter(token));
      default:
        return this.numberOf(token);
    }
  }

  /** The extensions of one byte: undefined, and the first object of a record. */
  #one(type: number, data: number): unknown {
    if (type === 0 && data === 0) return undefined;
    if (type === 0x72) return this.#record(this.#define(data - 0x40, 64));
    throw notDeserializable(`there is an unknown extension, ${type}`);
  }

  #bigint(length: number): bigint {
    const type = this.uint8();
    if (type !== 0x42) throw notDeserializable(`there is an unknown extension, ${type}`);
    return this.bigintOf(length);
  }

  #define(id: number, end: number): RecordReader {
    // With more than 64 records the numbers are given again.
    if (id < 0 || id >= end || id > this.#records.length) throw notDeserializable("a record is defined out of turn");
    const keys: string[] = [];
    for (let left = this.#names(); left > 0; left--) {
      const key = this.text();
      if (key === "__proto__") throw notDeserializable("a record has the name __proto__");
      keys.push(key);
    }
    const reader = recordReader(keys);
    this.#records[id] = reader;
    return reader;
  }

  #names(): number {
    const token = this.uint8();
    const count = token >= 0x90 && token < 0xa0 ? token & 0x0f : token === 0xdc ? this.uint16() : Infinity;
    if (count > MAX_RECORD_NAMES) throw notDeserializable("the names of a record are no short list");
    return count;
  }

  #record(reader: RecordReader): object {
    this.enter();
    let made: object;
    if (this.#objects === undefined && reader.tree !== undefined) made = reader.tree(this);
    else {
      made = {};
      this.#objects?.push(made);
      this.#fillRecord(made, reader);
    }
    this.leave();
    return made;
  }

  #fillRecord(made: object, reader: RecordReader): void {
    if (reader.tree === undefined && this.#compilations > 0 && reader.used()) this.#compilations--;
    if (reader.isSparse) keepSparse(made);
    for (const key of reader.names) (made as Record<string, unknown>)[key] = this.value();
  }

  #array(length: number): unknown[] {
    this.#spend(length);
    this.enter();
    // There are bytes for so many elements; anything but this makes room for them one by one, or by a slow call.
    // oxlint-disable-next-line unicorn/no-new-array
    const made: unknown[] = new Array(length);
    this.#objects?.push(made);
    for (let index = 0; index < length; index++) made[index] = this.value();
    this.leave();
    return made;
  }

  #map(size: number): object {
    this.#spend(size * 2);
    this.enter();
    const made: Record<string, unknown> = {};
    this.#objects?.push(made);
    for (let index = 0; index < size; index++) {
      const key = this.text();
      if (key === "__proto__") throw notDeserializable("a map has the name __proto__");
      if (isFarOut(key, index)) keepSparse(made);
      made[key] = this.value();
    }
    this.leave();
    return made;
  }

  #tagged(tag: number): unknown {
    switch (tag) {
      case Tag.Reference: {
        const object = this.#objects?.[this.uint(0xffff_ffff)];
        if (object === undefined) throw notDeserializable("there is a reference to an object that is not there yet");
        return object;
      }
      case Tag.Utf16: {
        const bytes = this.bytes();
        if (bytes.length % 2 === 1) throw notDeserializable("a string of 16-bit units has half a unit");
        return fromUtf16(bytes);
      }
      case Tag.RegisteredSymbol:
        return Symbol.for(this.text());
      case Tag.WellKnownSymbol: {
        const name = this.text();
        const symbol = wellKnownSymbol(name);
        if (symbol === undefined) throw notDeserializable(`there is no Symbol.${name.slice(0, 60)} here`);
        return symbol;
      }
      case Tag.Record:
        return this.#record(this.#wideRecord());
      default:
        return readSpecial(this, tag);
    }
  }

  #wideRecord(): RecordReader {
    const id = this.uint(MAX_RECORDS - 1);
    if (id >= 64 && id === this.#records.length) return this.#define(id, MAX_RECORDS);
    return known(id < 64 ? undefined : this.#records[id]);
  }

  /** Counts one level more; too many would overflow the stack. */
  enter(): void {
    if (++this.#depth > DEEPEST) throw notDeserializable(`the value is nested deeper than ${DEEPEST} levels`);
  }

  leave(): void {
    this.#depth--;
  }

  #spend(elements: number): void {
    this.#budget -= elements;
    if (this.#budget < 0) throw notDeserializable("there are fewer bytes than elements");
  }

  /** Gives the next object its number; it is put in its place by {@link settle} where it cannot exist yet. */
  reserve(): number {
    return this.#objects === undefined ? -1 : this.#objects.push(undefined) - 1;
  }

  /** Puts an object in the place of its number. */
  settle(place: number, object: object): void {
    if (place >= 0) this.#objects![place] = object;
  }

  /** Puts off filling an object. */
  defer(filling: Filling): void {
    this.#deferred.push(filling);
  }

  /** A count of elements that take `each` values. */
  count(each: number): number {
    const count = this.uint(0xffff_ffff);
    this.#spend(count * each);
    return count;
  }

  /** The record whose values follow; undefined where none does. */
  recordHere(): RecordReader | undefined {
    const { source, position } = this;
    const token = source[position]!;
    if (token >= 0x40 && token < 0x80) {
      this.position++;
      return known(this.#records[token & 0x3f]);
    }
    if (token === 0xd4 && source[position + 1] === 0x72) {
      this.position += 2;
      return this.#define(this.uint8() - 0x40, 64);
    }
    if (token === MARK && source[position + 1] === Tag.Record) {
      this.position += 2;
      return this.#wideRecord();
    }
    return undefined;
  }
}

function known(reader: RecordReader | undefined): RecordReader {
  if (reader === undefined) throw notDeserializable("a record is used before it is defined");
  return reader;
}
