import { answerStatus, noteRepeated } from "./errors.ts";

type Listener = (event: Event) => void;

/**
 * An abort signal that counts who listens to it: the SDK's HTTP client does so anew for each attempt of a request, and does
 * not tell of attempts in any other way.
 */
class CountedSignal {
  readonly #signal: AbortSignal;
  listeners = 0;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  get aborted(): boolean {
    return this.#signal.aborted;
  }

  addEventListener(type: "abort", listener: Listener): void {
    this.listeners++;
    this.#signal.addEventListener(type, listener);
  }

  removeEventListener(type: "abort", listener: Listener): void {
    this.#signal.removeEventListener(type, listener);
  }
}

/**
 * Makes a call, and notes on the error it fails with where the client may have sent the request more than once: one that is
 * not ours does so by itself.
 */
export async function countAttempts<T>(signal: AbortSignal, call: (signal: CountedSignal) => Promise<T>): Promise<T> {
  const counted = new CountedSignal(signal);
  try {
    return await call(counted);
  } catch (error) {
    const { listeners } = counted;
    // Another HTTP client need not listen; one that was answered has sent something.
    if (listeners > 1 || (listeners === 0 && answerStatus(error) !== undefined)) noteRepeated(error);
    throw error;
  }
}
