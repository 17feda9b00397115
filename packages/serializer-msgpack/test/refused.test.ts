import { describe, expect, test } from "@jest/globals";
import { SerializationError } from "@coatcheck/core";
import { Readable } from "node:stream";
import { msgpack } from "@coatcheck/serializer-msgpack";

const serializer = msgpack();

function refusal(value: unknown): SerializationError {
  try {
    void serializer.serialize(value);
  } catch (error) {
    expect(error).toBeInstanceOf(SerializationError);
    expect(error).toMatchObject({ code: "NotSerializable" });
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
class Failure extends Error {}
class Cache extends Map {}
class List extends Array {}

const resizable = (): ArrayBuffer =>
  new (ArrayBuffer as unknown as new (length: number, options: object) => ArrayBuffer)(2, { maxByteLength: 4 });
const transferred = (): Uint8Array => {
  const view = new Uint8Array(8);
  structuredClone(view.buffer, { transfer: [view.buffer] });
  return view;
};

const cases: Readonly<Record<string, readonly [make: () => unknown, message: RegExp]>> = {
  "a function": [() => () => {}, /: a function cannot be stored\. A function is code/],
  "a named function": [() => function work() {}, /the function work cannot be stored/],
  "an async generator function": [() => async function* pages() {}, /the function pages cannot be stored/],
  "a class": [() => Point, /the class Point cannot be stored\. A class is code/],
  "a symbol of this process": [
    () => Symbol("mine"),
    /Symbol\(mine\) is a symbol that only this process has\. Use Symbol\.for/,
  ],
  "a Promise": [() => Promise.resolve(1), /a Promise cannot be stored\. Await it/],
  "a WeakRef": [() => new WeakRef({}), /a WeakRef cannot be stored/],
  "a WeakMap": [() => new WeakMap(), /a WeakMap cannot be stored\. .*store a Map/],
  "a WeakSet": [() => new WeakSet(), /a WeakSet cannot be stored/],
  "a generator": [() => (function* () {})(), /a Generator cannot be stored\. .*\[\.\.\.generator\]/],
  "an async generator": [() => (async function* () {})(), /an AsyncGenerator cannot be stored/],
  "an iterator": [() => new Map().entries(), /cannot be stored/],
  "a Blob": [() => new Blob(["x"]), /a Blob cannot be stored\. Store its bytes/],
  "a web stream": [() => new ReadableStream(), /a ReadableStream cannot be stored/],
  "a stream of Node": [
    () => Readable.from(["x"]),
    /a Readable cannot be stored\. Store the stream as the whole result/,
  ],
  "an instance of a class named as one of the platform": [
    () => new (class Response {})(),
    /the class Response.*register/i,
  ],
  "an AbortController": [() => new AbortController(), /an AbortController cannot be stored/],
  "an AbortSignal": [() => new AbortController().signal, /an AbortSignal cannot be stored/],
  "a Response": [() => new Response("x"), /a Response cannot be stored/],
  "a SharedArrayBuffer": [() => new SharedArrayBuffer(8), /a SharedArrayBuffer cannot be stored/],
  "a view on shared memory": [
    () => new Uint8Array(new SharedArrayBuffer(8)),
    /a view on shared memory cannot be stored/,
  ],
  "a view on a resizable buffer": [
    () => new Uint8Array(resizable()),
    /a view on a resizable ArrayBuffer cannot be stored/,
  ],
  "a transferred buffer": [() => transferred().buffer, /transferred away/],
  "a view on a transferred buffer": [() => transferred(), /transferred away/],
  "an Intl object": [() => new Intl.NumberFormat("en"), /a NumberFormat cannot be stored\. Store the locale/],
  "an instance": [
    () => new Point(),
    /an instance of the class Point cannot be stored: .*msgpack\(\{ classes: \[Point\] \}\)/,
  ],
  "an instance with private fields": [() => new Secret(), /the class Secret/],
  "an instance with toJSON": [
    () =>
      new (class Warm {
        toJSON(): string {
          return "20°";
        }
      })(),
    /the class Warm/,
  ],
  "an instance of a class without a name": [() => new (class {})(), /a class without a name/],
  "an error of an unregistered class": [() => new Failure("x"), /the class Failure/],
  "a Map of an unregistered class": [() => new Cache(), /the class Cache/],
  "an array of an unregistered class": [() => new List(), /the class List/],
  "an object that inherits from another": [
    () => Object.create({ inherited: 1 }) as object,
    /whose prototype is no class/,
  ],
  "what is no Map inside": [() => Object.create(Map.prototype) as object, /has the prototype of Map, but is not a Map/],
  "what is no Date inside": [
    () => Object.setPrototypeOf({}, Date.prototype) as object,
    /has the prototype of Date, but is not/,
  ],
  "what is no array inside": [() => Object.create(Array.prototype) as object, /has the prototype of Array, but is not/],
  "what is no Error inside": [() => Object.create(Error.prototype) as object, /has the prototype of Error, but is not/],
  "what is another view inside": [
    () => Object.setPrototypeOf(new Int8Array(2), Uint8Array.prototype) as object,
    /but is not a Uint8Array/,
  ],
  "a Date that poses as an object": [
    () => Object.setPrototypeOf(new Date(0), Object.prototype) as object,
    /was given the prototype of another kind/,
  ],
  arguments: [
    () =>
      (function (..._all: unknown[]) {
        return arguments;
      })(1, 2),
    /an arguments object cannot be stored/,
  ],
  "a Proxy": [() => new Proxy({ a: 1 }, {}), /a Proxy cannot be stored\. Store a plain copy/],
  "a Proxy of an array": [() => new Proxy([1], {}), /a Proxy cannot be stored/],
  "a Proxy of a Map": [() => new Proxy(new Map(), {}), /a Proxy cannot be stored/],
  "a getter in an array": [
    () => Object.defineProperty([1, 2], 1, { get: () => 1, enumerable: true }),
    /getter or setter/,
  ],
  "an array whose length is fixed": [
    () => Object.defineProperty([1], "length", { writable: false }),
    /whose length cannot be changed/,
  ],
  "a RegExp with an odd lastIndex": [() => Object.assign(/x/, { lastIndex: "1" }), /whose lastIndex is no number/],
};

const places: readonly (readonly [string, (value: unknown) => unknown, string])[] = [
  ["at the root", (value) => value, "$"],
  ["in an object of an array", (value) => ({ users: [{}, {}, {}, { callback: value }] }), "$.users[3].callback"],
  ["in a Map", (value) => new Map([["k", value]]), '$.get("k")'],
  [
    "as the key of a Map",
    (value) => ({
      m: new Map([
        [1, 1],
        [value, 1],
      ] as [unknown, number][]),
    }),
    "$.m.keys()[1]",
  ],
  ["in a Set", (value) => ({ all: new Set([1, value]) }), "$.all.values()[1]"],
  ["behind odd keys", (value) => ({ "odd key": { [Symbol.for("s")]: value } }), '$["odd key"][Symbol.for("s")]'],
  ["beside a cycle", (value) => ((it: Record<string, unknown>) => Object.assign(it, { it, value }))({}), "$.value"],
  ["in the cause of an error", (value) => ({ error: new Error("x", { cause: value }) }), "$.error.cause"],
  [
    "in a frozen object without a prototype",
    (value) => Object.freeze(Object.assign(Object.create(null) as object, { value })),
    "$.value",
  ],
  ["as a property of a Date", (value) => Object.assign(new Date(0), { value }), "$.value"],
  ["far down", (value) => Array.from({ length: 300 }).reduce<unknown>((v) => ({ v }), value), `$${".v".repeat(300)}`],
];

describe.each(Object.entries(cases))("%s is refused", (_, [make, message]) => {
  test.each(places)("%s", (__, wrap, path) => {
    const error = refusal(wrap(make()));
    // A getter is named itself, not only the object that has it.
    expect(
      error.path === path || error.path?.startsWith(`${path}[`) === true || error.path?.startsWith(`${path}.`) === true,
    ).toBe(true);
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/\. [A-Z].*[.]$/s);
  });
});

test("the error for a function needs no documentation", () => {
  expect(refusal({ users: [{}, {}, {}, { callback: () => {} }] }).message).toBe(
    "$.users[3].callback: the function callback cannot be stored. " +
      "A function is code, and only data is stored: leave it out, or store the data it works on.",
  );
});

test("getters and setters are refused, and not run", () => {
  let runs = 0;
  const throwing = {
    get total(): number {
      runs++;
      throw new Error("not now");
    },
  };
  expect(refusal({ a: [throwing] })).toMatchObject({
    path: "$.a[0].total",
    message:
      '$.a[0].total: the property "total" is a getter or setter, which is code. Store a copy that holds its value, as in { ...object }.',
  });
  expect(refusal({ set only(_: number) {} }).path).toBe("$.only");
  expect(refusal(Object.defineProperty(new Map(), "size2", { get: () => runs++ })).path).toBe("$.size2");
  expect(refusal(Object.defineProperty(new Error("x"), "code", { get: () => runs++ })).path).toBe("$.code");
  expect(runs).toBe(0);
});

test("a symbol as a key is refused where only this process has it", () => {
  expect(refusal({ a: { [Symbol("mine")]: 1 } })).toMatchObject({ path: "$.a[Symbol(mine)]" });
});

test("a method toJSON is not called", () => {
  let runs = 0;
  const toJSON = (): string => `run ${runs++}`;
  for (const value of [{ toJSON }, Object.assign([1], { toJSON }), Object.assign(new Map(), { toJSON })]) {
    expect(refusal(value).path).toBe("$.toJSON");
  }
  Object.defineProperty(Object.prototype, "toJSON", { value: toJSON, configurable: true });
  try {
    expect(serializer.deserialize(serializer.serialize({ a: [1] }) as Uint8Array)).toEqual({ a: [1] });
  } finally {
    Reflect.deleteProperty(Object.prototype, "toJSON");
  }
  expect(runs).toBe(0);
});

test("what the prototypes of objects and arrays were given does not get into values", () => {
  for (const prototype of [Object.prototype, Array.prototype] as object[]) {
    Object.defineProperty(prototype, "extra", { value: 1, configurable: true, enumerable: true, writable: true });
    try {
      const bytes = serializer.serialize([{ a: 1 }, { a: 2 }, [1, 2]]) as Uint8Array;
      Reflect.deleteProperty(prototype, "extra");
      expect(serializer.deserialize(bytes)).toEqual([{ a: 1 }, { a: 2 }, [1, 2]]);
    } finally {
      Reflect.deleteProperty(prototype, "extra");
    }
  }
});

test("a Proxy that throws, or was revoked, is refused with its path", () => {
  const thrower = new Proxy(
    {},
    {
      getPrototypeOf: () => {
        throw new Error("not today");
      },
    },
  );
  expect(refusal({ a: thrower })).toMatchObject({ path: "$.a", cause: { message: "not today" } });
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  expect(refusal([proxy]).path).toBe("$[0]");
});

test("the namespaces of the language are refused", () => {
  for (const value of [Math, JSON, Reflect, Atomics, Intl, globalThis]) refusal(value);
});

test("odd objects among many alike are found", () => {
  const rows = (odd: object): object[] =>
    Array.from({ length: 1000 }, (_, index) => (index === 500 ? odd : { id: index, f: 1 }));
  expect(refusal(rows({ id: 1, f: () => {} })).path).toBe("$[500].f");
  expect(refusal(rows({ id: 1, f: 1, [Symbol("mine")]: 1 })).path).toBe("$[500][Symbol(mine)]");
  expect(refusal(rows(Object.defineProperty({ id: 1, f: 1 }, "h", { value: () => {} }))).path).toBe("$[500].h");
  expect(refusal(rows(Object.assign([1], { f: () => {} }))).path).toBe("$[500].f");
  expect(
    refusal(
      rows({
        id: 1,
        get other() {
          return 1;
        },
      }),
    ).path,
  ).toBe("$[500].other");
  expect(
    refusal(
      rows({
        id: 1,
        get f() {
          return 1;
        },
      }),
    ).path,
  ).toBe("$[500].f");
  expect(refusal(rows(new Proxy({ id: 1, f: 1 }, {}))).path).toBe("$[500]");
  expect(refusal(rows(new Proxy([1], {}))).path).toBe("$[500]");
  expect(refusal(rows(Object.setPrototypeOf(new Date(0), Object.prototype) as object)).path).toBe("$[500]");
});

test("nothing is left of a value that was refused", () => {
  const value = { a: [1, { b: () => {} }] };
  const before = Object.getOwnPropertyDescriptors(value.a[1]);
  refusal(value);
  expect(Object.getOwnPropertyDescriptors(value.a[1])).toEqual(before);
  expect(serializer.deserialize(serializer.serialize({ ok: 1 }) as Uint8Array)).toEqual({ ok: 1 });
});

test("options are checked", () => {
  expect(() => msgpack({ profil: "plain" } as never)).toThrow(/no option "profil".*Did you mean "profile"/);
  expect(() => msgpack({ profile: "fast" as never })).toThrow(/"profile" is one of "exact", "plain"/);
  expect(() => msgpack({ classes: {} as never })).toThrow(/classes is a list/);
});
