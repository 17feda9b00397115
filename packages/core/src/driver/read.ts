import { StorageError } from "../errors.ts";
import type { Failure, RetryPolicy } from "./retry.ts";
import { retry } from "./retry.ts";
import { LinkedAbort, withTimeout } from "./timeout.ts";

/** What an SDK gives as the body of an answer: a stream of Node where there is Node. */
export interface AnswerStream extends AsyncIterable<Uint8Array> {
  on?(event: "error", listener: () => void): unknown;
  destroy?(): unknown;
}

/** The body of an answer, given to {@link hearErrors} already, and what ends its request: it follows the caller's signal. */
export interface OpenBody {
  readonly stream: AnswerStream;
  readonly abort: LinkedAbort;
}

/** Options of {@link readBody}. */
export interface ReadBodyOptions {
  /** How many bytes must come. */
  readonly length: number;
  /** Opens the rest of the same version, from this many bytes on; undefined where that version is there no more. */
  readonly reopen: (offset: number) => Promise<OpenBody | undefined>;
  readonly explain: (error: unknown) => Failure;
  readonly policy: RetryPolicy;
  /** Milliseconds without a byte, while somebody waits for one, after which it is `Timeout`. */
  readonly idleTimeout: number;
  readonly signal?: AbortSignal | undefined;
}

/** A body that is read with {@link readBody}. */
export interface ReadableBody {
  /** In plain Uint8Arrays: what Node's streams give are Buffers, which others see in another way. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Frees the connection, read or not. */
  cancel(): Promise<void>;
}

/**
 * Walks the body of an answer. Where it breaks off or stalls, the rest is asked for, as the policy has it; attempts count
 * from the last byte that came. More bytes than announced are passed on, for who counts them to refuse.
 */
export function readBody(first: OpenBody, options: ReadBodyOptions): ReadableBody {
  const { length, reopen, explain, policy, idleTimeout, signal } = options;
  let current: OpenBody | undefined = first;
  let over = false;

  async function* chunks(): AsyncGenerator<Uint8Array, void, void> {
    let received = 0;
    let failures = 0;
    try {
      for (;;) {
        const { stream, abort } = current!;
        const iterator = stream[Symbol.asyncIterator]();
        let failure: unknown;
        try {
          for (;;) {
            const { done, value } = await withTimeout(iterator.next(), idleTimeout, abort, "no byte came");
            if (done === true) break;
            received += value.byteLength;
            failures = 0;
            yield new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
          }
          if (received >= length) {
            // Read to its end: there is nothing to abort, which would cost more than the reading of a small one.
            current = undefined;
            abort.release();
            return;
          }
          failure = cutShort(received, length);
        } catch (error) {
          failure = error;
        }
        if (signal?.aborted === true) throw signal.reason;
        close(current!, failure);
        current = undefined;
        const { error } = explain(failure);
        // All bytes are here; what failed is what comes after them, as the check of their sum.
        if (received >= length || !error.retryable || ++failures >= policy.attempts) throw error;
        current = await retry(() => reopen(received), { explain, policy, signal });
        if (current === undefined) throw replaced();
        if (over) throw cancelled();
      }
    } finally {
      over = true;
      if (current !== undefined) close(current, cancelled());
    }
  }

  return {
    body: chunks(),
    cancel: async () => {
      if (over) return;
      over = true;
      if (current !== undefined) close(current, cancelled());
    },
  };
}

/** To be called before anything else: a body that is refused or cancelled before anybody reads it would end the process. */
export function hearErrors(stream: AnswerStream): void {
  stream.on?.("error", () => {});
}

/** Frees the connection of a body that was not read to its end. */
export function close({ stream, abort }: OpenBody, reason: unknown): void {
  abort.abort(reason);
  abort.release();
  stream.destroy?.();
}

/** What who still reads an object gets to see when it is cancelled. */
export function cancelled(): TypeError {
  return new TypeError("The object was cancelled.");
}

/** The version that is being read is there no more. */
export function replaced(): StorageError {
  const detail =
    "it was replaced or deleted while it was read, and the rest of it cannot be had any more. Read it again.";
  return new StorageError({ code: "Unavailable", detail, retryable: true });
}

function cutShort(received: number, length: number): StorageError {
  const detail = `the answer ended after ${received} of ${length} bytes. Read it again.`;
  return new StorageError({ code: "Unavailable", detail, retryable: true });
}
