import type { Decoder } from "./decoder.ts";

/** How the objects of one record are read. */
export interface RecordReader {
  readonly names: readonly string[];
  /** An object, read when its values have been; undefined where there is no faster way than one by one. */
  tree: ((decoder: Decoder) => object) | undefined;
  uses: number;
}

/** Records are compiled when this many of their objects have been read: a compilation costs about as much. */
const WORTH_IT = 24;
const KEEP = 512;
const NAME = /^[A-Za-z_$][\w$]{0,63}$/;

const compiled = new Map<string, (decoder: Decoder) => object>();
let mayCompile = true;

/**
 * Counts one more use of the record, and compiles it when that pays: an object literal with these names makes an object
 * several times faster than setting one property after the other. Only plain identifiers get into the code, nothing else
 * of the data; where code cannot be made from text, as under a Content Security Policy, it is left at that.
 */
export function used(reader: RecordReader): void {
  if (++reader.uses !== WORTH_IT || !mayCompile) return;
  if (!reader.names.every((key) => NAME.test(key) && key !== "__proto__")) return;
  const signature = reader.names.join();
  let tree = compiled.get(signature);
  if (tree === undefined) {
    try {
      const literal = reader.names.map((key) => `${key}:d.value()`).join();
      // oxlint-disable-next-line no-implied-eval -- see above
      tree = new Function("d", `return {${literal}}`) as (decoder: Decoder) => object;
    } catch {
      mayCompile = false;
      return;
    }
    if (compiled.size >= KEEP) compiled.clear();
    compiled.set(signature, tree);
  }
  reader.tree = tree;
}

/** A record of these names. */
export function recordReader(names: readonly string[]): RecordReader {
  return { names, tree: names.length === 0 ? undefined : compiled.get(names.join()), uses: 0 };
}
