import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { json } from "@coatcheck/serializer-json";
import { firstDifference } from "@coatcheck/testing";

const RUNS = Number(process.env["COATCHECK_GRAPHS"] ?? 4000);

class Node {}
class Tree extends Map<unknown, unknown> {}

/** Leaves, made anew where they are objects. */
const leaves: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => -0,
  () => NaN,
  () => Infinity,
  () => 12n,
  () => "text",
  () => "$date",
  () => "\ud800",
  () => Symbol.for("s"),
  () => Symbol.iterator,
  () => new Date(5),
  () => new Date(NaN),
  () => /x/g,
  () => new URL("https://a.example/?b=c"),
  () => new URLSearchParams("a=1"),
  () => new Headers({ a: "b" }),
  () => Object(1) as object,
  () => new Uint8Array([1, 2, 3]),
  () => Buffer.from("abc"),
  () => new DataView(new ArrayBuffer(3), 1),
  () => new DOMException("x", "AbortError"),
  () => true,
  () => 1.5,
];

/** Empty containers, and how the child of number `index` is put into one. */
const containers: readonly (readonly [make: () => object, put: (into: any, child: unknown, index: number) => void])[] =
  [
    [() => ({}), (into, child, index) => (into[`k${index}`] = child)],
    [() => ({}), (into, child, index) => (into[index === 0 ? "$k" : `$k${index}`] = child)],
    [() => [], (into, child) => into.push(child)],
    [() => [], (into, child, index) => (into[index * 2] = child)],
    [() => [], (into, child, index) => (into[index === 0 ? "extra" : index] = child)],
    [() => Object.create(null) as object, (into, child, index) => (into[index === 0 ? "__proto__" : index] = child)],
    [() => new Map(), (into, child, index) => into.set(index % 2 === 0 ? child : index, child)],
    [() => new Set(), (into, child) => into.add(child)],
    [() => new Error("e"), (into, child, index) => (into[index === 0 ? "cause" : `p${index}`] = child)],
    [() => new AggregateError([], "e"), (into, child) => into.errors.push(child)],
    [() => ({}), (into, child, index) => (into[Symbol.for(String(index))] = child)],
    [
      () => ({}),
      (into, child, index) =>
        Object.defineProperty(into, index === 0 ? "__proto__" : `h${index}`, { value: child, configurable: true }),
    ],
    [() => new Node(), (into, child, index) => (into[`n${index}`] = child)],
    [() => new Tree(), (into, child, index) => into.set(index, child)],
    [() => new Date(7), (into, child, index) => (into[`d${index}`] = child)],
  ];

const buffer = (): ArrayBuffer => new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]).buffer;
const views: readonly ((of: ArrayBuffer) => object)[] = [
  (of) => new Uint8Array(of, 1, 3),
  (of) => new Int16Array(of),
  (of) => new DataView(of, 2),
  (of) => Buffer.from(of, 4, 2),
  (of) => of,
];
const closings: readonly (<T extends object>(value: T) => T)[] = [Object.freeze, Object.seal, Object.preventExtensions];

const child = fc.oneof(
  { weight: 3, arbitrary: fc.record({ node: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ leaf: fc.nat(leaves.length - 1) }) },
  { weight: 1, arbitrary: fc.record({ shared: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ view: fc.nat(views.length - 1) }) },
);
const node = fc.record({
  container: fc.nat(containers.length - 1),
  children: fc.array(child, { maxLength: 4 }),
  close: fc.option(fc.nat(2), { freq: 8 }),
});

type Plan = typeof node extends fc.Arbitrary<infer T> ? T[] : never;

/** The graph that a plan describes: every node may refer to every other, and to shared leaves and buffers. */
function build(plan: Plan): unknown {
  const objects = plan.map(({ container }) => containers[container]![0]());
  const common = buffer();
  const shared = [7, 11, 14, 15, 17, 18].map((leaf) => leaves[leaf]!());
  for (const [at, { container, children }] of plan.entries()) {
    for (const [index, each] of children.entries()) {
      let value: unknown;
      if ("node" in each) value = objects[each.node % objects.length];
      else if ("leaf" in each) value = leaves[each.leaf]!();
      else if ("shared" in each) value = shared[each.shared];
      else value = views[each.view]!(common);
      containers[container]![1](objects[at], value, index);
    }
  }
  for (const [at, { close }] of plan.entries()) if (close !== null) closings[close]!(objects[at]!);
  return objects[0];
}

test(`${RUNS} random graphs come back exactly, identity included`, () => {
  const serializer = json({ classes: [Node, Tree] });
  fc.assert(
    fc.property(fc.array(node, { minLength: 1, maxLength: 12 }), (plan) => {
      const value = build(plan);
      const back = serializer.deserialize(serializer.serialize(value) as Uint8Array);
      expect(firstDifference(back, value)).toBeUndefined();
    }),
    { numRuns: RUNS },
  );
});

test("every JSON value is written as JSON.stringify writes it, and read as JSON.parse reads it", () => {
  const serializer = json();
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const bytes = serializer.serialize(value) as Uint8Array;
      expect(firstDifference(serializer.deserialize(bytes), value)).toBeUndefined();
      const text = Buffer.from(bytes).toString();
      if (!text.includes('"$') && !JSON.stringify(value).includes("-0")) expect(text).toBe(JSON.stringify(value));
    }),
    { numRuns: 2000 },
  );
});

test("values of every type that fast-check knows come back exactly", () => {
  const serializer = json();
  const anything = fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
    withUnicodeString: true,
    key: fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("__proto__", "$", "$date", "$$", "toString", "\udfff", "0"),
    ),
  });
  fc.assert(
    fc.property(anything, (value) => {
      expect(firstDifference(serializer.deserialize(serializer.serialize(value) as Uint8Array), value)).toBeUndefined();
    }),
    { numRuns: 3000 },
  );
});
