export type { Class, ClassDefinition } from "@coatcheck/core/serializer";
export { msgpack, type MsgpackOptions } from "./msgpack.ts";
export { msgpackPlugin as default } from "./plugin.ts";
