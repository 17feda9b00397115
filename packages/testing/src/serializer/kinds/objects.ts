import type { Values } from "./kind.ts";

/** Kinds of plain objects. */
export type ObjectKind =
  | "plain objects and arrays"
  | "the order of keys"
  | "keys like integers"
  | "an own __proto__"
  | "awkward keys"
  | "objects that look like a Buffer's JSON"
  | "keys with lone surrogates"
  | "objects without a prototype"
  | "symbols as keys"
  | "hidden and readonly properties"
  | "frozen, sealed and closed objects"
  | "a dictionary of 100,000 keys"
  | "300 shapes"
  | "objects 10,000 deep";

const own = (name: PropertyKey, value: unknown): object =>
  Object.defineProperty({}, name, { value, enumerable: true, writable: true, configurable: true });

const bare = (properties: object): object => Object.assign(Object.create(null) as object, properties);

function nested(levels: number): object {
  let value: object = { end: true };
  for (let level = 0; level < levels; level++) value = { value };
  return value;
}

/** Values of these kinds. */
export const objects: Readonly<Record<ObjectKind, Values>> = {
  "plain objects and arrays": [
    () => ({}),
    () => ({ a: 1, b: "two", c: [true, false, null, 1.5], d: { e: {} } }),
    () => [[], [[]], {}, "", 0, { a: [] }],
    () => Array.from({ length: 200 }, (_, index) => ({ id: index, name: `name ${index}`, tags: ["a", "b"], ok: true })),
  ],
  "the order of keys": [
    () => ({ b: 1, a: 2, c: 3 }),
    () => [
      { z: 1, y: 2 },
      { y: 1, z: 2 },
    ],
    () => ({ b: { d: 1, c: 2 }, a: [] }),
  ],
  "keys like integers": [
    () => ({ 1: "a", 0: "b", 10: "c" }),
    () => ({ "01": 1, "1.5": 2, "-1": 3, "1e3": 4, " 1": 5 }),
    () => ({ 4294967294: 1, 4294967295: 2, 4294967296: 3, b: 4 }),
  ],
  "an own __proto__": [
    () => own("__proto__", 1),
    () => ({ a: own("__proto__", { b: 1 }), b: own("__proto__", null) }),
    () => [own("__proto__", own("__proto__", [])), { __proto_: 1 }],
  ],
  "awkward keys": [
    () => ({ constructor: 1, toString: 2, valueOf: 3, hasOwnProperty: 4, prototype: 5 }),
    () => ({ toJSON: "no function", length: 3, "": 1, " ": 2, "\n": 3, ...own("then", 1) }),
    () => ({ $ref: "#/a", $id: 1, $type: "Date", $date: "2026-11-20", $: 1, "@type": 2, _t: 3, json: {}, meta: {} }),
    () => ({ "a.b": 1, "a[0]": 2, 'a"b': 3, "a\\b": 4, length: -1, name: "x", __type: "Map", value: [] }),
  ],
  "objects that look like a Buffer's JSON": [
    () => ({ type: "Buffer", data: [1, 2, 3] }),
    () => [{ type: "Buffer", data: "AQID" }],
    () => ({ a: { type: "Buffer", data: [] } }),
  ],
  "keys with lone surrogates": [
    () => ({ "\ud800": 1 }),
    () => ({ "\ud800": 1, "\ud801": 2, "\ufffd": 3 }),
    () => [{ a: { "b\udc00": { "\udfff": [] } } }],
  ],
  "objects without a prototype": [
    () => bare({}),
    () => ({ a: bare({ b: 1, toString: 2 }) }),
    () => [bare({ a: bare({ a: {} }) }), {}],
  ],
  "symbols as keys": [
    () => ({ [Symbol.for("a")]: 1 }),
    () => ({ a: 1, [Symbol.for("a")]: { [Symbol.for("b")]: [] } }),
    () => [{ [Symbol.iterator]: "no function" }],
  ],
  "hidden and readonly properties": [
    () => Object.defineProperty({ a: 1 }, "b", { value: 2 }),
    () => ({ a: Object.defineProperty({}, "b", { value: { c: 1 }, writable: true, configurable: true }) }),
    () => [Object.defineProperty({ b: 1 }, "a", { value: 1, enumerable: true, configurable: true })],
  ],
  "frozen, sealed and closed objects": [
    () => Object.freeze({ a: 1, b: Object.freeze([1, 2]) }),
    () => [Object.seal({ a: 1 }), Object.seal([1])],
    () => ({ a: Object.preventExtensions({ b: 1 }) }),
  ],
  "a dictionary of 100,000 keys": [
    () => Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`key ${index}`, index])),
    () => Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`${index}`, { index }])),
    () => ({ a: Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`é${index * 7}`, null])) }),
  ],
  "300 shapes": [
    () => Array.from({ length: 300 }, (_, index) => ({ [`a${index}`]: 1, [`b${index % 7}`]: "x" })),
    () =>
      Array.from({ length: 300 }, (_, index) =>
        Object.fromEntries(Array.from({ length: index % 40 }, (__, at) => [`k${at}`, at])),
      ),
    () => Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`s${index}`, { [`t${index}`]: { u: index } }])),
  ],
  "objects 10,000 deep": [
    () => nested(10_000),
    () => [nested(10_000), nested(1500)],
    () => ({ a: nested(5000), b: 1 }),
  ],
};
