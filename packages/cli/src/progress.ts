import { byteText } from "./text.ts";

/** Milliseconds between two looks of the line. */
const INTERVAL = 100;

/** What a long piece of work has done so far, as one line of a terminal that is written anew; nothing where it is none. */
export class Progress {
  readonly #verb: string;
  readonly #timer: NodeJS.Timeout | undefined;
  #items = 0;
  #bytes = 0;
  #shown = false;

  /** `verb` begins the line: `Copied`. */
  constructor(verb: string) {
    this.#verb = verb;
    if (!process.stderr.isTTY) return;
    this.#timer = setInterval(() => this.#show(), INTERVAL);
    this.#timer.unref();
  }

  /** Counts what was done. */
  add({ items = 0, bytes = 0 }: { readonly items?: number; readonly bytes?: number }): void {
    this.#items += items;
    this.#bytes += bytes;
  }

  /** Takes the line away. */
  end(): void {
    clearInterval(this.#timer);
    if (this.#shown) process.stderr.write("\r\u001b[K");
    this.#shown = false;
  }

  #show(): void {
    const bytes = this.#bytes > 0 ? `, ${byteText(this.#bytes)}` : "";
    process.stderr.write(`\r\u001b[K${this.#verb} ${this.#items}${bytes} …`);
    this.#shown = true;
  }
}
