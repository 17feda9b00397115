import { Refusal } from "./refusal.ts";

/** Refuses what no JSON can stand for, saying what it is and what to do. */
export function refuse(value: unknown): never {
  if (typeof value === "function") {
    const isClass = /^class\b/.test(Function.prototype.toString.call(value));
    throw new Refusal(
      `${isClass ? "a class" : "a function"} cannot be stored: it is code`,
      "Leave it out, or store the data it works on.",
    );
  }
  const name = classNameOf(value as object);
  const hint = HINTS[name];
  if (hint !== undefined) throw new Refusal(`a ${name} cannot be stored`, hint);
  throw new Refusal(
    name === "Object"
      ? "an object with a prototype of its own cannot be stored"
      : `an instance of the class ${name} cannot be stored`,
    "Store a plain object with its data.",
  );
}

const HINTS: Readonly<Record<string, string>> = {
  Promise: "Await it, and store what it gives.",
};

function classNameOf(value: object): string {
  const constructor: unknown = (value as { constructor?: unknown }).constructor;
  return typeof constructor === "function" && constructor.name !== "" ? constructor.name : "Object";
}
