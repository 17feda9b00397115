import { fromUtf8, utf8 } from "../bytes.ts";
import { crc32Digest } from "./digest.ts";
import { isDigest, isSize } from "./header.ts";

/** The length of every trailer: a file's size alone then tells the payload's. */
export const TRAILER_BYTES = 160;

/** What is known of a payload once it has passed. */
export interface PayloadFacts {
  readonly size: number;
  readonly digest: string;
}

/** The last bytes of a file whose header says `trailer`: a newline, one JSON object, spaces, a newline; 160 bytes. */
export function encodeTrailer({ size, digest }: PayloadFacts): Uint8Array {
  const covered = `{"size":${size},"digest":"${digest}"`;
  const text = `\n${covered},"check":"${crc32Digest(utf8(covered))}"}`;
  return utf8(`${text.padEnd(TRAILER_BYTES - 1)}\n`);
}

/** What a trailer says, or undefined where a single bit of it is not as {@link encodeTrailer} writes it. */
export function parseTrailer(bytes: Uint8Array): PayloadFacts | undefined {
  try {
    const text = fromUtf8(bytes);
    const { size, digest } = JSON.parse(text) as Record<string, unknown>;
    if (!isSize(size) || !isDigest(digest)) return undefined;
    const facts = { size, digest };
    return text === fromUtf8(encodeTrailer(facts)) ? facts : undefined;
  } catch {
    return undefined;
  }
}
