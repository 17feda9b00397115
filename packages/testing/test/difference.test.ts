import { describe, expect, test } from "@jest/globals";
import { firstDifference } from "@coatcheck/testing";

const eight = (): ArrayBuffer => new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]).buffer;
const twice = (one: unknown): unknown => [one, one];
const cycle = (length: number): unknown => {
  const first: Record<string, unknown> = {};
  let last = first;
  for (let at = 1; at < length; at++) last = last["next"] = {} as Record<string, unknown>;
  last["next"] = first;
  return first;
};
const failure = (cause: unknown): Error => Object.assign(new Error("a", { cause }), { stack: "Error: a" });
const nested = (levels: number): unknown => {
  let value: unknown = 0;
  for (let level = 0; level < levels; level++) value = [{ value }];
  return value;
};
class Point {
  x = 1;
}
class Dictionary extends Map<unknown, unknown> {}
const hidden = Object.defineProperty({}, "a", { value: 1, writable: true, configurable: true });

describe("finds the difference between", () => {
  test.each<[string, unknown, unknown, string]>([
    ["two numbers", 1, 2, "$: expected 2, got 1"],
    ["0 and -0", { a: 0 }, { a: -0 }, "$.a: expected -0, got 0"],
    ["null and undefined", [null], [undefined], "$[0]: expected undefined, got null"],
    ["text and number", { a: { "b c": "1" } }, { a: { "b c": 1 } }, '$.a["b c"]: expected 1, got "1"'],
    ["a property that is undefined and none", {}, { a: undefined }, '$: the property "a" is missing'],
    ["none and a property", { a: 1, b: 2 }, { a: 1 }, '$: the property "b" was not there before'],
    ["two orders of keys", { b: 1, a: 2 }, { a: 2, b: 1 }, '$: expected the key "a" at place 0, got "b"'],
    ["a hole and undefined", [undefined], Object.assign([], { length: 1 }), '$: the property "0" was not there before'],
    ["lengths of arrays", [], Object.assign([], { length: 2 }), "$.length: expected 2, got 0"],
    ["a class and an object", { x: 1 }, new Point(), "$: expected the prototype of Point, got that of Object"],
    [
      "a Map and its subclass",
      [new Map()],
      [new Dictionary()],
      "$[0]: expected the prototype of Dictionary, got that of Map",
    ],
    [
      "an object without a prototype and one with",
      {},
      Object.create(null),
      "$: expected the prototype of an object without a prototype, got that of Object",
    ],
    ["hidden and shown", { a: 1 }, hidden, '$: the property "a": expected enumerable false, got true'],
    [
      "a getter and a value",
      { a: 1 },
      {
        get a() {
          return 1;
        },
      },
      '$: the property "a": expected writable undefined, got true',
    ],
    ["closed and open", {}, Object.freeze({}), "$: expected one closed to new properties"],
    ["symbols", { [Symbol.for("a")]: 1 }, { [Symbol.for("a")]: 2 }, "$[Symbol(a)]: expected 2, got 1"],
    ["Dates", new Date(1), new Date(2), "$<Date 0>: expected 2, got 1"],
    ["flags", /a/, /a/g, '$<RegExp 1>: expected "g", got ""'],
    ["lastIndex", /a/g, Object.assign(/a/g, { lastIndex: 2 }), "$.lastIndex: expected 2, got 0"],
    [
      "the order of Maps",
      new Map([
        [1, 1],
        [2, 2],
      ]),
      new Map([
        [2, 2],
        [1, 1],
      ]),
      "$<Map 0>: expected 2, got 1",
    ],
    ["the size of Sets", new Set([1]), new Set([1, 2]), "$: expected 2 entries in the Set, got 1"],
    ["bytes", new Uint8Array([1]), new Uint8Array([2]), '$<Uint8Array 1>: expected "\\u0002", got "\\u0001"'],
    [
      "types of arrays",
      new Uint8Array(2),
      new Int8Array(2),
      "$: expected the prototype of Int8Array, got that of Uint8Array",
    ],
    ["messages", failure(1), failure(2), "$.cause: expected 2, got 1"],
    ["one object and two", [{}, {}], twice({}), "$[1]: an object is shared otherwise: it is one here and two there"],
    ["two objects and one", twice({}), [{}, {}], "$[1]: an object is shared otherwise: it is one here and two there"],
    [
      "cycles of 2 and of 3",
      cycle(2),
      cycle(3),
      "$.next.next: an object is shared otherwise: it is one here and two there",
    ],
    [
      "one key of two Maps",
      [new Map([[{}, 1]]), {}],
      ((key: object) => [new Map([[key, 1]]), key])({}),
      "$[1]: an object is shared otherwise: it is one here and two there",
    ],
    [
      "views on one buffer and on two",
      [new Uint8Array(eight(), 1, 2), new Uint8Array(eight(), 3, 2)],
      ((buffer) => [new Uint8Array(buffer, 1, 2), new Uint8Array(buffer, 3, 2)])(eight()),
      "$[1]: its buffer is shared otherwise: it is one here and two there",
    ],
    [
      "distances of views",
      ((buffer) => [new Uint8Array(buffer, 0, 0), new Uint8Array(buffer, 1, 0)])(eight()),
      ((buffer) => [new Uint8Array(buffer, 0, 0), new Uint8Array(buffer, 2, 0)])(eight()),
      "$[1]: it is -1 bytes away from where it was in the shared buffer",
    ],
    [
      "a view moved within its buffer",
      ((buffer) => [new Uint8Array(buffer, 1, 0), buffer])(eight()),
      ((buffer) => [new Uint8Array(buffer, 2, 0), buffer])(eight()),
      "$[1]: views on this buffer are -1 bytes away from where they were",
    ],
    [
      "two Promises",
      [Promise.resolve(1)],
      [Promise.resolve(1)],
      "$[0]: Promise hides what it holds, and is not the same object",
    ],
    [
      "a Date and what only has its prototype",
      Object.create(Date.prototype),
      new Date(0),
      "$: expected Date, got none",
    ],
    ["functions", () => 1, () => 1, "$: expected the function , got the function "],
  ])("%s", (_name, actual, expected, message) => {
    expect(firstDifference(actual, expected)).toBe(message);
  });
});

describe("finds none between", () => {
  test.each<[string, () => unknown]>([
    ["primitives", () => [1, "a", null, undefined, NaN, -0, 5n, true, Symbol.for("a"), Symbol.iterator]],
    ["cycles", () => cycle(5)],
    [
      "built-in objects",
      () => [new Date(NaN), /a/g, new Map([[{}, new Set([[]])]]), Object(1), new URL("https://a.example/")],
    ],
    ["10,000 levels", () => nested(10_000)],
    ["instances", () => [new Point(), new Dictionary([[1, 2]])]],
    ["holes", () => Object.assign([], { length: 2 ** 32 - 1, 5: 1 })],
  ])("%s", (_name, make) => {
    expect(firstDifference(make(), make())).toBeUndefined();
  });

  test("a view on a large buffer and the same view on a small one", () => {
    const part = new Uint8Array(1000).fill(7).subarray(10, 20);
    expect(firstDifference(part.slice(), part)).toBeUndefined();
    expect(firstDifference([part.slice(), 1], [part, 1])).toBeUndefined();
  });

  test("an object and itself, whatever it hides", () => {
    const promise = Promise.resolve();
    expect(firstDifference([promise], [promise])).toBeUndefined();
    const call = (): void => {};
    expect(firstDifference(call, call)).toBeUndefined();
  });
});
