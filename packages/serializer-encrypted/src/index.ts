export { encrypted, type EncryptedOptions } from "./encrypted.ts";
export { encryptedPlugin as default, encryptedPluginWith } from "./plugin.ts";
