import type { CodecPlugin } from "@coatcheck/core";
import { compression, options } from "./compressed.ts";

/** The codec type `compressed`, as in `compressed/json`. */
export const compressedPlugin: CodecPlugin = {
  api: 1,
  kind: "codec",
  type: "compressed",
  options,
  open: (config) => compression(config),
};
