import type { SerializerPlugin } from "@coatcheck/core";
import { msgpack, options } from "./msgpack.ts";

/** The serializer type `msgpack`. */
export const msgpackPlugin: SerializerPlugin = {
  api: 1,
  kind: "serializer",
  type: "msgpack",
  options,
  open: (config) => msgpack(config),
};
