import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { registerInputClass, UnhashableInput } from "../../src/hash/index.ts";
import { hashInputs } from "../../src/hash/hash.ts";
import { goldenValues, newerValues } from "./golden.ts";

class Point {
  readonly x: number;
  readonly y: number;
  constructor(x: number, y: number) {
    this.x = x;
    this.y = y;
  }
}
class Money {
  readonly #amount: number;
  readonly seenAt: Date = new Date();
  constructor(amount: number) {
    this.#amount = amount;
  }
  get amount(): number {
    return this.#amount;
  }
}
registerInputClass(Money, (money) => ({ amount: money.amount }));

/** The error of a value that has no hash. */
function refusal(value: unknown): UnhashableInput {
  try {
    hashInputs(value);
  } catch (error) {
    if (error instanceof UnhashableInput) return error;
    throw error;
  }
  throw new Error("it has a hash");
}

describe("the hashes are what they were", () => {
  const hashes = (values: Record<string, unknown>): Record<string, string> =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, hashInputs(value)]));
  const read = (file: string): unknown => JSON.parse(readFileSync(join(__dirname, file), "utf8"));

  test("of what every platform has", () => {
    const now = hashes(goldenValues());
    expect(now).toEqual(read("golden.json"));
    expect(new Set(Object.values(now)).size).toBe(Object.keys(now).length);
  });

  const newer = newerValues();
  const isNewer = Object.keys(newer).length > 0;
  if (!isNewer) {
    process.stderr.write(
      `skipped: hashes of Temporal and Float16Array: Node ${process.version} has none; npm run test:runtimes reads them\n`,
    );
  }
  (isNewer ? test : test.skip)("of what newer platforms have", () => {
    const now = hashes(newer);
    expect(now).toEqual(read("golden-newer.json"));
    expect(new Set(Object.values(now)).size).toBe(Object.keys(now).length);
  });
});

describe("equal are", () => {
  const date = new Date(5);
  const shared = { a: [1] };
  const pairs: readonly [string, unknown, unknown][] = [
    ["objects in another order", { a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }],
    [
      "symbol keys in another order",
      { [Symbol.for("a")]: 1, [Symbol.iterator]: 2 },
      { [Symbol.iterator]: 2, [Symbol.for("a")]: 1 },
    ],
    [
      "Maps in another order",
      new Map<unknown, unknown>([
        [1, "a"],
        ["1", { x: 1 }],
        [{ k: 1 }, 3],
      ]),
      new Map<unknown, unknown>([
        [{ k: 1 }, 3],
        ["1", { x: 1 }],
        [1, "a"],
      ]),
    ],
    [
      "Maps with equal keys",
      new Map([
        [{}, 1],
        [{}, 2],
      ]),
      new Map([
        [{}, 2],
        [{}, 1],
      ]),
    ],
    ["Sets in another order", new Set([1, "1", [2], new Set([3, 4])]), new Set([new Set([4, 3]), [2], "1", 1])],
    [
      "two names for one object, and two copies of it",
      [shared, shared, date, date],
      [{ a: [1] }, { a: [1] }, new Date(5), new Date(5)],
    ],
    ["views on different buffers", new Uint8Array([1, 2, 3]).subarray(1), new Uint8Array([2, 3])],
    ["invalid dates", new Date(NaN), new Date("no")],
    ["NaNs", NaN, -NaN],
    ["errors with other stacks", new RangeError("a", { cause: [1] }), (() => new RangeError("a", { cause: [1] }))()],
    ["what counts of an instance", new Money(5), new Money(5)],
    [
      "values of another realm",
      runInNewContext(
        "({ a: [new Map([[1, new Set([2])]]), new Date(5), /x/g, new Uint8Array([1]), new TypeError('t')] })",
      ),
      { a: [new Map([[1, new Set([2])]]), new Date(5), /x/g, new Uint8Array([1]), new TypeError("t")] },
    ],
    [
      "long strings and bytes",
      ["x".repeat(5_000_000), Buffer.alloc(5_000_000, 1)],
      ["x".repeat(5_000_000), Buffer.alloc(5_000_000, 1)],
    ],
    ["a Proxy and what it stands for", new Proxy({ a: 1 }, {}), { a: 1 }],
  ];
  test.each(pairs)("%s", (_, one, other) => {
    expect(hashInputs(one)).toBe(hashInputs(other));
  });
});

