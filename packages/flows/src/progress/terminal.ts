import { quietWriter } from "./write.ts";

type LogUpdate = ReturnType<typeof import("log-update").createLogUpdate>;
type Write = NodeJS.WriteStream["write"];

/**
 * The last lines of a terminal, which are drawn again and again, under all that the program writes meanwhile: its lines are
 * let through, above the picture.
 */
export class Terminal {
  readonly #update: LogUpdate;
  readonly #restore: (() => void)[] = [];
  #picture = "";
  #drawn = false;
  /** The program has begun a line and not ended it: the picture waits. */
  #inLine = false;
  #redraw: NodeJS.Immediate | undefined;
  #closed = false;

  private constructor(update: LogUpdate, streams: readonly NodeJS.WriteStream[]) {
    this.#update = update;
    for (const stream of streams) this.#restore.push(this.#letThrough(stream));
  }

  /** Loads the library on first use. */
  static async open(stream: NodeJS.WriteStream): Promise<Terminal> {
    const { createLogUpdate } = await import("log-update");
    const { write } = stream;
    const quietly = quietWriter(stream);
    const own = {
      isTTY: true,
      write: (text: string) => quietly(text, write),
      get columns() {
        return stream.columns || 80;
      },
      get rows() {
        return stream.rows || 24;
      },
    };
    // The cursor stays: hiding it needs a handler of signals, which is the program's to have.
    const update = createLogUpdate(own as NodeJS.WriteStream, { showCursor: true });
    const others = stream === process.stdout || !process.stdout.isTTY ? [] : [process.stdout];
    return new Terminal(update, [stream, ...others]);
  }

  /** Shows these lines instead of those before. */
  show(picture: string): void {
    this.#picture = picture;
    if (this.#inLine || this.#closed) return;
    this.#update(picture);
    this.#drawn = true;
  }

  /** Writes a line that stays, above the picture. */
  print(line: string): void {
    this.#clear();
    this.#update.persist(line);
    this.#drawLater();
  }

  /** Takes the picture away, and leaves the terminal to the program. */
  close(): void {
    this.#clear();
    this.#closed = true;
    clearImmediate(this.#redraw);
    for (const restore of this.#restore) restore();
  }

  #clear(): void {
    if (this.#drawn) this.#update.clear();
    this.#drawn = false;
  }

  #drawLater(): void {
    this.#redraw ??= setImmediate(() => {
      this.#redraw = undefined;
      if (!this.#drawn) this.show(this.#picture);
    });
  }

  #letThrough(stream: NodeJS.WriteStream): () => void {
    const write = stream.write;
    const through = ((...args: Parameters<Write>) => {
      this.#clear();
      const [chunk] = args as unknown as [string | Uint8Array];
      if (chunk.length > 0) this.#inLine = chunk.at(-1) !== "\n" && chunk.at(-1) !== 0x0a;
      if (!this.#inLine) this.#drawLater();
      return write.apply(stream, args);
    }) as Write;
    stream.write = through;
    return () => {
      // Somebody else may have put their own around it meanwhile; then it does no more than pass on.
      if (stream.write === through) stream.write = write;
    };
  }
}
