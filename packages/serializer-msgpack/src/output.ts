import { Refusal } from "./refusal.ts";
import { isWellFormed } from "./text.ts";

/** What Node's Buffer has beside Uint8Array; elsewhere a TextEncoder does the same, more slowly. */
type NativeBytes = Uint8Array & { utf8Write?(text: string, start: number, length: number): number };

const NativeBuffer = (globalThis as { Buffer?: typeof Buffer }).Buffer;
const encoder = new TextEncoder();
/** A scratch buffer of up to this size is kept for the next value; what grows larger is let go of. */
const KEEP = 262_144;
/** From this length a string's bytes are counted before room is made, instead of three for each character. */
const LONG = 16_384;
const MAX_BYTES = 0xffff_ffff;

let scratch: NativeBytes | undefined;

function allocate(size: number): NativeBytes {
  // Not from Node's pool: a view that outlives the call must not hold bytes of others.
  return NativeBuffer === undefined ? new Uint8Array(size) : NativeBuffer.allocUnsafeSlow(size);
}

/** A buffer that grows while MessagePack is written to it. */
export class Output {
  target: NativeBytes;
  view: DataView;
  position = 0;
  /** Up to here there is room for one more number, length or tag. */
  limit: number;
  /** No string so far had a character above 0x7f. */
  ascii = true;

  constructor() {
    this.target = scratch ?? allocate(16_384);
    // A value that is written while another is, by a hook of its class, must not find the same buffer.
    scratch = undefined;
    this.view = new DataView(this.target.buffer, this.target.byteOffset, this.target.byteLength);
    this.limit = this.target.length - 32;
  }

  /** What was written from `start` on, in memory of its own. The buffer must not be used after it. */
  finish(start: number): Uint8Array {
    const { target, position } = this;
    // A view saves the copy, where it holds little more memory than the bytes need.
    const keepsLittle = target.length > KEEP && position - start >= target.length * 0.875;
    const bytes = keepsLittle
      ? new Uint8Array(target.buffer, target.byteOffset + start, position - start)
      : Uint8Array.prototype.slice.call(target, start, position);
    this.release();
    return keepsLittle ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Gives the buffer back for the next value. */
  release(): void {
    if (this.target.length <= KEEP) scratch = this.target;
  }

  /** Makes room for `size` more bytes. */
  grow(size: number): void {
    const needed = this.position + size + 32;
    if (needed > MAX_BYTES) {
      throw new Refusal("the value is larger than 4 GB", "Store it in parts, or as a stream of bytes.");
    }
    const grown = allocate(Math.min(MAX_BYTES, Math.max(this.target.length * 2, needed)));
    grown.set(this.target.subarray(0, this.position));
    this.target = grown;
    this.view = new DataView(grown.buffer, grown.byteOffset, grown.byteLength);
    this.limit = grown.length - 32;
  }

  byte(value: number): void {
    if (this.position > this.limit) this.grow(0);
    this.target[this.position++] = value;
  }

  tag(mark: number, tag: number): void {
    if (this.position > this.limit) this.grow(0);
    this.target[this.position++] = mark;
    this.target[this.position++] = tag;
  }

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
    if (length >= LONG) this.#longString(text);
    else {
      if (this.position + length * 3 > this.limit) this.grow(length * 3);
      if (length < 40) this.#shortString(text, length);
      else this.#utf8String(text, length);
    }
  }

  #shortString(text: string, length: number): void {
    const { target } = this;
    const start = this.position;
    let at = start + (length < 32 ? 1 : 2);
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) {
        this.#utf8String(text, length);
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

  /** Makes sure of room for `size` bytes and one more tag. */
  ensure(size: number): void {
    if (this.position + size > this.limit) this.grow(size);
  }

  /** A header of one of three widths; there is room for it. */
  header(length: number, one: number, two: number, four: number): void {
    if (this.position > this.limit) this.grow(0);
    const { target } = this;
    if (length < 0x100) {
      target[this.position++] = one;
      target[this.position++] = length;
    } else if (length < 0x1_0000) {
      target[this.position++] = two;
      target[this.position++] = length >> 8;
      target[this.position++] = length;
    } else {
      target[this.position++] = four;
      this.view.setUint32(this.position, length);
      this.position += 4;
    }
  }

  /** The header of an array (0x90, 0xdc) or of a map (0x80, 0xde). */
  count(length: number, short: number, long: number): void {
    if (length < 16) this.byte(short | length);
    else if (length < 0x1_0000) {
      if (this.position > this.limit) this.grow(0);
      this.target[this.position++] = long;
      this.target[this.position++] = length >> 8;
      this.target[this.position++] = length;
    } else {
      if (this.position > this.limit) this.grow(0);
      this.target[this.position++] = long + 1;
      this.view.setUint32(this.position, length);
      this.position += 4;
    }
  }

  /** Bytes with their length before them. */
  binary(bytes: Uint8Array): void {
    this.header(bytes.length, 0xc4, 0xc5, 0xc6);
    this.raw(bytes);
  }

  raw(bytes: Uint8Array): void {
    this.ensure(bytes.length);
    this.target.set(bytes, this.position);
    this.position += bytes.length;
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
