export type { Class, ClassDefinition } from "./classes.ts";
export { msgpack, type MsgpackOptions } from "./msgpack.ts";
export { msgpackPlugin as default } from "./plugin.ts";
