/** How far a run is: one line that is rewritten in a terminal, a line every quarter elsewhere. Goes to stderr. */
export class Progress {
  readonly #total: number;
  readonly #counts = new Map<string, number>();
  #done = 0;

  constructor(total: number) {
    this.#total = total;
  }

  /** One more is done: `outcome` is counted, `name` is shown. */
  step(outcome: string, name: string): void {
    this.#done++;
    this.#counts.set(outcome, (this.#counts.get(outcome) ?? 0) + 1);
    const counts = [...this.#counts].map(([what, count]) => `${count} ${what}`).join(", ");
    const line = `${this.#done}/${this.#total} packages: ${counts}`;
    if (process.stderr.isTTY) {
      process.stderr.write(`\r\x1b[2K${`${line}  ${name}`.slice(0, process.stderr.columns - 1)}`);
    } else if (Math.floor((4 * this.#done) / this.#total) > Math.floor((4 * (this.#done - 1)) / this.#total)) {
      process.stderr.write(`${line}\n`);
    }
  }

  /** Clears the line. */
  end(): void {
    if (process.stderr.isTTY) process.stderr.write("\r\x1b[2K");
  }
}
