import { expect, test } from "@jest/globals";
import type { Serializer } from "@coatcheck/core";
import { json } from "@coatcheck/serializer-json";
import { msgpack } from "@coatcheck/serializer-msgpack";

// What people read when a value cannot be stored, to be judged in __snapshots__: each says where, what, and what to do.

class Account {
  readonly #balance = 1;
  get balance(): number {
    return this.#balance;
  }
}
class PaymentError extends Error {}
class Cache extends Map<string, unknown> {}

const self: Record<string, unknown> = {};
self["self"] = self;

/** As people meet them: the value that is refused stands somewhere inside. */
const values: Readonly<Record<string, () => unknown>> = {
  "a callback": () => ({ users: [{}, {}, {}, { callback: () => {} }] }),
  "a function without a name": () => [() => {}],
  "a class": () => ({ model: Account }),
  "a Promise that nobody awaited": () => ({ rows: Promise.resolve([1]) }),
  "a symbol of this process": () => ({ kind: Symbol("user") }),
  "a symbol of this process as a key": () => ({ [Symbol("hidden")]: 1 }),
  "a getter": () => ({ order: Object.defineProperty({}, "total", { get: () => 1, enumerable: true }) }),
  "an instance of a class": () => ({ accounts: new Map([["main", new Account()]]) }),
  "an error of one's own": () => ({ outcome: new PaymentError("declined") }),
  "a Map of one's own": () => new Cache(),
  "an instance of a class without a name": () => [new (class {})()],
  "an object that inherits": () => ({ options: Object.create({ verbose: true }) as object }),
  "a WeakMap": () => ({ seen: new WeakMap() }),
  "a WeakRef": () => ({ parent: new WeakRef({}) }),
  "a generator": () => ({
    pages: (function* pages() {
      yield 1;
    })(),
  }),
  "an iterator": () => ({ keys: new Map().keys() }),
  "a stream": () => ({ body: new ReadableStream() }),
  "a Blob": () => ({ upload: new Blob(["x"]) }),
  "a Response": () => ({ response: new Response("x") }),
  "an AbortSignal": () => ({ signal: new AbortController().signal }),
  "an Intl object": () => ({ format: new Intl.NumberFormat("en") }),
  "shared memory": () => ({ counter: new SharedArrayBuffer(8) }),
  "a Proxy": () => ({ config: new Proxy({}, {}) }),
  arguments: () =>
    (function (..._all: unknown[]) {
      return { given: arguments };
    })(1),
  "what only looks like a Date": () => ({ at: Object.create(Date.prototype) as object }),
  "a key that needs quotes": () => ({ "content-type": { "": () => {} } }),
  "in a Set, a Map's key and a cause": () => new Error("x", { cause: new Set([new Map([[{ f: () => {} }, 1]])]) }),
  "undefined, which other languages lack": () => ({ a: [1, undefined] }),
  "NaN, which JSON lacks": () => ({ ratio: NaN }),
  "a cycle": () => self,
  "an object that is there twice": () => ((one) => ({ first: one, second: one }))({ a: 1 }),
  "a Map": () => ({ index: new Map([["a", 1]]) }),
  "a BigInt": () => ({ id: 2n ** 70n }),
};

const serializers: Readonly<Record<string, Serializer>> = {
  msgpack: msgpack(),
  json: json(),
  "msgpack, plain": msgpack({ profile: "plain" }),
};

function messageOf(serializer: Serializer, value: unknown): string {
  try {
    void serializer.serialize(value);
    return "(stored)";
  } catch (error) {
    return (error as Error).message;
  }
}

test.each(Object.entries(values))("%s", (_, make) => {
  const messages = Object.entries(serializers).map(([name, serializer]) => [name, messageOf(serializer, make())]);
  expect(Object.fromEntries(messages)).toMatchSnapshot();
});
