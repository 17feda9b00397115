import {
  checkOptions,
  type Codec,
  type CodecContext,
  type CodedSerializer,
  type OptionTable,
  ResultError,
  type Serializer,
  withCodec,
} from "@coatcheck/core";
import { environmentKeys, invalid, keyRing } from "./keys.ts";
import { CIPHER, open, seal } from "./stream-cipher.ts";

/** Options of {@link encrypted}. */
export interface EncryptedOptions {
  /** Keys by id, each 32 bytes, as a Uint8Array or in base64. An id is stored in the clear; a key is never shown. */
  readonly keys: Readonly<Record<string, Uint8Array | string>>;
  /** The id of the key to write with; not needed where there is one. The others are for reading: that is how keys are rotated. */
  readonly current?: string | undefined;
}

/** The options of {@link encrypted}, for the plugin. */
export const options: OptionTable = {
  keys: { type: "object", secret: true },
  current: { type: "string" },
};

/**
 * `inner` behind encryption with AES-256-GCM: `encrypted(compressed(json()), { keys: { "2026": key } })`. Values, bytes and
 * streams are encrypted, and nothing of them stays in a reference. The result's header and key are authenticated with the
 * payload: moved to another header or key it is `Corrupt`. Keys that cannot be are a {@link ConfigurationError} at once, and so
 * are none; without `keys` they are those of the environment, `COATCHECK_ENCRYPTION_KEYS`.
 *
 * Compression goes inside: what is encrypted does not compress. How small it got then shows, as always with the two.
 */
export function encrypted<T>(inner: Serializer<T>, given: Partial<EncryptedOptions> = {}): CodedSerializer<T> {
  return withCodec(encryption(given), inner);
}

/** The codec of {@link encrypted}, alone; without options, with the keys of the environment. */
export function encryption(given: Partial<EncryptedOptions>): Codec {
  checkOptions("Codec encrypted", options, given);
  const { keys, current } = given.keys === undefined ? { ...environmentKeys(), ...given } : given;
  if (keys === undefined) {
    throw invalid("it has no keys. Give them: encrypted(serializer, { keys }); or set COATCHECK_ENCRYPTION_KEYS.");
  }
  const ring = keyRing(keys, current);
  return {
    type: "encrypted",
    confidential: true,
    describe: () => ({ type: "encrypted", cipher: CIPHER, key: ring.current }),
    async *encode(source, context) {
      yield* seal(source, await ring.find(ring.current)!, context);
    },
    async *decode(source, context) {
      yield* open(source, await keyFor(context.description), context);
    },
  };

  function keyFor({ cipher, key }: CodecContext["description"]): Promise<CryptoKey> {
    const shown = (value: unknown): string => JSON.stringify(typeof value === "string" ? value.slice(0, 40) : null);
    if (cipher !== CIPHER) {
      throw new ResultError(
        "UnknownSerializer",
        `it is encrypted with ${shown(cipher)}, which this release does not know. Update @coatcheck/serializer-encrypted.`,
      );
    }
    const found = typeof key === "string" ? ring.find(key) : undefined;
    if (found !== undefined) return found;
    throw new ResultError(
      "UnknownSerializer",
      `it is encrypted with the key ${shown(key)}, which this reader does not have. Give it: encrypted(serializer, { keys: { ${shown(key)}: … } }).`,
    );
  }
}
