import type { Serializer } from "@coatcheck/core";
import fc from "fast-check";
import { check, show } from "../assert.ts";
import { again, type SerializerCase, type SerializerSettings } from "./case.ts";
import { firstDifference } from "./difference.ts";
import { exactKinds } from "./fidelity.ts";
import { conformanceClasses } from "./kinds/classes.ts";
import type { ValueKind } from "./kinds/index.ts";
import { withStack } from "./kinds/kind.ts";

interface Leaf {
  readonly needs: readonly ValueKind[];
  readonly make: () => unknown;
  /** The kind that must be exact for one of these to stand in many places; none where it has no identity. */
  readonly shared?: ValueKind;
}

const one = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]);

/** What a graph has at its ends. */
const leaves: Readonly<Record<string, Leaf>> = {
  null: { needs: [], make: () => null },
  true: { needs: [], make: () => true },
  integer: { needs: [], make: () => 7 },
  fraction: { needs: [], make: () => -1.5 },
  text: { needs: [], make: () => "text \u{1f3ab}" },
  undefined: { needs: ["undefined in objects", "undefined in arrays"], make: () => undefined },
  "-0": { needs: ["-0"], make: () => -0 },
  NaN: { needs: ["NaN and the infinities"], make: () => NaN },
  bigint: { needs: ["BigInt up to 64 bits"], make: () => 12n },
  "large bigint": { needs: ["BigInt above 64 bits"], make: () => -(2n ** 100n) },
  "lone surrogate": { needs: ["lone surrogates in short strings"], make: () => "\ud800" },
  symbol: { needs: ["registered symbols"], make: () => Symbol.for("s") },
  "well-known symbol": { needs: ["well-known symbols"], make: () => Symbol.iterator },
  Date: { needs: ["Dates, before 1970 and at the extremes"], make: () => new Date(-5), shared: "shared Dates" },
  "invalid Date": { needs: ["invalid Dates"], make: () => new Date(NaN), shared: "shared Dates" },
  RegExp: {
    needs: ["RegExps with flags and lastIndex"],
    make: () => Object.assign(/x/g, { lastIndex: 2 }),
    shared: "shared RegExps",
  },
  URL: { needs: ["URLs"], make: () => new URL("https://a.example/?b=c"), shared: "shared Dates" },
  URLSearchParams: { needs: ["URLSearchParams"], make: () => new URLSearchParams("a=1"), shared: "shared Dates" },
  Headers: { needs: ["Headers"], make: () => new Headers({ a: "b" }), shared: "shared Dates" },
  boxed: { needs: ["boxed primitives"], make: () => Object(1) as object, shared: "shared Dates" },
  Uint8Array: { needs: ["typed arrays of every type"], make: () => one.slice(), shared: "shared typed arrays" },
  Float64Array: {
    needs: ["typed arrays of every type"],
    make: () => new Float64Array([1.5, -0]),
    shared: "shared typed arrays",
  },
  DataView: { needs: ["DataViews"], make: () => new DataView(one.slice().buffer, 2), shared: "shared typed arrays" },
  ArrayBuffer: { needs: ["ArrayBuffers"], make: () => one.slice().buffer, shared: "shared buffers" },
};

interface Container {
  readonly needs: readonly ValueKind[];
  readonly make: () => object;
  readonly put: (into: never, child: unknown, index: number) => void;
  /** The kind that must be exact for it to be part of a cycle. */
  readonly cycles: ValueKind;
}

type Properties = Record<PropertyKey, unknown>;
const [Point, , ClassMap] = conformanceClasses as unknown as (new () => object)[];
const names = ["a", "b", "toString", "a b", "é"];
const nameOf = (index: number): string => names[index] ?? `k${index}`;

function define(into: object, key: PropertyKey, value: unknown): void {
  Object.defineProperty(into, key, { value, enumerable: true, writable: true, configurable: true });
}

