import { type CodecContext, ResultError } from "@coatcheck/core";
import { segments } from "./segments.ts";

/**
 * The streaming AEAD of Tink (AES256-GCM-HKDF-1MB), which is the STREAM construction of Hoang, Reyhanitabar, Rogaway and
 * Vizár (2015): every segment is sealed on its own, with its number and whether it is the last one in its nonce. So none
 * can be reordered, dropped, doubled or cut off, and none is handed out before it was found right.
 * https://developers.google.com/tink/streaming-aead/aes_gcm_hkdf_streaming
 */
export const CIPHER = "aes256-gcm-hkdf-1mb";

const SEGMENT = 1024 * 1024;
const TAG = 16;
const SALT = 32;
const PREFIX = 7;
const HEADER = 1 + SALT + PREFIX;
/** The segment's number has four bytes in the nonce. */
const MAX_SEGMENTS = 2 ** 32;

/** Seals a stream with a key of its own, derived from `material`, a new salt, and what the context binds it to. */
export async function* seal(
  source: AsyncIterable<Uint8Array>,
  material: CryptoKey,
  { associatedData, signal }: CodecContext,
): AsyncGenerator<Uint8Array, void, void> {
  const header = new Uint8Array(HEADER);
  header[0] = HEADER;
  globalThis.crypto.getRandomValues(header.subarray(1));
  const key = await derive(material, header, associatedData, "encrypt");
  yield header;
  let number = 0;
  for await (const { bytes, last } of segments(source, SEGMENT - HEADER - TAG, SEGMENT - TAG)) {
    signal?.throwIfAborted();
    const sealed = await globalThis.crypto.subtle.encrypt(cipher(header, number++, last), key, bytes);
    yield new Uint8Array(sealed);
  }
}

/** Opens what {@link seal} gave. `Corrupt` where a byte, the key or the context is another one; `TooLarge` over the limit. */
export async function* open(
  source: AsyncIterable<Uint8Array>,
  material: CryptoKey,
  { associatedData, limits, signal }: CodecContext,
): AsyncGenerator<Uint8Array, void, void> {
  let header: Uint8Array | undefined;
  let key: CryptoKey | undefined;
  let number = 0;
  let total = 0;
  for await (const { bytes, last } of segments(source, SEGMENT, SEGMENT)) {
    signal?.throwIfAborted();
    let sealed = bytes;
    if (header === undefined || key === undefined) {
      header = sealed.slice(0, HEADER);
      if (header[0] !== HEADER || header.byteLength !== HEADER) throw corrupt();
      key = await derive(material, header, associatedData, "decrypt");
      sealed = sealed.subarray(HEADER);
    }
    let opened: ArrayBuffer;
    try {
      opened = await globalThis.crypto.subtle.decrypt(cipher(header, number++, last), key, sealed);
    } catch {
      throw corrupt();
    }
    total += opened.byteLength;
    if (total > limits.maxBytes) {
      throw new ResultError(
        "TooLarge",
        `it has more than the ${limits.maxBytes} bytes that are allowed. Raise maxBytes, or read it as a stream.`,
      );
    }
    if (opened.byteLength > 0) yield new Uint8Array(opened);
  }
}

async function derive(
  material: CryptoKey,
  header: Uint8Array,
  associatedData: Uint8Array,
  usage: "encrypt" | "decrypt",
): Promise<CryptoKey> {
  const salt = Uint8Array.from(header.subarray(1, 1 + SALT));
  const info = Uint8Array.from(associatedData);
  const hkdf = { name: "HKDF", hash: "SHA-256", salt, info };
  return await globalThis.crypto.subtle.deriveKey(hkdf, material, { name: "AES-GCM", length: 256 }, false, [usage]);
}

function cipher(header: Uint8Array, number: number, last: boolean): AesGcmParams {
  if (number >= MAX_SEGMENTS) throw new ResultError("TooLarge", "it has more than the 4 PiB that one key can seal.");
  const iv = new Uint8Array(PREFIX + 5);
  iv.set(header.subarray(1 + SALT));
  new DataView(iv.buffer).setUint32(PREFIX, number);
  iv[PREFIX + 4] = last ? 1 : 0;
  return { name: "AES-GCM", iv, tagLength: TAG * 8 };
}

function corrupt(): ResultError {
  return new ResultError(
    "Corrupt",
    "its encrypted bytes are not what was written under this key id, header and key: they were changed, cut or moved, or the encryption key is another one.",
  );
}
