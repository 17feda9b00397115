export { compressed, type CompressedOptions } from "./compressed.ts";
export type { StreamingCompression, WholeCompression } from "./custom.ts";
export { compressedPlugin as default } from "./plugin.ts";
