/** A way from values to something written and back. */
export interface Library {
  write(value: unknown): unknown;
  read(written: never): unknown;
  /** Whether an error of `write` tells its reader enough; without, {@link isClear} decides. */
  readonly isClear?: (error: unknown) => boolean;
}

/** A library of the matrix: `open` loads it. */
export interface Entry {
  /** The head of its column. */
  readonly name: string;
  /** How it is called, for the list below the table. */
  readonly how: string;
  /** The npm package, where it is one: its version is printed. */
  readonly package?: string;
  open(): Promise<Library>;
}
