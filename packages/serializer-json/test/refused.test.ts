import { describe, expect, test } from "@jest/globals";
import { SerializationError } from "@coatcheck/core";
import { json } from "@coatcheck/serializer-json";

const serializer = json();

function refusal(value: unknown): SerializationError {
  try {
    void serializer.serialize(value);
  } catch (error) {
    expect(error).toBeInstanceOf(SerializationError);
    expect((error as SerializationError).code).toBe("NotSerializable");
    return error as SerializationError;
  }
  throw new Error("it was written");
}

class Point {
  x = 1;
}
class Secret {
  #x = 1;
  get x(): number {
    return this.#x;
  }
}
class Temperature {
  toJSON(): string {
    return "20 degrees";
  }
}
class Failure extends Error {}

const cases: readonly (readonly [name: string, make: () => unknown, message: RegExp])[] = [
  ["a function", () => () => {}, /a function cannot be stored/],
  ["a named function", () => function work() {}, /the function work cannot be stored\. A function is code/],
  ["a class", () => Point, /the class Point cannot be stored/],
  [
    "a symbol of this process",
    () => Symbol("mine"),
    /Symbol\(mine\) is a symbol that only this process has\. Use Symbol\.for/,
  ],
  ["a Promise", () => Promise.resolve(1), /a Promise cannot be stored\. Await it/],
  ["a WeakRef", () => new WeakRef({}), /a WeakRef cannot be stored/],
  ["a WeakMap", () => new WeakMap(), /a WeakMap cannot be stored\. .*Map/],
  ["a WeakSet", () => new WeakSet(), /a WeakSet cannot be stored/],
  ["a generator", () => (function* () {})(), /a Generator cannot be stored\. .*\[\.\.\.generator\]/],
  ["an iterator", () => new Map().entries(), /cannot be stored/],
  ["a Blob", () => new Blob(["x"]), /a Blob cannot be stored\. Store its bytes/],
  ["a stream", () => new ReadableStream(), /a ReadableStream cannot be stored/],
  ["an AbortController", () => new AbortController(), /an AbortController cannot be stored/],
  ["a SharedArrayBuffer", () => new SharedArrayBuffer(8), /a SharedArrayBuffer cannot be stored/],
  ["a view on a SharedArrayBuffer", () => new Uint8Array(new SharedArrayBuffer(8)), /SharedArrayBuffer/],
  ["an Intl object", () => new Intl.NumberFormat("en"), /a NumberFormat cannot be stored\. Store the locale/],
  [
    "an instance",
    () => new Point(),
    /an instance of the class Point cannot be stored: .*json\(\{ classes: \[Point\] \}\)/,
  ],
  ["an instance with private fields", () => new Secret(), /the class Secret/],
  ["an instance with toJSON", () => new Temperature(), /the class Temperature/],
  ["an unregistered error", () => new Failure("x"), /the class Failure/],
  ["an unregistered Map", () => new (class Cache extends Map {})(), /the class Cache/],
  ["an unregistered array", () => new (class List extends Array {})(), /the class List/],
  [
    "an object with a prototype of its own",
    () => Object.create({ inherited: 1 }) as object,
    /whose prototype is no class/,
  ],
  [
    "what only has a built-in prototype",
    () => Object.create(Map.prototype) as object,
    /has the prototype of Map, but is not a Map/,
  ],
  [
    "what only has the prototype of Array",
    () => Object.create(Array.prototype) as object,
    /has the prototype of \w+, but is not an? /,
  ],
  [
    "what only has the prototype of Error",
    () => Object.create(Error.prototype) as object,
    /has the prototype of \w+, but is not an? /,
  ],
  [
    "arguments",
    () =>
      (function (this: void, ..._all: unknown[]) {
        return arguments;
      })(1, 2),
    /an arguments object/,
  ],
  ["a view on a resizable buffer", () => new Uint8Array(resizable(4)), /resizable ArrayBuffer cannot be stored/],
  ["a detached buffer", () => detached(), /transferred away/],
  ["a detached view", () => detachedView(), /transferred away/],
];

function resizable(maxByteLength: number): ArrayBuffer {
  return new (ArrayBuffer as unknown as new (n: number, o: object) => ArrayBuffer)(2, { maxByteLength });
}

function detachedView(): Uint8Array {
  const view = new Uint8Array(8);
  structuredClone(view.buffer, { transfer: [view.buffer] });
  return view;
}

function detached(): ArrayBuffer {
  const buffer = new ArrayBuffer(8);
  structuredClone(buffer, { transfer: [buffer] });
  return buffer;
}

