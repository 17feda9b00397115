import type { CoatcheckError } from "@coatcheck/core";

/** A value in a box: awaiting a value that has a `then` would run that. */
export interface Boxed {
  readonly value: unknown;
}

/** Something that reads bytes which may come from a stranger. */
export interface Target {
  readonly name: string;
  /** Of 100,000 inputs, how many are its. */
  readonly share: number;
  /** Valid inputs, to be damaged. */
  readonly documents: readonly Uint8Array[];
  /** Pieces that mean something to it, put where they make no sense. */
  readonly pieces: readonly Uint8Array[];
  /** Inputs made to do harm: each is read as it is, and damaged too. */
  readonly attacks: readonly Uint8Array[];
  /** Reads; the value is looked through afterwards. */
  read(bytes: Uint8Array): Promise<Boxed> | Boxed;
  /** What it may throw; everything else is a finding. */
  allows(error: CoatcheckError): boolean;
  /** Writes a value that it has read and reads it again: it must be the same value. */
  again?(value: unknown): Promise<Boxed> | Boxed;
  /** Documents of which every flipped bit must be found: refused, or where `mayIgnore`, read as the same value. */
  readonly sealed?: { readonly documents: readonly Uint8Array[]; readonly mayIgnore: boolean };
  /** Bytes that reading may make at most, by a limit that was set; default none beside a multiple of the input. */
  readonly limit?: number;
  /** Why it cannot run here, where it cannot. */
  readonly skipped?: string;
}

const encoder = new TextEncoder();

/** Text as bytes. */
export const utf8 = (text: string): Uint8Array => encoder.encode(text);
/** Numbers, texts and bytes as one piece. */
export const bytes = (...parts: readonly (number | string | Uint8Array)[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === "number" ? Uint8Array.of(part) : Buffer.from(part as string))));
/** The same bytes many times. */
export const times = (count: number, part: Uint8Array): Uint8Array =>
  Buffer.concat(Array.from({ length: count }, () => part));
