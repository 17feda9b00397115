import type { Run } from "./run.ts";

/** Lets at most so many runs begin before others are over, in the order in which they came. */
export class Limiter {
  #free: number;
  /** What begins a run that waits, from `#next` on; one that was cancelled meanwhile does not take its turn. */
  #waiting: (() => boolean)[] = [];
  #next = 0;

  constructor(limit: number) {
    this.#free = limit;
  }

  /** Takes a turn if there is one. Each that was had must be given back. */
  take(): boolean {
    if (this.#free === 0) return false;
    this.#free--;
    return true;
  }

  /** Waits for a turn; false where the run was cancelled before. */
  wait(run: Run): Promise<boolean> {
    if (run.cancelled !== undefined) return Promise.resolve(false);
    run.phase = "Scheduled";
    return new Promise((resolve) => {
      run.onCancel = () => resolve(false);
      this.#waiting.push(() => {
        if (run.cancelled !== undefined) return false;
        run.onCancel = undefined;
        run.phase = "Pending";
        resolve(true);
        return true;
      });
    });
  }

  /** Gives a turn back, to the one that has waited longest. */
  release(): void {
    while (this.#next < this.#waiting.length) {
      const begin = this.#waiting[this.#next]!;
      this.#waiting[this.#next++] = began;
      if (begin()) return;
    }
    this.#waiting = [];
    this.#next = 0;
    this.#free++;
  }
}

// Stands for what has begun, so that nothing holds on to it.
const began = (): boolean => false;
