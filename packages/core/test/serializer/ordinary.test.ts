import { expect, test } from "@jest/globals";
import { builtinName, isBuiltinInside, isOpenObject, isPlainArray } from "@coatcheck/core/serializer";

const { defineProperty, freeze, preventExtensions, setPrototypeOf } = Object;

test.each([0, 1, 2, 63, 64, 65, 1000])("a plain array of %s elements, and what makes it none", (length) => {
  const make = (): unknown[] => Array.from({ length }, (_, index) => index);
  expect(isPlainArray(make())).toBe(true);
  expect(isPlainArray([...make(), undefined])).toBe(true);
  const odd: unknown[] = [
    new Proxy(make(), {}),
    freeze(make()),
    preventExtensions(make()),
    Object.assign(make(), { more: 1 }),
    Object.assign(make(), { [Symbol("more")]: 1 }),
    defineProperty(make(), "more", { value: 1 }),
    defineProperty(make(), Symbol("more"), { value: 1 }),
    defineProperty(make(), "length", { writable: false }),
    defineProperty([...make(), 1], length, { get: () => 1 }),
    defineProperty([...make(), 1], length, { writable: false }),
    defineProperty([...make(), 1], length, { enumerable: false }),
    defineProperty([...make(), 1], length, { configurable: false }),
    // oxlint-disable-next-line no-sparse-arrays
    [...make(), ,],
    setPrototypeOf({ length: 0 }, Array.prototype),
  ];
  for (const each of odd) expect(isPlainArray(each as unknown[])).toBe(false);
});

const posing: readonly (() => object)[] = [
  () => [],
  () => new Date(0),
  () => /a/,
  () => new Error("x"),
  () => Object(1) as object,
  () => Object("a") as object,
  () => Object(1n) as object,
  () => new Map(),
  () => new Set(),
  () => new WeakMap(),
  () => Promise.resolve(),
  () => new ArrayBuffer(1),
  () => new Uint8Array(1),
  () => new DataView(new ArrayBuffer(1)),
  () => new Map().entries(),
];

test.each(posing.map((make) => [Object.prototype.toString.call(make()), make] as const))(
  "%s is seen whatever its prototype",
  (_, make) => {
    for (const prototype of [Object.prototype, null]) {
      const value = setPrototypeOf(make(), prototype) as object;
      expect(isBuiltinInside(value)).toBe(true);
      expect(isOpenObject(value, true)).toBe(false);
    }
  },
);

test("an object literal is open, whatever its properties", () => {
  for (const value of [{}, { a: 1 }, { [Symbol.iterator]: 1 }]) {
    expect(isOpenObject(value, Reflect.ownKeys(value).length === 0)).toBe(true);
    expect(isBuiltinInside(value)).toBe(false);
  }
  expect(isBuiltinInside({ [Symbol.toStringTag]: "Date" })).toBe(false);
});

test("a built-in class is known by its prototype, a class of the user's is none", () => {
  for (const known of [Object, Array, Map, Date, TypeError, URL, Uint8Array]) {
    expect(builtinName(known.prototype as object)).toBe(known.name);
  }
  const Date2 = { Date: class {} }.Date;
  for (const made of [class Map {}, class extends Map {}, Date2]) {
    expect(builtinName(made.prototype as object)).toBeUndefined();
  }
});