describe.each(cases)("%s", (_, make, message) => {
  test.each([
    ["at the root", (value: unknown) => value, "$"],
    ["in an object", (value: unknown) => ({ users: [{}, {}, {}, { callback: value }] }), "$.users[3].callback"],
    ["in a Map", (value: unknown) => new Map([["k", value]]), '$.get("k")'],
    ["in a Set", (value: unknown) => ({ all: new Set([1, value]) }), "$.all.values()[1]"],
    [
      "behind an odd key",
      (value: unknown) => ({ "odd key": { [Symbol.for("s")]: value } }),
      '$["odd key"][Symbol.for("s")]',
    ],
    ["behind an empty key", (value: unknown) => ({ "": { 7: value } }), '$[""][7]'],
    ["beside another reference", (value: unknown) => cyclic({ value }), "$.value"],
    ["in a cause", (value: unknown) => ({ error: new Error("x", { cause: value }) }), "$.error.cause"],
  ])("%s", (__, wrap, path) => {
    const error = refusal(wrap(make()));
    expect(error.path).toBe(path);
    expect(error.message).toMatch(message);
  });
});

function cyclic<T extends object>(value: T): T {
  return Object.assign(value, { self: value });
}

test("the path of what stands very deep is right too", () => {
  let value: unknown = { end: () => {} };
  for (let level = 0; level < 300; level++) value = { v: value };
  expect(refusal(value).path).toBe(`$${".v".repeat(300)}.end`);
});

test("the namespaces of the language are refused", () => {
  for (const value of [Math, JSON, Reflect, Atomics, Intl, globalThis]) refusal(value);
});

test("getters are not run", () => {
  let ran = false;
  const value = {
    a: [
      {
        get b() {
          ran = true;
          return 1;
        },
      },
    ],
  };
  const error = refusal(value);
  expect(error.path).toBe("$.a[0]");
  expect(error.message).toMatch(/the property "b" is a getter or setter, which is code\. Store a copy/);
  expect(refusal(Object.defineProperty([1, 2], 1, { get: () => (ran = true), enumerable: true })).message).toMatch(
    /getter/,
  );
  expect(refusal({ set only(_: number) {} }).message).toMatch(/"only" is a getter or setter/);
  expect(ran).toBe(false);
});

test("a method toJSON is not called, wherever it stands", () => {
  let ran = false;
  const toJSON = (): void => void (ran = true);
  expect(refusal({ toJSON }).path).toBe("$.toJSON");
  expect(refusal(Object.assign([1], { toJSON })).path).toBe("$.toJSON");
  expect(refusal(Object.assign(new Map(), { toJSON })).path).toBe("$.toJSON");
  for (const prototype of [Object.prototype, Array.prototype, String.prototype, Number.prototype]) {
    Object.defineProperty(prototype, "toJSON", { value: toJSON, configurable: true });
    try {
      for (const value of [{}, [], { a: ["x", 1, new Date(0)] }, "x", 1]) {
        try {
          expect(serializer.deserialize(serializer.serialize(value) as Uint8Array)).toEqual(value);
        } catch (error) {
          expect((error as Error).message).toMatch(/toJSON is defined/);
        }
      }
    } finally {
      Reflect.deleteProperty(prototype, "toJSON");
    }
  }
  expect(ran).toBe(false);
});

test("a proxy that throws, or was revoked, is refused with its path", () => {
  const thrower = new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error("not today");
      },
    },
  );
  expect(refusal({ a: thrower })).toMatchObject({ path: "$.a", reason: "a Proxy cannot be stored" });
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  expect(refusal([proxy]).path).toBe("$[0]");
});

test("a value that is more than a text can hold says so", () => {
  const text = "x".repeat(2 ** 20);
  const error = refusal(Array.from({ length: 600 }, () => text));
  expect(error.message).toMatch(/more than 512 MB as JSON.*msgpack/);
});

test("nothing is left of a value that was refused", () => {
  const value = { a: [1, { b: () => {} }] };
  const before = Object.getOwnPropertyDescriptors(value);
  refusal(value);
  expect(Object.getOwnPropertyDescriptors(value)).toEqual(before);
  expect(serializer.deserialize(serializer.serialize({ ok: 1 }) as Uint8Array)).toEqual({ ok: 1 });
});

test("a Proxy, and what only poses as an object literal, is found among many objects", () => {
  const rows = (odd: object): object[] =>
    Array.from({ length: 200 }, (_, id) => (id === 150 ? odd : { id, name: "a" }));
  for (const odd of [
    new Proxy({ id: 1, name: "a" }, {}),
    new Proxy([1], {}),
    Object.setPrototypeOf(new Date(0), Object.prototype) as object,
    Object.setPrototypeOf(new Map(), Object.prototype) as object,
    Object.setPrototypeOf(new Uint8Array(2), Object.prototype) as object,
  ]) {
    expect(refusal(rows(odd)).path).toBe("$[150]");
  }
});

test("the error for a function needs no documentation", () => {
  expect(refusal({ users: [{}, {}, {}, { callback: () => {} }] }).message).toBe(
    "$.users[3].callback: the function callback cannot be stored. " +
      "A function is code, and only data is stored: leave it out, or store the data it works on.",
  );
});
