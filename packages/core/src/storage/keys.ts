import { StorageError } from "../errors.ts";

/** Bytes that a prefix and a key may have together, in UTF-8: the least of what our backends allow. */
const MAX_KEY_BYTES = 1024;
/** Segments that a prefix and a key may have together: Azure's limit on nesting. */
const MAX_KEY_SEGMENTS = 250;

/**
 * Why `key` cannot be a key, or undefined where it can. Keys are refused, never rewritten. A key is not empty, has no
 * leading or trailing `/`, no empty segment, none that is `.` or `..` or ends in `.`; no `\`, control character or lone
 * surrogate; at most 1,024 UTF-8 bytes and 250 segments.
 */
export function keyProblem(key: string): string | undefined {
  if (typeof key !== "string") return `a key is a string, not ${key === null ? "null" : typeof key}`;
  if (key === "") return "a key cannot be empty";
  const problem = textProblem(key);
  if (problem !== undefined) return problem;
  const segments = key.split("/");
  if (segments.length > MAX_KEY_SEGMENTS) return `it has ${segments.length} segments, at most ${MAX_KEY_SEGMENTS} fit`;
  for (const segment of segments) {
    if (segment === "") return "a key cannot begin or end with / or have an empty segment";
    if (segment.endsWith(".")) return "a segment cannot be . or .. or end in a dot";
  }
  return undefined;
}

/** Throws `InvalidKey` where {@link keyProblem} finds one. */
export function checkKey(key: string): void {
  const problem = keyProblem(key);
  if (problem !== undefined) {
    const named = typeof key === "string" ? { key } : {};
    throw new StorageError({ code: "InvalidKey", detail: `${problem}. Choose another key.`, ...named });
  }
}

/** As {@link checkKey}, for the start of a key: it may be empty or end anywhere. */
export function checkListPrefix(prefix: string): void {
  const problem = prefix.startsWith("/") ? "no key begins with /" : textProblem(prefix);
  if (problem !== undefined) throw new StorageError({ code: "InvalidKey", detail: `${problem}.`, key: prefix });
}

function textProblem(text: string): string | undefined {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x20 || (unit >= 0x7f && unit <= 0x9f)) return "a key cannot hold a control character";
    if (unit === 0x5c) return "a key cannot hold a backslash";
    if (unit >= 0xd800 && unit <= 0xdfff) {
      const next = text.charCodeAt(i + 1);
      if (unit >= 0xdc00 || !(next >= 0xdc00 && next <= 0xdfff)) return "a key cannot hold a lone surrogate";
      i++;
      bytes += 4;
    } else bytes += unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3;
  }
  return bytes > MAX_KEY_BYTES ? `it has ${bytes} bytes, at most ${MAX_KEY_BYTES} fit` : undefined;
}

/** Compares two keys by their UTF-8 bytes: the order of listings, which differs from JavaScript's beyond U+D7FF. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return codePointOrder(x) - codePointOrder(y);
  }
  return a.length - b.length;
}

// Surrogates stand for code points above every other code unit, so they sort after U+E000 to U+FFFF.
function codePointOrder(unit: number): number {
  return unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit;
}
