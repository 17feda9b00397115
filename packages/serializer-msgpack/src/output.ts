import { isWellFormed, Refusal } from "@coatcheck/core/serializer";
import { BufferOutput } from "./buffer-output.ts";

const NativeBuffer = (globalThis as { Buffer?: typeof Buffer }).Buffer;
const encoder = new TextEncoder();
/** From this length a string's bytes are counted before room is made, instead of three for each character. */
const LONG = 16_384;

/** Writes the numbers and strings of MessagePack. */
export class Output extends BufferOutput {
  /** No string so far had a character above 0x7f. */
  ascii = true;

  /** An integer of 0 and above: a count, a length, a number of an object. */
  uint(value: number): void {
    if (this.position > this.limit) this.grow(0);
    const { target } = this;
    if (value < 0x40) target[this.position++] = value;
    else if (value < 0x100) {
      target[this.position++] = 0xcc;
      target[this.position++] = value;
    } else if (value < 0x1_0000) {
      target[this.position++] = 0xcd;
      target[this.position++] = value >> 8;
      target[this.position++] = value;
    } else if (value <= 0xffff_ffff) {
      target[this.position++] = 0xce;
      this.view.setUint32(this.position, value);
      this.position += 4;
    } else this.float(value);
  }

  number(value: number): void {
    if (this.position > this.limit) this.grow(0);
    if (value >>> 0 === value) {
      // -0 is 0 to every comparison but this one.
      if (value === 0 && 1 / value < 0) this.float(value);
      else this.uint(value);
    } else if (value >> 0 === value) {
      const { target } = this;
      if (value >= -0x20) target[this.position++] = value;
      else if (value >= -0x80) {
        target[this.position++] = 0xd0;
        target[this.position++] = value;
      } else if (value >= -0x8000) {
        target[this.position++] = 0xd1;
        target[this.position++] = value >> 8;
        target[this.position++] = value;
      } else {
        target[this.position++] = 0xd2;
        this.view.setInt32(this.position, value);
        this.position += 4;
      }
    } else this.float(value);
  }

  float(value: number): void {
    if (this.position > this.limit) this.grow(0);
    this.target[this.position++] = 0xcb;
    this.view.setFloat64(this.position, value);
    this.position += 8;
  }

  bigint(value: bigint): void {
    if (this.position > this.limit) this.grow(0);
    if (BigInt.asIntN(64, value) === value) {
      this.target[this.position++] = 0xd3;
      this.view.setBigInt64(this.position, value);
      this.position += 8;
    } else if (BigInt.asUintN(64, value) === value) {
      this.target[this.position++] = 0xcf;
      this.view.setBigUint64(this.position, value);
      this.position += 8;
    } else {
      const digits = bigintBytes(value);
      this.header(digits.length, 0xc7, 0xc8, 0xc9);
      this.target[this.position++] = 0x42;
      this.raw(digits);
    }
  }

  /** A string that UTF-8 cannot carry, because half of a surrogate pair stands alone in it. */
  protected illFormed(_text: string): void {
    throw new Refusal("a string with half of a surrogate pair cannot be stored", "Use text.toWellFormed().");
  }

  string(text: string): void {
    const { length } = text;
    if (length >= 40) {
      this.#longer(text, length);
      return;
    }
    if (this.position > this.limit) this.grow(0);
    const { target } = this;
    const start = this.position;
    let at = start + (length < 32 ? 1 : 2);
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) {
        this.#shortUtf8(text, length);
        return;
      }
      target[at++] = code;
    }
    if (length < 32) target[start] = 0xa0 | length;
    else {
      target[start] = 0xd9;
      target[start + 1] = length;
    }
    this.position = at;
  }

  /** A short string is encoded here: calling the engine for it would take longer. */
  #shortUtf8(text: string, length: number): void {
    const { target, position: start } = this;
    const body = start + (length < 32 ? 1 : 2);
    let at = body;
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index);
      if (code < 0x80) target[at++] = code;
      else if (code < 0x800) {
        target[at++] = 0xc0 | (code >> 6);
        target[at++] = 0x80 | (code & 0x3f);
      } else if ((code & 0xf800) !== 0xd800) {
        target[at++] = 0xe0 | (code >> 12);
        target[at++] = 0x80 | ((code >> 6) & 0x3f);
        target[at++] = 0x80 | (code & 0x3f);
      } else {
        const point = text.codePointAt(index)!;
        if (code >= 0xdc00 || point < 0x1_0000) {
          this.illFormed(text);
          return;
        }
        index++;
        target[at++] = 0xf0 | (point >> 18);
        target[at++] = 0x80 | ((point >> 12) & 0x3f);
        target[at++] = 0x80 | ((point >> 6) & 0x3f);
        target[at++] = 0x80 | (point & 0x3f);
      }
    }
    const size = at - body;
    if (length < 32 && size >= 32) target.copyWithin(start + 2, body, at);
    this.ascii = false;
    this.#stringHeader(size);
    this.position += size;
  }

  #longer(text: string, length: number): void {
    if (length >= LONG) this.#longString(text);
    else {
      this.ensure(length * 3);
      this.#utf8String(text, length);
    }
  }

  #utf8String(text: string, length: number): void {
    if (!isWellFormed(text)) {
      this.illFormed(text);
      return;
    }
    const { target } = this;
    const start = this.position;
    const guess = headerSize(length);
    const body = start + guess;
    const written =
      target.utf8Write === undefined
        ? encoder.encodeInto(text, target.subarray(body)).written
        : target.utf8Write(text, body, target.length - body);
    const size = headerSize(written);
    if (size !== guess) target.copyWithin(start + size, body, body + written);
    this.#stringHeader(written);
    if (written !== length) this.ascii = false;
    this.position += written;
  }

  #longString(text: string): void {
    if (!isWellFormed(text)) {
      this.illFormed(text);
      return;
    }
    const bytes = NativeBuffer === undefined ? encoder.encode(text) : undefined;
    const length = bytes?.length ?? NativeBuffer!.byteLength(text);
    this.ensure(length);
    this.#stringHeader(length);
    if (length !== text.length) this.ascii = false;
    if (bytes === undefined) this.target.utf8Write!(text, this.position, length);
    else this.target.set(bytes, this.position);
    this.position += length;
  }

  #stringHeader(length: number): void {
    if (length < 32) this.target[this.position++] = 0xa0 | length;
    else this.header(length, 0xd9, 0xda, 0xdb);
  }
}

function headerSize(length: number): number {
  return length < 32 ? 1 : length < 0x100 ? 2 : length < 0x1_0000 ? 3 : 5;
}

/** Two's complement, the highest byte first, in as few bytes as hold the sign. */
function bigintBytes(value: bigint): Uint8Array {
  const negative = value < 0n;
  let digits = (negative ? ~value : value).toString(16);
  if (digits.length % 2 === 1) digits = `0${digits}`;
  else if (Number.parseInt(digits[0]!, 16) >= 8) digits = `00${digits}`;
  const bytes = new Uint8Array(digits.length / 2);
  const mask = negative ? 0xff : 0;
  for (let index = 0; index < bytes.length; index++) {
    bytes[index] = Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16) ^ mask;
  }
  return bytes;
}