test("equal are values that hold themselves in the same way, and no others", () => {
  const loop = (make: (self: Record<string, unknown>) => void): Record<string, unknown> => {
    const self: Record<string, unknown> = {};
    make(self);
    return self;
  };
  const ring = (length: number, marked = -1): unknown => {
    const nodes = Array.from({ length }, (_, index): Record<string, unknown> => ({ mark: index === marked }));
    for (const [index, node] of nodes.entries()) {
      node["next"] = nodes[(index + 1) % length];
      node["previous"] = nodes[(index + length - 1) % length];
    }
    return nodes[0];
  };
  const tree = (order: readonly string[]): unknown => {
    const root: Record<string, unknown> = { name: "root", parent: null };
    const children = new Map(order.map((name) => [name, { name, parent: root, tags: new Set([name, root]) }]));
    root["children"] = children;
    return root;
  };
  const different = [
    loop((self) => (self["a"] = self)),
    loop((self) => (self["b"] = self)),
    loop((self) => (self["a"] = { a: self })),
    { a: loop((self) => (self["a"] = self)) },
    // Written with numbers alone, these two would be the same.
    loop((x) => (x["y"] = { z: x })),
    { y: loop((y) => (y["z"] = y)) },
    loop((self) => (self["a"] = [self, self])),
    loop((self) => (self["a"] = new Map([[self, 1]]))),
    loop((self) => (self["a"] = new Map([[1, self]]))),
    loop((self) => (self["a"] = new Set([self, 1]))),
    ring(3),
    ring(4),
    ring(4, 0),
    ring(4, 1),
    ring(4, 2),
    tree(["a", "b"]),
    tree(["a", "b", "c"]),
    [ring(4, 0), ring(4, 1)],
    loop((self) => (self["error"] = Object.assign(new Error("e"), { cause: self }))),
  ];
  expect(new Set(different.map((value) => hashInputs(value))).size).toBe(different.length);
  expect(hashInputs(tree(["a", "b", "c"]))).toBe(hashInputs(tree(["c", "a", "b"])));
  expect(hashInputs(ring(4, 2))).toBe(hashInputs(ring(4, 2)));
  const one = ring(4, 2);
  expect(hashInputs([one, one])).toBe(hashInputs([ring(4, 2), ring(4, 2)]));
});

test("no depth is too deep, and no sharing takes forever", () => {
  const deep = (depth: number, leaf: unknown): unknown => {
    let value = leaf;
    for (let level = 0; level < depth; level++)
      value = level % 3 === 0 ? [value] : level % 3 === 1 ? { value } : new Map([[1, value]]);
    return value;
  };
  expect(hashInputs(deep(10_000, 1))).toBe(hashInputs(deep(10_000, 1)));
  expect(hashInputs(deep(10_000, 1))).not.toBe(hashInputs(deep(10_000, 2)));
  expect(hashInputs(deep(10_000, 1))).not.toBe(hashInputs(deep(10_001, 1)));
  const chain = (length: number): unknown => {
    const first: Record<string, unknown> = {};
    let last = first;
    for (let index = 0; index < length; index++) last = (last["next"] = { previous: last }) as Record<string, unknown>;
    return first;
  };
  expect(hashInputs(chain(10_000))).toBe(hashInputs(chain(10_000)));
  expect(hashInputs(chain(10_000))).not.toBe(hashInputs(chain(10_001)));
  let doubled: unknown = [1];
  for (let level = 0; level < 200; level++) doubled = [doubled, doubled];
  hashInputs(doubled);
  const everybody: { knows: unknown[] }[] = Array.from({ length: 300 }, () => ({ knows: [] }));
  for (const one of everybody) one.knows = everybody;
  hashInputs(everybody);
  const sparse: unknown[] = [];
  sparse[2 ** 32 - 2] = 1;
  expect(hashInputs(sparse)).not.toBe(hashInputs([1]));
});

