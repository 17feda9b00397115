import { StorageError } from "../errors.ts";
import { LinkedAbort } from "./timeout.ts";

const MIB = 2 ** 20;

/** What the parts of one upload may be. */
export interface PartLimits {
  /** Bytes of a part where fewer are not needed. What is not larger is no upload in parts. */
  readonly partSize: number;
  /** The same for chunks, which are in memory as they are, and take no more of it in large parts; default `partSize`. */
  readonly chunksPartSize?: number;
  /** Bytes of chunks that are still sent by one request, as they are in memory anyway; default that of a part. */
  readonly single?: number;
  /** Bytes of a part that is held in memory, at most. */
  readonly maxHeld: number;
  /** Parts of an upload, at most. */
  readonly count: number;
  /** Bytes of an object, at most. */
  readonly maxSize: number;
}

/** Parts of 8 MiB, that grow to 64 MiB where the length is not known. */
export const PART_LIMITS: Pick<PartLimits, "partSize" | "maxHeld"> = Object.freeze({
  partSize: 8 * MIB,
  maxHeld: 64 * MIB,
});

/** Bytes of parts under way at once, at most, with the one that is being filled. */
const MEMORY = 256 * MIB;
/** Parts under way at once, at most. */
const PARALLEL = 3;

/** How many bytes the part at `index`, from 0, has: all but the last. Throws `TooLarge` where they cannot hold `size`. */
export function partSizes(size: number | undefined, limits: PartLimits): (index: number) => number {
  const { partSize, maxHeld, count, maxSize } = limits;
  if (size === undefined) {
    // Doubled after each tenth of the parts: small objects take little memory, and 10,000 parts hold 500 GB.
    const step = Math.max(1, Math.floor(count / 10));
    return (index) => Math.min(maxHeld, partSize * 2 ** Math.min(30, Math.floor(index / step)));
  }
  if (size > maxSize) {
    const detail = `it has ${size} bytes, and the service takes ${maxSize} at most. Split it.`;
    throw new StorageError({ code: "TooLarge", detail });
  }
  const least = Math.ceil(size / count);
  const even = least <= partSize ? partSize : Math.ceil(least / MIB) * MIB;
  return () => even;
}

/** How many parts of `partSize` bytes may be under way beside the one that is being filled. */
export function partsAtOnce(partSize: number): number {
  return Math.max(1, Math.min(PARALLEL, Math.floor(MEMORY / partSize) - 1));
}

/** A part in memory of its own. */
export interface HeldPart {
  readonly chunks: readonly Uint8Array[];
  readonly size: number;
  /** Gives its memory to a later part: for when it has been sent. */
  release(): void;
}

/**
 * Collects a stream into parts, which can be sent again. The first is as short as the stream where that ends before it is
 * full. More than `count` parts are `TooLarge`. Memory is reused, as garbage of this size is collected late.
 */
export async function* splitStream(
  source: AsyncIterable<Uint8Array>,
  sizeOf: (index: number) => number,
  count: number,
): AsyncGenerator<HeldPart, void, void> {
  const spare: Uint8Array[] = [];
  let index = 0;
  let size = sizeOf(0);
  let full: Uint8Array[] = [];
  // A short stream does not pay for a whole part: the first has blocks that double it, and nothing is copied twice.
  let block: Uint8Array = new Uint8Array(Math.min(size, 64 * 1024));
  let filled = 0;
  let left = size;
  const part = (): HeldPart => {
    const whole = full.length === 0 ? block : undefined;
    const release = (): void => {
      if (whole?.byteLength === size) spare.push(whole);
    };
    return { chunks: [...full, block.subarray(0, filled)], size: size - left, release };
  };
  for await (const chunk of source) {
    for (let offset = 0; offset < chunk.byteLength;) {
      if (left === 0) {
        yield part();
        if (++index >= count) throw tooManyParts(count);
        left = sizeOf(index);
        if (left !== size) spare.length = 0;
        size = left;
        block = spare.pop() ?? new Uint8Array(size);
        [full, filled] = [[], 0];
      } else if (filled === block.byteLength) {
        full.push(block);
        [block, filled] = [new Uint8Array(Math.min(left, size - left)), 0];
      }
      const taken = Math.min(block.byteLength - filled, chunk.byteLength - offset);
      block.set(chunk.subarray(offset, offset + taken), filled);
      filled += taken;
      left -= taken;
      offset += taken;
    }
  }
  if (left < size || index === 0) yield part();
}

