import type { StorageCapabilities } from "../storage/driver.ts";

/** Those of a storage that lacks nothing. */
export const EVERY_CAPABILITY: StorageCapabilities = Object.freeze({
  create: true,
  replace: true,
  remove: true,
  ranges: true,
  unknownLength: true,
  contentType: true,
  sign: true,
  persistent: true,
});
