const ADVICE: Readonly<Record<string, string>> = {
  Promise: "Await it before the call.",
  WeakRef: "Pass what it refers to.",
  WeakMap: "What it holds cannot be listed; pass a Map.",
  WeakSet: "What it holds cannot be listed; pass a Set.",
  ReadableStream: "It can be read once only; pass its bytes.",
  Blob: "Pass its bytes.",
  File: "Pass its name and its bytes.",
};

/** Why an object with that prototype has no hash, and what to do. */
export function refusalOf(prototype: object): string {
  const made: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  const name = typeof made === "function" && made !== Object && typeof made.name === "string" ? made.name : "";
  const leaveOut = "leave it out with inputs({ exclude: […] })";
  if (name === "") return `an object whose prototype is no class. Pass a plain copy, or ${leaveOut}.`;
  const article = /^[AEIOU]/.test(name) ? "an" : "a";
  const advice = ADVICE[name];
  if (advice !== undefined) return `${article} ${name}, which has no content to compare. ${advice} Or ${leaveOut}.`;
  return `${article} ${name}, and what counts of one is not known. Register it, registerInputClass(${name}, (it) => …), pass its data, or ${leaveOut}.`;
}
