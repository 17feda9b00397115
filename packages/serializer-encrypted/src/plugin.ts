import type { CodecPlugin } from "@coatcheck/core";
import { type EncryptedOptions, encryption, options } from "./encrypted.ts";

/** The codec type `encrypted`, as in `encrypted/compressed/json`: with the keys of `COATCHECK_ENCRYPTION_KEYS`. */
export const encryptedPlugin: CodecPlugin = {
  api: 1,
  kind: "codec",
  type: "encrypted",
  options,
  open: (config) => encryption(config),
};

/**
 * The same with keys: after `register(encryptedPluginWith({ keys }))` names like `encrypted/json` use them. Keys that cannot
 * be are a ConfigurationError at once.
 */
export function encryptedPluginWith(given: EncryptedOptions): CodecPlugin {
  const codec = encryption(given);
  return { ...encryptedPlugin, options: {}, open: () => codec };
}