/** What a graph is made of, and how a child is put into it. */
const containers: Readonly<Record<string, Container>> = {
  object: {
    needs: [],
    make: () => ({}),
    put: (into: Properties, child, index) => (into[nameOf(index)] = child),
    cycles: "cycles in objects",
  },
  array: { needs: [], make: () => [], put: (into: unknown[], child) => into.push(child), cycles: "cycles in arrays" },
  Map: {
    needs: ["Maps with mixed keys"],
    make: () => new Map(),
    put: (into: Map<unknown, unknown>, child, index) => into.set(index % 2 === 0 ? index : child, child),
    cycles: "cycles in Maps",
  },
  Set: {
    needs: ["Sets in Sets"],
    make: () => new Set(),
    put: (into: Set<unknown>, child) => into.add(child),
    cycles: "cycles in Sets",
  },
  "sparse array": {
    needs: ["sparse arrays"],
    make: () => [],
    put: (into: unknown[], child, index) => (into[index * 2 + 1] = child),
    cycles: "cycles in arrays",
  },
  "array with properties": {
    needs: ["arrays with extra properties"],
    make: () => [0],
    put: (into: object, child, index) => define(into, index === 0 ? "extra" : index, child),
    cycles: "cycles in arrays",
  },
  "object without a prototype": {
    needs: ["objects without a prototype"],
    make: () => Object.create(null) as object,
    put: (into: Properties, child, index) => (into[nameOf(index)] = child),
    cycles: "cycles in objects",
  },
  "object with __proto__": {
    needs: ["an own __proto__"],
    make: () => ({}),
    put: (into: object, child, index) => define(into, index === 0 ? "__proto__" : `p${index}`, child),
    cycles: "cycles in objects",
  },
  "object with symbols": {
    needs: ["symbols as keys"],
    make: () => ({}),
    put: (into: Properties, child, index) => (into[Symbol.for(`s${index}`)] = child),
    cycles: "cycles in objects",
  },
  Error: {
    needs: ["own properties of Errors", "a chain of causes"],
    make: () => withStack(new Error("e", { cause: null })),
    put: (into: Properties, child, index) => (into[index === 0 ? "cause" : `p${index}`] = child),
    cycles: "an Error that is its own cause",
  },
  "instance of a class": {
    needs: ["instances of a registered class"],
    make: () => new Point!(),
    put: (into: Properties, child, index) => (into[index === 0 ? "x" : `p${index}`] = child),
    cycles: "instances of a registered class, in cycles and shared",
  },
  "instance of a subclass of Map": {
    needs: ["instances of a subclass of Map"],
    make: () => new ClassMap!(),
    put: (into: Map<unknown, unknown>, child, index) => into.set(index, child),
    cycles: "cycles in Maps",
  },
};

/** What is there to build with, for a serializer that carries `exact`. */
interface Parts {
  readonly leaves: readonly string[];
  readonly containers: readonly string[];
  readonly sharing: boolean;
  readonly cycles: boolean;
  readonly views: boolean;
  readonly exact: ReadonlySet<ValueKind>;
}

function partsOf(exact: ReadonlySet<ValueKind>): Parts {
  const has = ({ needs }: { readonly needs: readonly ValueKind[] }): boolean => needs.every((need) => exact.has(need));
  const usable = Object.entries(containers).filter(([, container]) => has(container));
  const sharing = exact.has("shared objects") && exact.has("shared keys of Maps") === exact.has("Maps with mixed keys");
  return {
    leaves: Object.keys(leaves).filter((name) => has(leaves[name]!)),
    containers: usable.map(([name]) => name),
    sharing,
    cycles: sharing && usable.every(([, { cycles }]) => exact.has(cycles)),
    views: sharing && exact.has("two views on one buffer") && exact.has("typed arrays of every type"),
    exact,
  };
}

type Child =
  { readonly leaf: string } | { readonly shared: string } | { readonly node: number } | { readonly view: number };
