import type { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

/** A value of JSON that may still be filled. */
export type Json = string | number | boolean | null | Json[] | JsonRecord;
/** An object of JSON that may still be filled. */
export interface JsonRecord {
  [name: string]: Json;
}

/** How one kind of object is written. */
export interface WrittenKind<T extends object = any> {
  /** Throws where `value` has the prototype of this kind, and is none. */
  check?(value: T): unknown;
  /** The JSON of `value`. `depth` counts the objects and arrays of JSON around it. */
  write(value: T, writer: Writer, depth: number, integrity: Integrity): Json;
  /** The own properties that `write` leaves out; without it, all of them. */
  extraKeys?(value: T): readonly PropertyKey[];
}

/** Whether an object is closed: `$closed` takes no new properties, `$sealed` loses none, `$frozen` changes none. */
export type Integrity = "$closed" | "$sealed" | "$frozen" | undefined;

/** How the argument of one tag is read, in two steps, so that cycles can be tied. */
export interface ReadKind<T = any> {
  /** The value; an object still without what may refer back to it. Throws on an argument of the wrong form. */
  make(argument: Json, reader: Reader): T;
  /** Puts in what may refer back to the object. */
  fill?(value: T, argument: Json, reader: Reader, depth: number): void;
}
