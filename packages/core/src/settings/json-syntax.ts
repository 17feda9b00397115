/** Where the text stops being JSON: line and column, both from 1. For text that `JSON.parse` has refused. */
export function syntaxErrorAt(text: string): { readonly line: number; readonly column: number } {
  const before = text.slice(0, new Scanner(text).end()).split("\n");
  return { line: before.length, column: before.at(-1)!.length + 1 };
}

const SPACE = /[ \t\r\n]*/y;
const SCALAR = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// eslint-disable-next-line no-control-regex -- JSON strings hold no control characters.
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4}))*"/y;

/** Walks JSON as far as it is JSON. Engines word their errors differently, and not all of them say where. */
class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  end(): number {
    if (this.#value()) this.#skip(SPACE);
    return this.#at;
  }

  #value(): boolean {
    this.#skip(SPACE);
    if (this.#take("{")) return this.#members("}", () => this.#string() && this.#take(":") && this.#value());
    if (this.#take("[")) return this.#members("]", () => this.#value());
    return this.#skip(STRING) || this.#skip(SCALAR);
  }

  #members(close: string, member: () => boolean): boolean {
    if (this.#take(close)) return true;
    for (;;) {
      if (!member()) return false;
      if (this.#take(close)) return true;
      if (!this.#take(",")) return false;
    }
  }

  #string(): boolean {
    this.#skip(SPACE);
    return this.#skip(STRING);
  }

  #take(character: string): boolean {
    this.#skip(SPACE);
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    if (!pattern.test(this.#text)) return false;
    this.#at = pattern.lastIndex;
    return true;
  }
}
