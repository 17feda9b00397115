import type { RunEvent } from "../events.ts";
import { Tally } from "./tally.ts";
import { eventLine, frame, summary } from "./text.ts";
import { Terminal } from "./terminal.ts";
import { quietWriter } from "./write.ts";

/** Milliseconds that a run takes before it is shown. */
const PATIENCE = 1000;
/** Milliseconds between two pictures. */
const INTERVAL = 100;

/** Shows in a terminal what runs, once the outermost run has taken more than a second, until all are over. */
export class LiveView {
  readonly #tally = new Tally();
  readonly #stream: NodeJS.WriteStream;
  readonly #write: (text: string) => void;
  #terminal: Terminal | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    this.#write = quietWriter(stream);
  }

  /** Takes an event in. */
  readonly listen = (event: RunEvent): void => {
    const idle = this.#tally.open.size === 0;
    const run = this.#tally.take(event);
    if (idle && run !== undefined) this.#timer = setTimeout(() => void this.#appear(), PATIENCE).unref();
    if (event.type === "warning" || event.type === "failed") this.#note(eventLine(event, run), event.type);
    if (!idle && this.#tally.open.size === 0) {
      this.#terminal?.print(summary(this.#tally, event));
      this.#disappear();
    }
  };

  #note(line: string, type: string): void {
    if (this.#terminal !== undefined) this.#terminal.print(line);
    // Who awaits a failed run is told by its error; nobody else says a warning.
    else if (type === "warning") this.#write(`${line}\n`);
  }

  async #appear(): Promise<void> {
    const timer = this.#timer;
    // Where the library cannot be loaded, as in some test runners, there is no view.
    const terminal = await Terminal.open(this.#stream).catch(() => undefined);
    // It may have been over, and another begun, while the library was loaded.
    if (this.#timer !== timer || timer === undefined) return terminal?.close();
    this.#terminal = terminal;
    this.#timer = setInterval(() => this.#draw(), INTERVAL).unref();
    this.#draw();
  }

  #disappear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#terminal?.close();
    this.#terminal = undefined;
  }

  #draw(): void {
    const { columns, rows } = this.#stream;
    // Some terminals have no size.
    this.#terminal?.show(frame(this.#tally, Date.now(), columns || 80, rows || 24));
  }
}
