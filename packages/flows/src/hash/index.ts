export { registerInputClass } from "./classes.ts";
export { UnhashableInput, type UnhashableInputInit } from "./errors.ts";
