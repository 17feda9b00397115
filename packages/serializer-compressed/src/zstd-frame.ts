import { corrupt } from "./failures.ts";

const MAGIC = [0x28, 0xb5, 0x2f, 0xfd] as const;
/** In the descriptor: a checksum follows the data. Without one, 74 % of flipped bits pass unseen. */
const CHECKSUM_FLAG = 0x04;
const CHECKSUM_BYTES = 4;
/** In the descriptor: the frame has no window of its own, and states its length. */
const SINGLE_SEGMENT_FLAG = 0x20;
const BLOCK_HEADER_BYTES = 3;
/** The type of a block of one byte, which stands for many. */
const RUN = 1;

/**
 * Follows one frame (RFC 8878) from its first byte to its last, without decompressing it. Node 22 takes a frame that was cut off
 * for a whole one; and as a stream, zstd does not look at the length that a frame states where a block is empty.
 */
export class ZstdFrame {
  /** Bytes of a header that has not come whole. */
  #part: number[] = [];
  /** Where the descriptor is known: bytes that the frame's header takes. */
  #headerBytes: number | undefined;
  #isHeaderRead = false;
  #stated: number | undefined;
  /** Bytes to come that are in no header. */
  #skip = 0;
  #isLast = false;
  #behind = 0;

  /** Takes the bytes that come next. Throws `Corrupt` as soon as the header says that damage would not be seen. */
  add(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.byteLength;) {
      const left = chunk.byteLength - at;
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, left);
        this.#skip -= skipped;
        at += skipped;
      } else if (this.#isLast) {
        this.#behind += left;
        return;
      } else {
        this.#part.push(chunk[at++]!);
        if (this.#isHeaderRead) this.#readBlockHeader();
        else this.#readHeader();
      }
    }
  }

  /** To be called when all was decompressed to `length` bytes; throws `Corrupt` where that, or the frame's end, is not right. */
  end(length: number): void {
    if (!this.#isLast || this.#skip > 0) throw corrupt("zstd", "ends too early");
    if (this.#behind > 0) throw corrupt("zstd", `has ${this.#behind} bytes behind its end`);
    if (this.#stated !== undefined && this.#stated !== length) {
      throw corrupt("zstd", "does not have the length it states");
    }
  }

  #readHeader(): void {
    const { length } = this.#part;
    if (length === MAGIC.length && MAGIC.some((byte, index) => byte !== this.#part[index])) {
      throw corrupt("zstd", "does not begin as a frame does");
    }
    if (length <= MAGIC.length) return;
    const descriptor = this.#part[MAGIC.length]!;
    const isSingleSegment = (descriptor & SINGLE_SEGMENT_FLAG) !== 0;
    const size = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
    if (this.#headerBytes === undefined) {
      if ((descriptor & CHECKSUM_FLAG) === 0)
        throw corrupt("zstd", "has no checksum, without which damage is not seen");
      const dictionaryId = [0, 1, 2, 4][descriptor & 3]!;
      this.#headerBytes = length + (isSingleSegment ? 0 : 1) + dictionaryId + size;
    }
    if (length < this.#headerBytes) return;
    if (size > 0) {
      // Little-endian; of two bytes, 256 is taken off.
      const stated = this.#part.slice(-size).reduceRight((sum, byte) => sum * 256 + byte, 0);
      this.#stated = stated + (size === 2 ? 256 : 0);
    }
    this.#isHeaderRead = true;
    this.#part = [];
  }

  #readBlockHeader(): void {
    if (this.#part.length < BLOCK_HEADER_BYTES) return;
    const [low, middle, high] = this.#part as [number, number, number];
    const isRun = ((low >> 1) & 3) === RUN;
    this.#isLast = (low & 1) === 1;
    this.#skip = (isRun ? 1 : (low >> 3) | (middle << 5) | (high << 13)) + (this.#isLast ? CHECKSUM_BYTES : 0);
    this.#part = [];
  }
}
