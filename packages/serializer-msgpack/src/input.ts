import { notDeserializable } from "@coatcheck/core/serializer";

type NativeBytes = Uint8Array & {
  latin1Slice?(start: number, end: number): string;
  utf8Slice?(start: number, end: number): string;
};

const NativeBuffer = (globalThis as { Buffer?: typeof Buffer }).Buffer;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const latin1 = new TextDecoder("latin1");
/** Text is decoded this far at a time: a string may keep the piece it was cut from in memory. */
const WINDOW = 16_384;
const NOTHING: Uint8Array = NativeBuffer === undefined ? new Uint8Array(0) : NativeBuffer.alloc(0);
const NO_VIEW: DataView = new DataView(new ArrayBuffer(0));

/** What reads MessagePack: numbers, strings and bytes, none of which reaches past the end. */
export class Input {
  protected source: NativeBytes;
  protected view: DataView;
  protected readonly end: number;
  protected position = 0;
  /** Every string is ASCII: it need not be looked at. */
  protected ascii = false;
  #text = "";
  #textStart = 0;
  #textEnd = 0;

  constructor(source: Uint8Array) {
    this.source =
      NativeBuffer === undefined || NativeBuffer.isBuffer(source)
        ? source
        : NativeBuffer.from(source.buffer, source.byteOffset, source.byteLength);
    this.view = new DataView(source.buffer, source.byteOffset, source.byteLength);
    this.end = source.byteLength;
  }

  /** Lets go of the bytes. */
  protected forget(): void {
    this.source = NOTHING;
    this.view = NO_VIEW;
    this.#text = "";
  }

  /** The string of `length` bytes that starts here. */
  protected stringOf(length: number): string {
    const start = this.position;
    const end = start + length;
    if (end > this.end) throw cut("a string");
    this.position = end;
    if (!this.ascii) {
      const { source } = this;
      // A loop is faster than a call for the short ones.
      for (let index = start; index < end; index++) {
        if (source[index]! > 0x7f) return this.#utf8(start, end);
      }
    }
    if (end > this.#textEnd || start < this.#textStart) {
      if (length > WINDOW / 4) return this.#ascii(start, end);
      this.#textStart = start;
      this.#textEnd = Math.min(this.end, start + WINDOW);
      this.#text = this.#ascii(start, this.#textEnd);
    }
    return this.#text.substring(start - this.#textStart, end - this.#textStart);
  }

  #ascii(start: number, end: number): string {
    const { source } = this;
    return source.latin1Slice === undefined
      ? latin1.decode(source.subarray(start, end))
      : source.latin1Slice(start, end);
  }

  #utf8(start: number, end: number): string {
    const { source } = this;
    if (end - start <= 24) {
      const text = shortUtf8(source, start, end);
      if (text !== undefined) return text;
    }
    if (source.utf8Slice !== undefined) {
      const text = source.utf8Slice(start, end);
      // It stands for what is no UTF-8, but may also have been written.
      if (!text.includes("\ufffd")) return text;
    }
    return utf8.decode(source.subarray(start, end));
  }

  /** A copy of the `length` bytes that start here. */
  protected copyOf(length: number): Uint8Array<ArrayBuffer> {
    const start = this.position;
    if (start + length > this.end) throw cut("bytes");
    this.position = start + length;
    const copy = new Uint8Array(length);
    copy.set(this.source.subarray(start, start + length));
    return copy;
  }

  protected uint8(): number {
    if (this.position >= this.end) throw cut("a number");
    return this.source[this.position++]!;
  }

  protected uint16(): number {
    const value = this.view.getUint16(this.position);
    this.position += 2;
    return value;
  }

  protected uint32(): number {
    const value = this.view.getUint32(this.position);
    this.position += 4;
    return value;
  }

  /** The length that stands behind the token of bytes, an extension, a string, an array or a map. */
  protected lengthAfter(token: number): number {
    switch (token) {
      case 0xc4:
      case 0xc7:
      case 0xd9:
        return this.uint8();
      case 0xc5:
      case 0xc8:
      case 0xda:
      case 0xdc:
      case 0xde:
        return this.uint16();
      default:
        return this.uint32();
    }
  }

  protected float64(): number {
    const value = this.view.getFloat64(this.position);
    this.position += 8;
    return value;
  }

  /** The number that stands behind its token, which is none of those that hold their value themselves. */
  protected numberOf(token: number | undefined): number | bigint {
    const { view, position } = this;
    switch (token) {
      case 0xca:
        this.position += 4;
        return view.getFloat32(position);
      case 0xcb:
        this.position += 8;
        return view.getFloat64(position);
      case 0xcc:
        return this.uint8();
      case 0xcd:
        return this.uint16();
      case 0xce:
        return this.uint32();
      case 0xcf:
        this.position += 8;
        return view.getBigUint64(position);
      case 0xd0:
        this.position += 1;
        return view.getInt8(position);
      case 0xd1:
        this.position += 2;
        return view.getInt16(position);
      case 0xd2:
        this.position += 4;
        return view.getInt32(position);
      case 0xd3:
        this.position += 8;
        return view.getBigInt64(position);
      default:
        if (token === undefined) throw cut("a value");
        throw notDeserializable(`there is an unknown token, 0x${token.toString(16)}`);
    }
  }

  /** A BigInt of `length` bytes in two's complement, the highest first. */
  protected bigintOf(length: number): bigint {
    if (length === 0 || this.position + length > this.end) throw cut("a BigInt");
    const bytes = this.source.subarray(this.position, this.position + length);
    this.position += length;
    const parts: string[] = [];
    for (const byte of bytes) parts.push(HEX[byte]!);
    return BigInt.asIntN(length * 8, BigInt(`0x${parts.join("")}`));
  }
}

/**
 * A short string, decoded here: calling the engine for it would take longer. Undefined where it is more than characters
 * of up to three bytes, or no UTF-8.
 */
function shortUtf8(source: Uint8Array, start: number, end: number): string | undefined {
  const units: number[] = [];
  for (let at = start; at < end;) {
    const first = source[at++]!;
    if (first < 0x80) {
      units.push(first);
      continue;
    }
    const second = at < end ? source[at++]! : 0;
    if ((second & 0xc0) !== 0x80) return undefined;
    if (first >= 0xc2 && first < 0xe0) {
      units.push(((first & 0x1f) << 6) | (second & 0x3f));
      continue;
    }
    const third = at < end ? source[at++]! : 0;
    if ((first & 0xf0) !== 0xe0 || (third & 0xc0) !== 0x80) return undefined;
    const code = ((first & 0x0f) << 12) | ((second & 0x3f) << 6) | (third & 0x3f);
    if (code < 0x800 || (code & 0xf800) === 0xd800) return undefined;
    units.push(code);
  }
  return String.fromCharCode(...units);
}

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** The error where the bytes end too soon. */
export function cut(inWhat: string): Error {
  return notDeserializable(`the bytes end in the middle of ${inWhat}`);
}
