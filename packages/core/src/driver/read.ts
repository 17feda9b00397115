import { StorageError } from "../errors.ts";
import type { Failure, RetryPolicy } from "./retry.ts";
import { retry } from "./retry.ts";
import { LinkedAbort, withTimeout } from "./timeout.ts";

/** The body of an answer, and what ends its request. */
export interface OpenBody {
  readonly body: AsyncIterable<Uint8Array>;
  /** Frees the connection, read or not. */
  cancel(): void;
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
  readonly body: AsyncIterable<Uint8Array>;
  cancel(): Promise<void>;
}

/**
 * Walks the body of an answer. Where it breaks off or stalls, the rest is asked for, as the policy has it; attempts count
 * from the last byte that came. More bytes than announced are passed on, for who counts them to refuse.
 */
export function readBody(first: OpenBody, options: ReadBodyOptions): ReadableBody {
  const { length, reopen, explain, policy, idleTimeout } = options;
  let current: OpenBody | undefined = first;
  let abort = new LinkedAbort(options.signal);
  const close = (): void => {
    current?.cancel();
    current = undefined;
    abort.release();
  };

  async function* chunks(): AsyncGenerator<Uint8Array, void, void> {
    let received = 0;
    let failures = 0;
    try {
      for (;;) {
        const iterator = current!.body[Symbol.asyncIterator]();
        let failure: unknown;
        try {
          for (;;) {
            const next = withTimeout(iterator.next(), idleTimeout, abort, "no byte came");
            const { done, value } = await next;
            if (done === true) break;
            received += value.byteLength;
            failures = 0;
            yield value;
          }
          if (received >= length) return;
          failure = cutShort(received, length);
        } catch (error) {
          failure = error;
        }
        if (options.signal?.aborted === true) throw options.signal.reason;
        close();
        const { error } = explain(failure);
        // All bytes are here; what failed is what comes after them, as the check of their sum.
        if (received >= length || !error.retryable || ++failures >= policy.attempts) throw error;
        current = await retry(() => reopen(received), { explain, policy, signal: options.signal });
        if (current === undefined) throw replaced();
        abort = new LinkedAbort(options.signal);
      }
    } finally {
      close();
    }
  }

  return {
    body: chunks(),
    cancel: async () => {
      abort.abort(new TypeError("The object was cancelled."));
      close();
    },
  };
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