describe("refused, with the path and what to do, is", () => {
  class Unknown {}
  class MyMap extends Map {}
  const refused: readonly [string, unknown, string, RegExp][] = [
    [
      "a function",
      { users: [1, 2, 3, { callback: function send() {} }] },
      "$.users[3].callback",
      /the function "send", .*exclude/,
    ],
    ["an arrow function", [() => 1], "$[0]", /the function, /],
    ["a class", { "not a name": Point }, '$["not a name"]', /the class "Point"/],
    ["a symbol", new Map([["key", Symbol("s")]]), '$.get("key")', /Symbol\(s\), a symbol that only this process has/],
    ["a symbol as a key", { a: { [Symbol("s")]: 1 } }, "$.a[Symbol(s)]", /only this process/],
    ["a promise", new Set(["a", Promise.resolve()]), "$.has(…)", /a Promise, .*Await it/],
    ["an instance of a class", { at: [new Point(1, 2)] }, "$.at[0]", /a Point, .*registerInputClass\(Point/],
    ["an instance of a class of the same name", new Unknown(), "$", /an Unknown/],
    ["an instance of a class that extends a built-in one", [new MyMap()], "$[0]", /a MyMap/],
    ["what is not what its prototype says", [Object.create(Map.prototype)], "$[0]", /reading it failed/],
    ["a detached buffer", [detached()], "$[0]", /reading it failed/],
    ["a generator", [(function* () {})()], "$[0]", /whose prototype is no class/],
    ["a weak map", new WeakMap(), "$", /a WeakMap/],
    ["a stream", { body: new ReadableStream() }, "$.body", /a ReadableStream/],
    ["a function inside a cycle", cyclicFunction(), "$.next.call", /the function "call"/],
    [
      "a getter that throws",
      {
        get bad(): number {
          throw new Error("no");
        },
      },
      "$.bad",
      /reading it failed: no/,
    ],
    ["a thousand deep function", thousandDeep(), `$${".a".repeat(1000)}`, /the function/],
  ];
  function detached(): ArrayBuffer {
    const buffer = new ArrayBuffer(8);
    structuredClone(buffer, { transfer: [buffer] });
    return buffer;
  }
  function cyclicFunction(): unknown {
    const self: Record<string, unknown> = {};
    self["next"] = { back: self, call: function call() {} };
    return self;
  }
  function thousandDeep(): unknown {
    let value: unknown = () => 1;
    for (let level = 0; level < 1000; level++) value = { a: value };
    return value;
  }
  test.each(refused)("%s", (_, value, path, reason) => {
    const error = refusal(value);
    expect(error.path).toBe(path);
    expect(error.reason).toMatch(reason);
    expect(error.message).toBe(`The inputs have no hash: ${path} is ${error.reason}`);
    expect(error.code).toBe("UnhashableInput");
  });
});

test("a class is registered once, under a name of its own", () => {
  class Other {}
  const code = (register: () => void): unknown => {
    try {
      register();
      return undefined;
    } catch (error) {
      return (error as { readonly code: unknown }).code;
    }
  };
  expect(code(() => registerInputClass(Money, () => 1))).toBe("AlreadyRegistered");
  expect(code(() => registerInputClass(Other, () => 1, { name: "Money" }))).toBe("AlreadyRegistered");
  for (const known of [Object, Date, URL, Buffer, TypeError] as never[]) {
    expect(code(() => registerInputClass(known, () => 1))).toBe("AlreadyRegistered");
  }
  expect(code(() => registerInputClass(class {}, () => 1))).toBe("InvalidOption");
  expect(code(() => registerInputClass(Other, undefined as never))).toBe("InvalidOption");
  const state = (): number => 1;
  registerInputClass(Other, state, { name: "Another" });
  registerInputClass(Other, state, { name: "Another" });
  expect(hashInputs(new Other())).not.toBe(hashInputs({}));
  expect(hashInputs(new Money(1))).not.toBe(hashInputs(new Money(2)));
  class More extends Money {}
  expect(refusal([new More(1)]).path).toBe("$[0]");
});

// What equal means is what Node's strict comparison says: it takes no account of order in objects, Maps and Sets, and of
// identity, either.
const leaf = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom<unknown>(0, -0, 1, 2, "1", "a", "", 1n, true, false, null, undefined, NaN, Infinity),
  },
  fc.string(),
  fc.double(),
  fc.bigInt(),
  fc.date({ noInvalidDate: false }),
  fc
    .constantFrom(
      /a/g,
      /a/,
      new URL("https://a/"),
      new URL("https://b/"),
      new Error("a"),
      new TypeError("a"),
      Object(1),
      Object("1"),
    )
    .map((value) => value as unknown),
  fc.uint8Array({ maxLength: 3 }),
  fc.int8Array({ maxLength: 3 }),
  fc.float64Array({ maxLength: 2, noNaN: true }),
);
const { graph } = fc.letrec<{ graph: unknown }>((tie) => ({
  graph: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc.array(tie("graph"), { maxLength: 3 }),
    fc.sparseArray(tie("graph"), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom("a", "b", "__proto__x", "1"), tie("graph"), { maxKeys: 3 }),
    fc.array(tie("graph"), { maxLength: 3 }).map((items) => new Set(items)),
    fc.array(fc.tuple(tie("graph"), tie("graph")), { maxLength: 3 }).map((entries) => new Map(entries)),
    // One object in two places.
    tie("graph").map((item) => [item, item]),
  ),
}));

