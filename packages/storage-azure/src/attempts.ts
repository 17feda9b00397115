import { answerStatus, noteRepeated } from "./errors.ts";

/**
 * Makes a call with a signal of its own, and notes on the error it fails with where the client may have sent the request
 * more than once, as one that is not ours does by itself. The SDK tells of that in one way only: its HTTP client listens
 * to the signal anew for each attempt.
 */
export async function countAttempts<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  let attempts = 0;
  const listen = signal.addEventListener.bind(signal);
  signal.addEventListener = (...listener: Parameters<typeof listen>): void => {
    attempts++;
    listen(...listener);
  };
  try {
    return await call();
  } catch (error) {
    // Another HTTP client need not listen; one that was answered has sent something.
    if (attempts > 1 || (attempts === 0 && answerStatus(error) !== undefined)) noteRepeated(error);
    throw error;
  }
}
