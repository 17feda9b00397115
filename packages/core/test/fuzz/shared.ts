/** What is read now, shared with the thread that watches: so that an input that hangs or kills the reader can be shown. */
export class Current {
  static readonly MAX_BYTES = 1_000_000;
  readonly buffer: SharedArrayBuffer;
  readonly #numbers: Int32Array;
  readonly #bytes: Uint8Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(12 + Current.MAX_BYTES)) {
    this.buffer = buffer;
    this.#numbers = new Int32Array(buffer, 0, 3);
    this.#bytes = new Uint8Array(buffer, 12);
  }

  begin(target: number, input: Uint8Array): void {
    const length = Math.min(input.byteLength, Current.MAX_BYTES);
    this.#bytes.set(input.subarray(0, length));
    Atomics.store(this.#numbers, 1, target);
    Atomics.store(this.#numbers, 2, length);
    Atomics.add(this.#numbers, 0, 1);
  }

  /** Counts the inputs: where it stands still, one hangs. */
  get count(): number {
    return Atomics.load(this.#numbers, 0);
  }
  get target(): number {
    return Atomics.load(this.#numbers, 1);
  }
  get input(): Uint8Array {
    return this.#bytes.slice(0, Atomics.load(this.#numbers, 2));
  }
}

/** What the worker is told. */
export interface Orders {
  readonly current: SharedArrayBuffer;
  readonly seed: number;
  /** Inputs for all targets together. */
  readonly inputs: number;
  /** Targets to run, by their place in the list of all. */
  readonly from: number;
  readonly only: string | undefined;
  /** The readers that do harm, instead of the real ones. */
  readonly planted: boolean;
}

/** What the worker says. */
export type Report =
  | {
      readonly target: string;
      readonly index: number;
      readonly inputs: number;
      readonly read: number;
      readonly seconds: number;
      readonly slowest: number;
      readonly largest: number;
    }
  | { readonly target: string; readonly begun: true }
  | { readonly target: string; readonly skipped: string }
  | { readonly finding: Finding };

/** Something that happened and must not. */
export interface Finding {
  readonly target: string;
  readonly problem: string;
  /** In base64. */
  readonly input: string;
}
