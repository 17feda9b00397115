import { type Values } from "./kind.ts";

/** Kinds of arrays. */
export type ArrayKind =
  "sparse arrays" | "arrays of length 2^32-1" | "arrays with extra properties" | "arrays 10,000 deep";

function ofLength(length: number, elements: Readonly<Record<number, unknown>> = {}): unknown[] {
  const array: unknown[] = [];
  array.length = length;
  return Object.assign(array, elements);
}

function nested(levels: number): unknown[] {
  let value: unknown[] = ["end"];
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}

/** Values of these kinds. */
export const arrays: Readonly<Record<ArrayKind, Values>> = {
  "sparse arrays": [
    () => ofLength(3, { 0: 1, 2: 3 }),
    () => ({ a: ofLength(2), b: ofLength(5, { 4: undefined }) }),
    () => [ofLength(100_000, { 99_999: {} }), ofLength(1)],
  ],
  "arrays of length 2^32-1": [
    () => ofLength(2 ** 32 - 1),
    () => ({ a: ofLength(2 ** 32 - 1, { 0: 1, 4294967293: 2 }) }),
    () => [ofLength(2 ** 31, { 7: "x" })],
  ],
  "arrays with extra properties": [
    () => Object.assign([1, 2], { name: "x" }),
    () => ({ a: Object.assign([], { "-1": 1, "1.5": 2, 4294967295: "no element" }) }),
    () => [Object.assign([1], { [Symbol.for("s")]: 1, index: 0 })],
    () => /(?<first>a)(b)?/.exec("xa"),
  ],
  "arrays 10,000 deep": [() => nested(10_000), () => [nested(10_000), nested(1500)], () => ({ a: nested(5000), b: 1 })],
};
