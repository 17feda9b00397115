import { shared, sharedPlainly, tied, type Values, withStack } from "./kind.ts";

/** Kinds of values that refer to each other. */
export type ReferenceKind =
  | "cycles in objects"
  | "cycles in arrays"
  | "cycles in Maps"
  | "cycles in Sets"
  | "shared objects"
  | "shared Dates"
  | "shared RegExps"
  | "shared Errors"
  | "shared typed arrays"
  | "shared buffers"
  | "two views on one buffer"
  | "shared keys of Maps"
  | "an Error that is its own cause";

type Tree = Record<string, unknown>;

const eight = (): ArrayBuffer => new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]).buffer;

/** Values of these kinds. */
export const references: Readonly<Record<ReferenceKind, Values>> = {
  "cycles in objects": [
    () => tied<Tree>({}, (value) => (value["self"] = value)),
    () => tied({ a: { b: {} as Tree } }, (value) => (value.a.b["up"] = value.a)),
    () =>
      tied({ left: {} as Tree, right: {} as Tree }, ({ left, right }) => ((left["to"] = right), (right["to"] = left))),
  ],
  "cycles in arrays": [
    () => tied<unknown[]>([], (value) => value.push(value)),
    () => tied<unknown[]>([1, []], (value) => (value[1] as unknown[]).push(value, value[1])),
    () => ({ a: tied<unknown[]>([{}], (value) => ((value[0] as Tree)["list"] = value)) }),
  ],
  "cycles in Maps": [
    () => tied(new Map<unknown, unknown>(), (value) => value.set("self", value)),
    () => tied(new Map<unknown, unknown>(), (value) => value.set(value, 1)),
    () => ({ a: tied(new Map<unknown, unknown>([[1, 2]]), (value) => value.set([value], { value })) }),
  ],
  "cycles in Sets": [
    () => tied(new Set<unknown>(), (value) => value.add(value)),
    () => tied(new Set<unknown>([1]), (value) => value.add([value])),
    () => ({ a: tied(new Set<unknown>(), (value) => value.add({ value }).add("x")) }),
  ],
  "shared objects": [sharedPlainly(() => ({ a: 1 })), sharedPlainly(() => []), sharedPlainly(() => ({ a: [{}] }))],
  "shared Dates": [
    sharedPlainly(() => new Date(0)),
    shared(() => new Date(1e12)),
    () =>
      Array.from(
        { length: 3 },
        (
          (date) => () =>
            date
        )(new Date(5)),
      ),
  ],
  "shared RegExps": [
    sharedPlainly(() => /a/g),
    shared(() => /b/),
    () =>
      Array.from(
        { length: 3 },
        (
          (pattern) => () =>
            pattern
        )(/c/),
      ),
  ],
  "shared Errors": [
    sharedPlainly(() => withStack(new Error("x"))),
    shared(() => withStack(new TypeError("y"))),
    () =>
      Array.from(
        { length: 3 },
        (
          (error) => () =>
            error
        )(withStack(new RangeError("z"))),
      ),
  ],
  "shared typed arrays": [
    sharedPlainly(() => new Uint8Array([1, 2, 3])),
    shared(() => new Float64Array([1.5])),
    sharedPlainly(() => new DataView(eight(), 2)),
  ],
  "shared buffers": [
    sharedPlainly(() => eight()),
    shared(() => new ArrayBuffer(0)),
    () =>
      Array.from(
        { length: 3 },
        (
          (buffer) => () =>
            buffer
        )(eight()),
      ),
  ],
  "two views on one buffer": [
    () => ((buffer) => [new Uint8Array(buffer, 1, 2), new Int16Array(buffer)])(eight()),
    () => ((buffer) => ({ a: new Uint8Array(buffer), buffer, b: new DataView(buffer, 3) }))(eight()),
    () => ((bytes) => [bytes, bytes.subarray(10, 20), bytes.subarray(15, 25)])(new Uint8Array(20_000).fill(7)),
    () => ((buffer) => ({ a: new Uint8Array(buffer, 0, 4), b: new Float32Array(buffer, 4, 1) }))(eight()),
  ],
  "shared keys of Maps": [
    () => ((key) => ({ key, map: new Map([[key, 1]]) }))({}),
    () => ((key) => [new Map([[key, key]]), key])([1]),
    () => ((key) => [new Map<unknown, unknown>([[key, 1]]), new Map<unknown, unknown>([[key, 2]])])(new Date(5)),
  ],
  "an Error that is its own cause": [
    () => tied(withStack(new Error("x")), (error) => (error.cause = error)),
    () => tied(withStack(new TypeError("x", { cause: {} })), (error) => ((error.cause as Tree)["of"] = error)),
    () => ({ a: tied(withStack(new AggregateError([], "x")), (error) => error.errors.push(error)) }),
  ],
};
