import { isFarOut, keepSparse, notDeserializable } from "@coatcheck/core/serializer";
import { cut, Input } from "./input.ts";

const DEEPEST = 512;

/** Reads standard MessagePack: one value. */
export class PlainDecoder extends Input {
  #budget: number;
  #depth = 0;

  constructor(bytes: Uint8Array) {
    super(bytes);
    this.#budget = this.end;
  }

  document(): unknown {
    const root = this.#value();
    if (this.position > this.end) throw cut("a value");
    if (this.position < this.end) throw notDeserializable(`${this.end - this.position} bytes follow the value`);
    return root;
  }

  #value(): unknown {
    const token = this.source[this.position++]!;
    if (token < 0x80) return token;
    if (token < 0x90) return this.#map(token & 0x0f);
    if (token < 0xa0) return this.#array(token & 0x0f);
    if (token < 0xc0) return this.stringOf(token & 0x1f);
    if (token >= 0xe0) return token - 0x100;
    switch (token) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.copyOf(this.lengthAfter(token));
      case 0xc7:
        return this.#extension(this.uint8());
      case 0xd6:
        return this.#extension(4);
      case 0xd7:
        return this.#extension(8);
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
        return this.#number(token);
    }
  }

  /** An integer of 64 bits is a number where that is exact, as other languages know one kind of integer only. */
  #number(token: number | undefined): number | bigint {
    const value = this.numberOf(token);
    return typeof value === "bigint" && Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  #extension(length: number): Date {
    const type = this.view.getInt8(this.position++);
    if (type !== -1) throw notDeserializable(`there is an unknown extension, ${type}`);
    let seconds: number;
    let nanoseconds = 0;
    if (length === 4) seconds = this.uint32();
    else if (length === 8) {
      const both = this.view.getBigUint64(this.position);
      this.position += 8;
      nanoseconds = Number(both >> 34n);
      seconds = Number(both & 0x3_ffff_ffffn);
    } else if (length === 12) {
      nanoseconds = this.uint32();
      seconds = Number(this.view.getBigInt64(this.position));
      this.position += 8;
    } else throw notDeserializable("a timestamp has a length that none has");
    const date = new Date(seconds * 1000 + nanoseconds / 1_000_000);
    if (Number.isNaN(date.getTime()) || nanoseconds > 999_999_999) throw notDeserializable("a date is out of range");
    return date;
  }

  #array(length: number): unknown[] {
    this.#enter(length);
    const made: unknown[] = [];
    for (let index = 0; index < length; index++) made.push(this.#value());
    this.#depth--;
    return made;
  }

  #map(size: number): object {
    this.#enter(size * 2);
    const made: Record<string, unknown> = {};
    for (let index = 0; index < size; index++) {
      const key = this.#value();
      if (typeof key !== "string") {
        throw notDeserializable("a map has a key that is no string", "Only objects are read, whose keys are strings.");
      }
      if (isFarOut(key, index)) keepSparse(made);
      const value = this.#value();
      if (key === "__proto__") {
        Object.defineProperty(made, key, { value, writable: true, enumerable: true, configurable: true });
      } else made[key] = value;
    }
    this.#depth--;
    return made;
  }

  #enter(elements: number): void {
    this.#budget -= elements;
    if (this.#budget < 0) throw notDeserializable("there are fewer bytes than elements");
    if (++this.#depth > DEEPEST) throw notDeserializable(`the value is nested deeper than ${DEEPEST} levels`);
  }
}
