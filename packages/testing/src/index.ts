export { ConformanceError } from "./assert.ts";
export type { Capability } from "./storage/case.ts";
export { type DefineTest, storageConformance, type StorageConformanceOptions } from "./storage/conformance.ts";
