import fc from "fast-check";

class Node {}
class Tree extends Map<unknown, unknown> {}
class Row extends Array<unknown> {}
class Fault extends RangeError {}
class Box {
  readonly #inside: unknown;
  constructor(inside: unknown) {
    this.#inside = inside;
  }
  static open({ inside }: { inside: unknown }): Box {
    return new Box(inside);
  }
  get inside(): unknown {
    return this.#inside;
  }
}

/** The classes in {@link graphs}, for a serializer's option `classes`. */
export const graphClasses: readonly [
  typeof Node,
  typeof Tree,
  typeof Row,
  typeof Fault,
  { class: typeof Box; toState: (box: Box) => unknown; fromState: (state: { inside: unknown }) => Box },
] = [Node, Tree, Row, Fault, { class: Box, toState: ({ inside }) => ({ inside }), fromState: Box.open }];

/** Values without children, made anew each time. */
const leaves: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => true,
  () => -0,
  () => NaN,
  () => 1.5,
  () => Infinity,
  () => 4_000_000_000,
  () => -7,
  () => 12n,
  () => -(2n ** 90n),
  () => "text",
  () => "$date",
  () => "Zoë",
  () => "\ud800",
  () => "x".repeat(70),
  () => Symbol.for("s"),
  () => Symbol.iterator,
  () => new Date(5),
  () => new Date(NaN),
  () => /x/g,
  () => new URL("https://a.example/?b=c"),
  () => new URLSearchParams("a=1"),
  () => new Headers({ a: "b" }),
  () => Object(1) as object,
  () => Object("ab") as object,
  () => new Uint8Array([1, 2, 3]),
  () => Buffer.from("abc"),
  () => new DataView(new ArrayBuffer(3), 1),
  () => new DOMException("x", "AbortError"),
  () => new Box([1]),
  () => [],
  () => ({}),
];

type Put = (into: any, child: unknown, index: number) => unknown;
const ordinary = (value: unknown): PropertyDescriptor => ({
  value,
  writable: true,
  enumerable: true,
  configurable: true,
});
/** Values with children, and how the child of number `index` gets into one. */
const containers: readonly (readonly [make: () => object, put: Put])[] = [
  [() => ({}), (into, child, index) => (into[`k${index}`] = child)],
  [() => ({}), (into, child, index) => (into[index === 0 ? "$k" : `$k${index}`] = child)],
  [() => ({ id: 1, name: "n" }), (into, child) => (into.id = child)],
  [() => [], (into, child) => into.push(child)],
  [() => [1, 2], (into, child, index) => (into[index] = child)],
  [() => [], (into, child, index) => (into[index * 2] = child)],
  [() => [], (into, child, index) => (into[index === 0 ? "extra" : index] = child)],
  [
    () => Object.create(null) as object,
    (into, child, index) => (into[index === 0 ? "__proto__" : `k${index}`] = child),
  ],
  [
    () => ({}),
    (into, child, index) => Object.defineProperty(into, index === 0 ? "__proto__" : `k${index}`, ordinary(child)),
  ],
  [
    () => ({}),
    (into, child, index) => Object.defineProperty(into, `h${index}`, { value: child, configurable: index > 0 }),
  ],
  [() => ({}), (into, child, index) => (into[index === 0 ? "\udc00" : Symbol.for(String(index))] = child)],
  [() => ({ 5: 1 }), (into, child, index) => (into[index] = child)],
  [() => new Map(), (into, child, index) => into.set(index % 2 === 0 ? child : index, child)],
  [() => new Set(), (into, child) => into.add(child)],
  [() => new Error("e"), (into, child, index) => (into[index === 0 ? "cause" : `p${index}`] = child)],
  [() => new AggregateError([], "e"), (into, child) => into.errors.push(child)],
  [() => new Date(7), (into, child, index) => (into[`d${index}`] = child)],
  [() => new Uint16Array(2), (into, child, index) => (into[`u${index}`] = child)],
  [() => new Node(), (into, child, index) => (into[`n${index}`] = child)],
  [() => new Tree(), (into, child, index) => into.set(index, child)],
  [() => new Row(), (into, child) => into.push(child)],
  [() => new Fault("f"), (into, child) => (into.cause = child)],
];
const views: readonly ((of: ArrayBuffer) => object)[] = [
  (of) => new Uint8Array(of, 1, 3),
  (of) => new Int16Array(of),
  (of) => new DataView(of, 2),
  (of) => Buffer.from(of, 4, 2),
  (of) => of,
];
const closings: readonly (<T extends object>(value: T) => T)[] = [Object.freeze, Object.seal, Object.preventExtensions];

const child = fc.oneof(
  { weight: 4, arbitrary: fc.record({ node: fc.nat(30) }) },
  { weight: 3, arbitrary: fc.record({ leaf: fc.nat(leaves.length - 1) }) },
  { weight: 1, arbitrary: fc.record({ shared: fc.nat(leaves.length - 1) }) },
  { weight: 1, arbitrary: fc.record({ view: fc.nat(views.length - 1) }) },
);
const node = fc.record({
  container: fc.nat(containers.length - 1),
  children: fc.array(child, { maxLength: 4 }),
  // What is closed in the end: a view with elements can neither be sealed nor frozen.
  close: fc.option(fc.nat(2), { freq: 8 }),
});
interface Plan {
  readonly container: number;
  readonly children: readonly ({ node: number } | { leaf: number } | { shared: number } | { view: number })[];
  readonly close: number | null;
}

/** The graph of a plan: every node may refer to every other, to shared leaves, and to views on one buffer. */
function build(plans: readonly Plan[]): unknown {
  const objects = plans.map(({ container }) => containers[container]![0]());
  const buffer = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]).buffer;
  const shared = leaves.map((make) => make());
  for (const [at, { container, children }] of plans.entries()) {
    for (const [index, each] of children.entries()) {
      let value: unknown;
      if ("node" in each) value = objects[each.node % objects.length];
      else if ("leaf" in each) value = leaves[each.leaf]!();
      else if ("shared" in each) value = shared[each.shared];
      else value = views[each.view]!(buffer);
      containers[container]![1](objects[at], value, index);
    }
  }
  for (const [at, { close }] of plans.entries()) {
    const isView = ArrayBuffer.isView(objects[at]);
    if (close !== null) closings[isView ? 2 : close]!(objects[at]!);
  }
  return objects[0];
}

/** Random graphs: the conformance kit has more, here are classes, closed objects and odd properties among them. */
export const graphs: fc.Arbitrary<unknown> = fc.array(node, { minLength: 1, maxLength: 12 }).map(build);

/** Values of every type that fast-check knows. */
export const anything: fc.Arbitrary<unknown> = fc.anything({
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
    fc.constantFrom("__proto__", "$", "$date", "$$", "toString", "\udfff", "0", "length"),
  ),
});