/** Chunks as parts that share their memory: each a list of chunks which have `size` bytes together. */
export function* splitChunks(
  chunks: readonly Uint8Array[],
  size: number,
): Generator<readonly Uint8Array[], void, void> {
  let part: Uint8Array[] = [];
  let filled = 0;
  for (const chunk of chunks) {
    for (let offset = 0; offset < chunk.byteLength;) {
      const piece = chunk.subarray(offset, offset + size - filled);
      part.push(piece);
      filled += piece.byteLength;
      offset += piece.byteLength;
      if (filled < size) continue;
      yield part;
      part = [];
      filled = 0;
    }
  }
  if (filled > 0) yield part;
}

/**
 * Streams of `size` bytes each that follow one another in `source`, for parts too large to be held. Each must be read
 * to its end before the next is asked for.
 */
export async function* sliceStream(
  source: AsyncIterable<Uint8Array>,
  total: number,
  size: number,
): AsyncGenerator<{ readonly body: AsyncIterable<Uint8Array>; readonly size: number }, void, void> {
  const iterator = source[Symbol.asyncIterator]();
  let left: Uint8Array | undefined;
  async function* take(wanted: number): AsyncGenerator<Uint8Array, void, void> {
    for (let missing = wanted; missing > 0;) {
      const chunk: Uint8Array | undefined = left ?? ((await iterator.next()).value as Uint8Array | undefined);
      if (chunk === undefined) return;
      const piece = chunk.subarray(0, missing);
      left = piece.byteLength < chunk.byteLength ? chunk.subarray(piece.byteLength) : undefined;
      missing -= piece.byteLength;
      yield piece;
    }
  }
  try {
    for (let sent = 0; sent < total; sent += size) {
      const wanted = Math.min(size, total - sent);
      yield { body: take(wanted), size: wanted };
    }
    // Asked once more: a source that has more than it announced says so only now.
    await iterator.next();
  } finally {
    Promise.resolve(iterator.return?.()).catch(() => {});
  }
}

/**
 * Sends parts with at most `atOnce(part)` under way, and gives what `send` gave, in order. The first failure aborts the
 * others, waits for them to end, lets go of the source, and is what it rejects with.
 */
export async function sendParts<Part, Sent>(
  parts: AsyncIterable<Part> | Iterable<Part>,
  atOnce: (part: Part) => number,
  send: (part: Part, index: number, signal: AbortSignal) => Promise<Sent>,
  outer: AbortSignal | undefined,
): Promise<Sent[]> {
  const iterator = Symbol.asyncIterator in parts ? parts[Symbol.asyncIterator]() : parts[Symbol.iterator]();
  const abort = new LinkedAbort(outer);
  const sent: Sent[] = [];
  const underWay = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  let stop = (_error: unknown): void => {};
  const fail = (error: unknown): void => {
    failure ??= { error };
    stop(failure.error);
  };
  // Not Promise.race: one promise that is raced with every part holds on to all of them.
  const unlessFailed = async <T>(promise: T | Promise<T>): Promise<T> =>
    await new Promise<T>((resolve, reject) => {
      stop = reject;
      Promise.resolve(promise).then(resolve, reject);
      if (failure !== undefined) reject(failure.error as Error);
    });
  try {
    for (let index = 0; ; index++) {
      const { done, value } = await unlessFailed<IteratorResult<Part, unknown>>(iterator.next());
      if (done === true) break;
      const part = value;
      const at = index;
      const sending: Promise<void> = send(part, at, abort.signal)
        .then((result) => void (sent[at] = result), fail)
        .finally(() => underWay.delete(sending));
      underWay.add(sending);
      while (underWay.size >= atOnce(part)) await unlessFailed(Promise.race(underWay));
    }
    await unlessFailed(Promise.all(underWay));
    return sent;
  } catch (error) {
    abort.abort(error);
    // Not waited for: a source that stalls may never answer.
    Promise.resolve(iterator.return?.()).catch(() => {});
    await Promise.all(underWay);
    throw error;
  } finally {
    abort.release();
  }
}

function tooManyParts(count: number): StorageError {
  const detail = `the stream is longer than ${count} parts hold where its length is not known; nothing was kept. Give its size.`;
  return new StorageError({ code: "TooLarge", detail });
}