interface Node {
  readonly container: string;
  /** Which of the nodes before it holds it, so that all of them belong to the graph. */
  readonly parent: number;
  readonly children: readonly Child[];
}

function nodesOf(parts: Parts): fc.Arbitrary<readonly Node[]> {
  const leaf = fc.constantFrom(...parts.leaves);
  const identical = parts.leaves.filter((name) => {
    const { shared } = leaves[name]!;
    return shared !== undefined && parts.exact.has(shared);
  });
  const child = fc.oneof(
    { weight: 4, arbitrary: fc.record({ leaf }) },
    ...(parts.sharing ? [{ weight: 2, arbitrary: fc.record({ node: fc.nat(30) }) }] : []),
    ...(parts.sharing && identical.length > 0
      ? [{ weight: 1, arbitrary: fc.record({ shared: fc.constantFrom(...identical) }) }]
      : []),
    ...(parts.views ? [{ weight: 1, arbitrary: fc.record({ view: fc.nat(2) }) }] : []),
  ) as fc.Arbitrary<Child>;
  const node = fc.record({
    container: fc.constantFrom(...parts.containers),
    parent: fc.nat(30),
    children: fc.array(child, { maxLength: 3 }),
  });
  return fc.array(node, { minLength: 1, maxLength: 12, size: "max" });
}

/** The graph that the nodes describe. Beside its parent any node may hold it; a later one only where cycles are carried. */
function build(nodes: readonly Node[], { cycles }: Parts): unknown {
  const objects = nodes.map(({ container }) => containers[container]!.make());
  const counts = nodes.map(() => 0);
  const put = (into: number, value: unknown): void => {
    containers[nodes[into]!.container]!.put(objects[into] as never, value, counts[into]!++);
  };
  const shared = new Map<string, unknown>();
  const buffer = one.slice().buffer;
  for (const [at, { parent, children }] of nodes.entries()) {
    if (at > 0) put(parent % at, objects[at]);
    for (const child of children) {
      if ("leaf" in child) put(at, leaves[child.leaf]!.make());
      else if ("shared" in child) {
        if (!shared.has(child.shared)) shared.set(child.shared, leaves[child.shared]!.make());
        put(at, shared.get(child.shared));
      } else if ("view" in child) {
        put(at, [new Uint8Array(buffer, 1, 3), new Int16Array(buffer, 2), new DataView(buffer, 4)][child.view]);
      } else {
        const to = child.node % nodes.length;
        if (cycles || to > at) put(at, objects[to]);
      }
    }
  }
  return objects[0];
}

async function comesBack(serializer: Serializer, make: () => unknown): Promise<void> {
  const difference = firstDifference(await again(serializer, make(), "the graph"), make());
  check(difference === undefined, `the graph came back changed: ${difference}`);
}

/** Graphs made at random of everything that comes back exactly on its own. */
export function graphs({ graphs: runs, seed, exact }: SerializerSettings): readonly SerializerCase[] {
  return [
    {
      name: `graphs: ${runs} at random, of all that comes back alone, come back exactly (seed ${seed})`,
      async run({ serializer }) {
        const wanted = [...Object.values(leaves), ...Object.values(containers)].flatMap(({ needs }) => needs);
        const ties: ValueKind[] = [
          ...Object.values(containers).map(({ cycles }) => cycles),
          ...Object.values(leaves).flatMap(({ shared }) => shared ?? []),
          ...(["shared objects", "shared keys of Maps", "two views on one buffer"] as const),
        ];
        const parts = partsOf(await exactKinds(serializer, [...new Set([...wanted, ...ties])]));
        const promised = exact.filter((kind) => [...wanted, ...ties].includes(kind) && !parts.exact.has(kind));
        check(promised.length === 0, `promised exactly (option exact), and not: ${show(promised[0])}`);
        await fc.assert(
          fc.asyncProperty(nodesOf(parts), async (nodes) => await comesBack(serializer, () => build(nodes, parts))),
          { numRuns: runs, seed },
        );
      },
    },
  ];
}
