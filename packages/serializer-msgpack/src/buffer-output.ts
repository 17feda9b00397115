import { Refusal } from "@coatcheck/core/serializer";

/** What Node's Buffer has beside Uint8Array; elsewhere a TextEncoder does the same, more slowly. */
export type NativeBytes = Uint8Array & { utf8Write?(text: string, start: number, length: number): number };

const NativeBuffer = (globalThis as { Buffer?: typeof Buffer }).Buffer;
/** A scratch buffer of up to this size is kept for the next value; what grows larger is let go of. */
const KEEP = 1_048_576;
/** Room that is kept at the end: for a short string, or a few numbers, lengths and tags in a row. */
const SLACK = 160;
const MAX_BYTES = 0xffff_ffff;

interface Scratch {
  readonly target: NativeBytes;
  /** The same bytes as no Buffer: a part of them is copied with one call. */
  readonly bytes: Uint8Array;
  readonly view: DataView;
}
const NOTHING: Scratch = scratchOf(allocate(0));
let scratch: Scratch | undefined;
/** What is large is often followed by what is as large: room for that is made at once, instead of by doubling. */
let lastLarge = 0;

function scratchOf(target: NativeBytes): Scratch {
  const { buffer, byteOffset, byteLength } = target;
  return {
    target,
    bytes: new Uint8Array(buffer, byteOffset, byteLength),
    view: new DataView(buffer, byteOffset, byteLength),
  };
}

function allocate(size: number): NativeBytes {
  // Not from Node's pool: a view that outlives the call must not hold bytes of others.
  return NativeBuffer === undefined ? new Uint8Array(size) : NativeBuffer.allocUnsafeSlow(size);
}

/** A buffer that grows while bytes, and the headers of MessagePack, are written to it. */
export class BufferOutput {
  target: NativeBytes;
  view: DataView;
  #scratch: Scratch;
  position = 0;
  /** Up to here there is room for one more short string, number, length or tag. */
  limit: number;
  /** Of a long list that is being written: where its elements begin, how many it has, and how many are written. */
  protected listStart = 0;
  protected listLength = 0;
  protected listWritten = 0;

  constructor() {
    this.#scratch = scratch ?? scratchOf(allocate(16_384));
    // A value that is written while another is, by a hook of its class, must not find the same buffer.
    scratch = undefined;
    this.target = this.#scratch.target;
    this.view = this.#scratch.view;
    this.limit = this.target.length - SLACK;
  }

  /** What was written, in memory of its own. The buffer must not be used after it. */
  finish(): Uint8Array {
    const { target, position } = this;
    // A view saves the copy, where it holds little more memory than the bytes need.
    if (target.length > KEEP) {
      lastLarge = position + (position >> 4);
      if (position >= target.length * 0.875) return new Uint8Array(target.buffer, target.byteOffset, position);
    }
    const written = this.#scratch.bytes;
    this.release();
    if (position < 4096) return written.slice(0, position);
    const bytes = new Uint8Array(allocate(position).buffer);
    bytes.set(written.subarray(0, position));
    return bytes;
  }

  /** Gives the buffer back for the next value. */
  release(): void {
    if (this.target.length <= KEEP) scratch = this.#scratch;
  }

  /** Lets go of the buffer. */
  protected forget(): void {
    this.#use(NOTHING);
  }

  /** Makes room for `size` more bytes. */
  grow(size: number): void {
    const needed = this.position + size + SLACK;
    if (needed > MAX_BYTES) {
      throw new Refusal("the value is larger than 4 GB", "Store it in parts, or as a stream of bytes.");
    }
    const wanted = Math.max(needed, this.#expected());
    const grown = allocate(Math.min(MAX_BYTES, wanted > KEEP ? Math.max(wanted, lastLarge) : wanted));
    grown.set(this.target.subarray(0, this.position));
    this.#use(scratchOf(grown));
  }

  #use(room: Scratch): void {
    this.#scratch = room;
    this.target = room.target;
    this.view = room.view;
    this.limit = room.target.length - SLACK;
  }

  /** What is likely to suffice: as much again, or what the rest of a long list takes if it is like its beginning. */
  #expected(): number {
    const size = this.target.length;
    if (this.listWritten === 0) return size * 2;
    const each = (this.position - this.listStart) / this.listWritten;
    const whole = this.listStart + Math.ceil(each * this.listLength * 1.06) + SLACK;
    // The beginning tells little of a list that is much longer. The last step is a large one: both buffers exist while one
    // is copied to the other.
    const [most, step] = size < KEEP * 16 ? [16, 8] : [4, 2];
    return whole <= size * most ? whole : size * step;
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