test("any two values have equal hashes exactly where they are equal", () => {
  fc.assert(
    fc.property(graph, graph, (one, other) => {
      expect(hashInputs(one) === hashInputs(other)).toBe(isDeepStrictEqual(one, other));
    }),
    { numRuns: 3000 },
  );
});

/** The same value, everything in another order and nothing shared. */
function shuffled(value: unknown, random: () => number): unknown {
  const order = <T>(items: readonly T[]): T[] =>
    items
      .map((item) => [random(), item] as const)
      .sort(([a], [b]) => a - b)
      .map(([, item]) => item);
  const again = (item: unknown): unknown => shuffled(item, random);
  if (Array.isArray(value)) {
    const copy: unknown[] = [];
    copy.length = value.length;
    for (const index of order(Object.keys(value))) copy[Number(index)] = again(value[Number(index)]);
    return copy;
  }
  if (value instanceof Map) return new Map(order([...value]).map(([key, item]) => [again(key), again(item)]));
  if (value instanceof Set) return new Set(order([...value]).map(again));
  if (
    typeof value === "object" &&
    value !== null &&
    [Object.prototype, null].includes(Object.getPrototypeOf(value) as null)
  ) {
    const copy = Object.create(Object.getPrototypeOf(value) as null) as Record<string, unknown>;
    for (const key of order(Object.keys(value))) copy[key] = again((value as Record<string, unknown>)[key]);
    return copy;
  }
  return value;
}

/** A copy in which one leaf, or the size of one container, is another. */
function changed(value: unknown, random: () => number): unknown {
  if (Array.isArray(value) && value.length > 0 && random() < 0.8) {
    const at = Math.floor(random() * value.length);
    const copy = value.slice();
    copy[at] = changed(value[at], random);
    return copy;
  }
  if (value instanceof Map && value.size > 0) {
    const entries = [...value];
    const at = Math.floor(random() * entries.length);
    const [key, item] = entries[at]!;
    // A key that changes must stay one of its own.
    entries[at] = [key, changed(item, random)];
    return new Map(entries);
  }
  return ["changed", value];
}

test("order never counts, and a change always does", () => {
  fc.assert(
    fc.property(
      graph,
      fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
      (value, numbers) => {
        const random = (): number => numbers.next().value!;
        const hash = hashInputs(value);
        expect(hashInputs(shuffled(value, random))).toBe(hash);
        expect(hashInputs(changed(value, random))).not.toBe(hash);
      },
    ),
    { numRuns: 2000 },
  );
});
