export { registerInputClass } from "./register.ts";
export { UnhashableInput, type UnhashableInputInit } from "./errors.ts";
