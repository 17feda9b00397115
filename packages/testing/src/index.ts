export { ConformanceError } from "./assert.ts";
export { codecConformance, type CodecConformanceOptions } from "./codec/conformance.ts";
export type { DefineTest } from "./define-test.ts";
export type { Capability } from "./storage/case.ts";
export { storageConformance, type StorageConformanceOptions } from "./storage/conformance.ts";
export { type Registered, serializerConformance, type SerializerConformanceOptions } from "./serializer/conformance.ts";
export { firstDifference } from "./serializer/difference.ts";
export type { AnyClass } from "./serializer/kinds/classes.ts";
export { type ValueKind, valueKinds } from "./serializer/kinds/index.ts";
