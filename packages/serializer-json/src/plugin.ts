import type { SerializerPlugin } from "@coatcheck/core";
import { json, options } from "./json.ts";

/** The serializer type `json`. */
export const jsonPlugin: SerializerPlugin = {
  api: 1,
  kind: "serializer",
  type: "json",
  options,
  open: (config) => json(config),
};
