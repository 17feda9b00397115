import { StorageError } from "../errors.ts";
import {
  cancelled,
  close,
  type OpenBody,
  type ReadableBody,
  readBody,
  type ReadBodyOptions,
  replaced,
} from "./read.ts";
import { retry } from "./retry.ts";
import { LinkedAbort } from "./timeout.ts";

const MIB = 2 ** 20;

/** When and how a body is read in ranges. */
export interface RangeLimits {
  /** Bytes of a range; the body's last may have fewer. */
  readonly size: number;
  /** Ranges under way or held in memory at once, with the one that is being read. */
  readonly atOnce: number;
  /** Bytes in a second: a connection that gives fewer while somebody waits for them is helped by others. */
  readonly slow: number;
}

/**
 * Four ranges of 4 MiB at once, where a connection gives less than 96 MiB in a second. Object stores give less on each,
 * however fast the network is: there several take a half of the time, and on one that is fast they take longer.
 */
export const RANGE_LIMITS: RangeLimits = Object.freeze({ size: 4 * MIB, atOnce: 4, slow: 96 * MIB });

/** Options of {@link readInRanges}. */
export interface ReadInRangesOptions extends Omit<ReadBodyOptions, "reopen"> {
  readonly ranges: RangeLimits;
  /** Opens the bytes of the same version from `start` to before `end`; undefined where that version is there no more. */
  readonly open: (start: number, end: number) => Promise<OpenBody | undefined>;
}

/**
 * Walks the body of an answer as {@link readBody} does, and measures how fast it comes. Where it is slow, and there are
 * two ranges more at least, those after the next are fetched beside it, and the answer is cancelled when its own range
 * has come. `atOnce` ranges at most are under way or held, however slow the reader is. Each is read on from where it
 * breaks off. Where the version is replaced or deleted meanwhile, it is `Unavailable`, never a mix.
 */
export function readInRanges(first: OpenBody, options: ReadInRangesOptions): ReadableBody {
  const { length, ranges, open, explain, policy } = options;
  const abort = new LinkedAbort(options.signal);
  const { signal } = abort;
  const started = new Set<ReadableBody>();

  const bodyOf = (opened: OpenBody, start: number, end: number): ReadableBody => {
    const reopen = (offset: number): Promise<OpenBody | undefined> => open(start + offset, end);
    const body = readBody(opened, { ...options, signal, length: end - start, reopen });
    started.add(body);
    return body;
  };
  const stop = async (): Promise<void> => {
    abort.abort(cancelled());
    abort.release();
    await Promise.all([...started].map((body) => body.cancel()));
  };

  async function* range(start: number, end: number): AsyncGenerator<Uint8Array, void, void> {
    const opened = await retry(() => open(start, end), { explain, policy, signal });
    if (opened === undefined) throw replaced();
    if (signal.aborted) close(opened, signal.reason);
    const body = bodyOf(opened, start, end);
    let received = 0;
    for await (const chunk of body.body) {
      received += chunk.byteLength;
      if (received > end - start) throw tooMany(received, end - start);
      yield chunk;
    }
    started.delete(body);
  }

  async function* chunks(): AsyncGenerator<Uint8Array, void, void> {
    const answer = new TimedReader(whole.body);
    let position = 0;
    let end = Infinity;
    const ahead: Ahead[] = [];
    let next = 0;
    const fill = (): void => {
      for (; next < length && ahead.length < ranges.atOnce - 1; next += ranges.size) {
        ahead.push(new Ahead(range(next, Math.min(length, next + ranges.size))));
      }
    };
    try {
      while (position < end) {
        const chunk = await answer.next();
        if (chunk === undefined) return;
        const piece = chunk.subarray(0, end - position);
        position += piece.byteLength;
        yield piece;
        if (end === Infinity && length - position > 2 * ranges.size && answer.isSlow(ranges)) {
          end = next = position + ranges.size;
          fill();
        }
      }
      await whole.cancel();
      for (let current = ahead.shift(); current !== undefined; current = ahead.shift()) {
        fill();
        yield* current.chunks();
      }
    } finally {
      await stop();
    }
  }

  const whole = bodyOf(first, 0, length);
  return { body: chunks(), cancel: stop };
}

/** Reads a body, and measures how long it was waited for. */
class TimedReader {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #bytes = 0;
  #waited = 0;

  constructor(body: AsyncIterable<Uint8Array>) {
    this.#iterator = body[Symbol.asyncIterator]();
  }

  /** The next chunk; undefined at the end. */
  async next(): Promise<Uint8Array | undefined> {
    const asked = performance.now();
    const { done, value } = await this.#iterator.next();
    this.#waited += performance.now() - asked;
    if (done === true) return undefined;
    this.#bytes += value.byteLength;
    return value;
  }

  /** Whether it comes slowly; false until a range has come, as that alone tells a slow connection from a short wait. */
  isSlow({ size, slow }: RangeLimits): boolean {
    return this.#bytes >= size && (this.#bytes / this.#waited) * 1000 < slow;
  }
}

/** Walks a source ahead of its reader, to its end. */
class Ahead {
  readonly #chunks: Uint8Array[] = [];
  #ended = false;
  #failure: { readonly error: unknown } | undefined;
  #wake: () => void = () => {};

  constructor(source: AsyncIterable<Uint8Array>) {
    void this.#walk(source);
  }

  async #walk(source: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      for await (const chunk of source) {
        this.#chunks.push(chunk);
        this.#wake();
      }
    } catch (error) {
      this.#failure = { error };
    }
    this.#ended = true;
    this.#wake();
  }

  async *chunks(): AsyncGenerator<Uint8Array, void, void> {
    for (;;) {
      for (let chunk = this.#chunks.shift(); chunk !== undefined; chunk = this.#chunks.shift()) yield chunk;
      if (this.#failure !== undefined) throw this.#failure.error;
      if (this.#ended) return;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

function tooMany(received: number, length: number): StorageError {
  const detail = `the service sent ${received} bytes for a range of ${length}. Look at the endpoint, and at proxies before it.`;
  return new StorageError({ code: "Unavailable", detail, retryable: true });
}
