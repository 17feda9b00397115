export * from "./bytes.ts";
export * from "./cloud.ts";
export * from "./errors.ts";
export * from "./faults.ts";
export * from "./options.ts";
export * from "./processes.ts";
export * from "./streams.ts";
export * from "./writes.ts";
