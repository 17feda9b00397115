export type { Class, ClassDefinition } from "./classes.ts";
export { json, type JsonImplementation, type JsonOptions } from "./json.ts";
export { jsonPlugin as default } from "./plugin.ts";
