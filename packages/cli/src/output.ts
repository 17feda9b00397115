import { once } from "node:events";
import { printable } from "@coatcheck/core/tools";

/** Characters that are held back, at most, so that a listing is not a system call per line. */
const BATCH = 16 * 1024;

/** Standard output, in lines. The first line goes out at once. */
export class Output {
  #held = "";
  #started = false;
  #drained: Promise<unknown> | undefined;

  /** A line of text, with everything in it that a terminal would obey escaped. */
  async line(text: string): Promise<void> {
    this.#held += `${printable(text)}\n`;
    if (this.#started && this.#held.length < BATCH) return;
    this.#started = true;
    await this.flush();
  }

  /** A value as one line of JSON. */
  async json(value: unknown): Promise<void> {
    await this.line(JSON.stringify(value));
  }

  /** Rows of text as columns: each as wide as its widest cell. */
  async table(rows: readonly (readonly string[])[]): Promise<void> {
    const shown = rows.map((row) => row.map((cell) => printable(cell)));
    const widths = shown[0]?.map((_, column) => Math.max(...shown.map((row) => row[column]!.length))) ?? [];
    for (const row of shown)
      await this.line(
        row
          .map((cell, at) => cell.padEnd(widths[at]!))
          .join("  ")
          .trimEnd(),
      );
  }

  /** Text without a line's end, escaped as lines are. */
  async text(text: string): Promise<void> {
    await this.bytes(new TextEncoder().encode(printable(text)));
  }

  /** Bytes, as they are. */
  async bytes(chunk: Uint8Array): Promise<void> {
    await this.flush();
    await this.#write(chunk);
  }

  /** Sends what is held back. */
  async flush(): Promise<void> {
    const text = this.#held;
    this.#held = "";
    if (text !== "") await this.#write(text);
  }

  // Lines may come faster than anybody reads them: all that wait share one listener, for Node warns of many.
  async #write(chunk: string | Uint8Array): Promise<void> {
    if (process.stdout.write(chunk)) return;
    await (this.#drained ??= once(process.stdout, "drain").finally(() => (this.#drained = undefined)));
  }
}
