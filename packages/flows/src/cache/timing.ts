/** How long the waits of the protocol are, in milliseconds, and what time it is. */
export interface Timing {
  /** A lease that has not changed for so long, by the clock of whoever looks at it, is taken over. */
  readonly ttl: number;
  /** The first pause between two looks at somebody's lease; each further one is half longer. */
  readonly firstPause: number;
  /** The longest of these pauses. */
  readonly longestPause: number;
  /** A monotonic clock. */
  now(): number;
  /** Resolves after `ms`, or rejects with the signal's reason. */
  sleep(ms: number, signal: AbortSignal | undefined): Promise<void>;
  /** Calls `then` after `ms` unless the function that is given back is called; does not keep the process alive. */
  later(ms: number, then: () => void): () => void;
}

/**
 * A lease is taken over after 30 seconds of silence, where its holder's end is not known before; it is renewed every 10.
 * Who waits for somebody's computation of s seconds looks about 10 + s / 2 times.
 */
export const TIMING: Timing = {
  ttl: 30_000,
  firstPause: 50,
  longestPause: 2000,
  now: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", end);
        if (signal?.aborted === true) reject(signal.reason);
        else resolve();
      };
      const timer = setTimeout(end, ms);
      signal?.addEventListener("abort", end);
      if (signal?.aborted === true) end();
    }),
  later: (ms, then) => {
    const timer = setTimeout(then, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
