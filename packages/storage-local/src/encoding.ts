/** Characters of an encoded segment that one name holds, before the marks and escapes that {@link encodeSegment} adds. */
const MAX_PIECE = 128;
/** The longest name that comes out: 2 for an escape, 2 for `%+`. eCryptfs (encrypted folders of network drives) takes 143. */
export const MAX_NAME = 132;

/** Ends a name that goes on in the folder of that name. A `%` without two digits cannot come from encoding. */
const CONTINUED = "%+";
/** Ends the name of a folder that holds the keys below a segment: `a` and `a/b` stand beside each other. */
export const BELOW = "+";

const PLAIN = /^[a-z0-9_=@,-][a-z0-9._=@,-]*$/;
const PLAIN_CHARACTER = /^[a-z0-9._=@,-]$/;
const ENCODED = /^(?:[a-z0-9._=@,-]|%[0-9a-f]{2})+$/;
// With `$` and superscript digits Windows reserves more names; those characters are encoded anyway. A leading dot is
// what NFS, editors and file managers give their own files.
const AWKWARD = /^(?:\.|(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$))/;

const utf8 = new TextEncoder();

/**
 * The name of the file for one segment of a key; with {@link BELOW} after it, of the folder for what is below. A segment
 * that is too long for one name gives a path: `piece%+/piece`. Different segments never give the same name, on file
 * systems that fold case or normalize Unicode included.
 */
export function encodeSegment(segment: string): string {
  if (segment.length <= MAX_PIECE && PLAIN.test(segment) && !AWKWARD.test(segment)) return segment;
  const pieces: string[] = [];
  let piece = "";
  for (const character of segment) {
    const encoded = PLAIN_CHARACTER.test(character) ? character : percent(character);
    if (piece.length + encoded.length > MAX_PIECE) {
      pieces.push(piece);
      piece = "";
    }
    piece += encoded;
  }
  pieces.push(piece);
  return pieces.map((name) => (AWKWARD.test(name) ? percent(name[0]!) + name.slice(1) : name)).join(`${CONTINUED}/`);
}

/** The segment that {@link encodeSegment} turns into `path`, or undefined where there is none: the name is not ours. */
export function decodeSegment(path: string): string | undefined {
  if (path.length <= MAX_PIECE && PLAIN.test(path) && !AWKWARD.test(path)) return path;
  const encoded = path.replaceAll(`${CONTINUED}/`, "");
  if (!ENCODED.test(encoded)) return undefined;
  try {
    const segment = decodeURIComponent(encoded);
    return encodeSegment(segment) === path ? segment : undefined;
  } catch {
    return undefined; // Not UTF-8.
  }
}

/** Whether `name` is of a folder in which a name goes on. */
export function isContinued(name: string): boolean {
  return name.endsWith(CONTINUED);
}

/** Where the folder of the keys that begin with `prefix` is, below the root; `prefix` is empty or ends in `/`. */
export function folderPath(prefix: string): string {
  const segments = prefix.split("/").slice(0, -1);
  return segments.map((segment) => encodeSegment(segment) + BELOW).join("/");
}

/** Where the file of `key` is, below the root. */
export function filePath(key: string): string {
  const slash = key.lastIndexOf("/") + 1;
  const name = encodeSegment(key.slice(slash));
  return slash === 0 ? name : `${folderPath(key.slice(0, slash))}/${name}`;
}

function percent(text: string): string {
  let encoded = "";
  for (const byte of utf8.encode(text)) encoded += `%${byte.toString(16).padStart(2, "0")}`;
  return encoded;
}
