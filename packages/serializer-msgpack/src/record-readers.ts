import { isFarOut } from "@coatcheck/core/serializer";
import type { Decoder } from "./decoder.ts";

/** How the objects of one record are read. */
export class RecordReader {
  readonly names: readonly string[];
  /** An object, made when its values have been read; undefined where they are set one by one. */
  tree: ((decoder: Decoder) => object) | undefined;
  /** Some of the names are numbers far apart. */
  readonly isSparse: boolean;
  #uses = 0;

  constructor(names: readonly string[]) {
    this.names = names;
    this.isSparse = names.some(isFarOut);
  }

  /** Counts one more object, and compiles the record when that pays; whether it did so now. */
  used(): boolean {
    if (++this.#uses !== WORTH_IT) return false;
    this.tree = compile(this.names);
    return true;
  }
}

/** A compilation takes about as long as this many objects without it. */
const WORTH_IT = 24;
const KEEP = 512;
/** Characters of the names of a record that is kept: names may be whole texts. */
const LONGEST = 4096;
const NAME = /^[A-Za-z_$][\w$]{0,63}$/;

const readers = new Map<string, RecordReader>();
let mayCompile = true;

/** The record of these names. The last few hundred are kept, so that small values profit from being compiled too. */
export function recordReader(names: readonly string[]): RecordReader {
  const signature = names.join();
  const known = readers.get(signature);
  // Names may hold commas.
  if (known?.names.length === names.length && known.names.every((name, index) => name === names[index])) return known;
  const reader = new RecordReader(names);
  if (signature.length > LONGEST) return reader;
  if (readers.size >= KEEP) readers.clear();
  readers.set(signature, reader);
  return reader;
}

/**
 * An object literal with these names makes an object several times faster than setting one property after the other. Only
 * plain identifiers get into the code, nothing else of the data; where code cannot be made from text, as under a Content
 * Security Policy, it is left at that.
 */
function compile(names: readonly string[]): ((decoder: Decoder) => object) | undefined {
  if (!mayCompile || !names.every((name) => NAME.test(name) && name !== "__proto__")) return undefined;
  try {
    const literal = names.map((name) => `${name}:d.value()`).join();
    // oxlint-disable-next-line no-implied-eval, typescript/no-implied-eval -- see above
    return new Function("d", `return {${literal}}`) as (decoder: Decoder) => object;
  } catch {
    mayCompile = false;
    return undefined;
  }
}
