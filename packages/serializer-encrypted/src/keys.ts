import { ConfigurationError } from "@coatcheck/core";

const KEY_BYTES = 32;
const ID = /^[A-Za-z0-9._-]{1,32}$/;

/** Keys by their ids, and the id of the one that is written with. */
export interface KeyRing {
  readonly current: string;
  /** The key material for HKDF; undefined where there is no key of that id. */
  find(id: string): Promise<CryptoKey> | undefined;
}

/** Checks keys and keeps copies of them. No message shows anything of a key. */
export function keyRing(keys: Readonly<Record<string, Uint8Array | string>>, chosen: string | undefined): KeyRing {
  const ids = Object.keys(keys);
  if (ids.length === 0) throw invalid('option "keys" has no key. Give one: { keys: { "2026": key } }.');
  const current = chosen ?? (ids.length === 1 ? ids[0]! : undefined);
  if (current === undefined) {
    throw invalid(
      `there are ${ids.length} keys: say which to write with, as in { current: ${JSON.stringify(ids[0])} }.`,
    );
  }
  if (!ids.includes(current)) {
    throw invalid(
      `option "current" is ${JSON.stringify(current)}, of which there is no key. There is: ${ids.join(", ")}.`,
    );
  }
  const material = new Map(ids.map((id) => [id, bytesOf(id, keys[id]!)]));
  const imported = new Map<string, Promise<CryptoKey>>();
  return {
    current,
    find(id) {
      const bytes = material.get(id);
      if (bytes === undefined) return undefined;
      let key = imported.get(id);
      if (key === undefined) {
        key = globalThis.crypto.subtle.importKey("raw", bytes, "HKDF", false, ["deriveKey"]);
        imported.set(id, key);
      }
      return key;
    },
  };
}

/** The keys of `COATCHECK_ENCRYPTION_KEYS`, `id:base64,id:base64`; the first is the one to write with. */
export function environmentKeys(): { readonly keys: Record<string, string>; readonly current: string } | undefined {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
  const text = process?.env?.["COATCHECK_ENCRYPTION_KEYS"];
  if (text === undefined || text.trim() === "") return undefined;
  const pairs = text.split(",").map((pair): [string, string] => {
    const colon = pair.indexOf(":");
    if (colon < 0)
      throw invalid('COATCHECK_ENCRYPTION_KEYS is "id:base64,id:base64", the first of them to write with.');
    return [pair.slice(0, colon).trim(), pair.slice(colon + 1).trim()];
  });
  return { keys: Object.fromEntries(pairs), current: pairs[0]![0] };
}

function bytesOf(id: string, key: Uint8Array | string): Uint8Array<ArrayBuffer> {
  if (!ID.test(id))
    throw invalid(`a key's id is 1 to 32 letters, digits, ".", "_" or "-", not ${JSON.stringify(id.slice(0, 40))}.`);
  const bytes = typeof key === "string" ? decode(key) : key;
  if (ArrayBuffer.isView(bytes) && bytes.byteLength === KEY_BYTES) return Uint8Array.from(bytes);
  throw invalid(
    `the key ${JSON.stringify(id)} is not ${KEY_BYTES} bytes, as a Uint8Array or in base64. Make one: openssl rand -base64 32.`,
  );
}

function decode(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** An option that cannot be, for {@link encrypted}. */
export function invalid(message: string): ConfigurationError {
  return new ConfigurationError("InvalidOption", `Codec encrypted: ${message}`);
}
