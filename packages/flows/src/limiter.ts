import type { Run } from "./run.ts";

/** Lets at most so many runs begin before others are over, in the order in which they came. */
export class Limiter {
  #free: number;
  readonly #waiting = new Set<() => void>();

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
  async wait(run: Run): Promise<boolean> {
    run.phase = "Scheduled";
    const come = await new Promise<boolean>((resolve) => {
      const begin = (): void => resolve(true);
      this.#waiting.add(begin);
      run.onCancel = () => {
        this.#waiting.delete(begin);
        resolve(false);
      };
    });
    run.onCancel = undefined;
    run.phase = "Pending";
    return come;
  }

  /** Gives a turn back, to the one that has waited longest. */
  release(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#free++;
    else {
      this.#waiting.delete(next);
      next();
    }
  }
}
