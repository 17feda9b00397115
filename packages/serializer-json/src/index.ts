export type { Class, ClassDefinition } from "@coatcheck/core/serializer";
export { json, type JsonImplementation, type JsonOptions } from "./json.ts";
export { jsonPlugin as default } from "./plugin.ts";
