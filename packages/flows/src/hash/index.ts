export { registerInputClass } from "./classes.ts";
export { UnhashableInput, type UnhashableInputInit } from "./errors.ts";
export { hashInputs } from "./hash.ts";
