import { concat, copyOf } from "../bytes.ts";
import { hex, nodeBuiltin } from "../environment.ts";

/** How payloads are checked: `crc32` finds damage at almost no cost; `sha256` also tells the holder of a reference of forgery, at a third of the speed. */
export type DigestAlgorithm = "crc32" | "sha256";

/** A digest being computed; `text` ends it: `crc32:` and 8, or `sha256:` and 64 lower-case hexadecimal digits. */
export interface Digest {
  update(bytes: Uint8Array): void;
  text(): Promise<string>;
}

/** What the text of a digest looks like. */
export const DIGEST_PATTERN: RegExp = /^(?:crc32:[0-9a-f]{8}|sha256:[0-9a-f]{64})$/;

/** Starts a digest. Where there is no Node, sha256 holds all it is given until the end: the web has no incremental one. */
export function startDigest(algorithm: DigestAlgorithm): Digest {
  if (algorithm === "crc32") {
    let value = 0;
    return {
      update: (bytes) => void (value = crc32(bytes, value)),
      text: async () => crc32Text(value),
    };
  }
  const hash = nodeBuiltin("crypto")?.createHash?.("sha256");
  if (hash !== undefined) {
    return { update: (bytes) => void hash.update(bytes), text: async () => `sha256:${hash.digest("hex")}` };
  }
  const chunks: Uint8Array[] = [];
  return {
    update: (bytes) => void chunks.push(copyOf(bytes)),
    async text() {
      const whole = concat(chunks) as Uint8Array<ArrayBuffer>;
      return `sha256:${hex(new Uint8Array(await globalThis.crypto.subtle.digest("SHA-256", whole)))}`;
    },
  };
}

/** The algorithm a digest was made with. */
export function digestAlgorithm(digest: string): DigestAlgorithm {
  return digest.startsWith("sha256:") ? "sha256" : "crc32";
}

/** `crc32:` and the digits of the bytes' CRC-32 (the one of gzip and zip). */
export function crc32Digest(bytes: Uint8Array): string {
  return crc32Text(crc32(bytes, 0));
}

function crc32Text(value: number): string {
  return `crc32:${value.toString(16).padStart(8, "0")}`;
}

let table: Uint32Array | undefined;

function crc32(bytes: Uint8Array, value: number): number {
  const native = nodeBuiltin("zlib")?.crc32;
  if (native !== undefined) return native(bytes, value);
  table ??= Uint32Array.from({ length: 256 }, (_, index) => {
    let entry = index;
    for (let bit = 0; bit < 8; bit++) entry = (entry >>> 1) ^ (entry & 1 ? 0xedb88320 : 0);
    return entry;
  });
  let crc = ~value;
  for (let i = 0; i < bytes.length; i++) crc = table[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
