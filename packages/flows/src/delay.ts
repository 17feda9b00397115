// What setTimeout can wait at most; more would fire at once.
const LONGEST = 2 ** 31 - 1;

/** Calls `callback` after `ms` milliseconds, however many; the function that is given back calls it off. */
export function after(ms: number, callback: () => void): () => void {
  const until = performance.now() + ms;
  let timer: ReturnType<typeof setTimeout>;
  const wait = (): void => {
    const left = until - performance.now();
    timer = setTimeout(left > LONGEST ? wait : callback, Math.min(left, LONGEST));
  };
  wait();
  return () => clearTimeout(timer);
}
