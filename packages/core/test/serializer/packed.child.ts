// Asks of arrays whether they are packed, in a process in which nobody has set `constructor` on an array: from then on V8 makes parts
// of arrays in another way, and isPacked says nothing. Which check is its argument.
import assert from "node:assert/strict";
import fc from "fast-check";

const [, , check] = process.argv;
const { getBuiltinModule } = process;
if (check === "without node:v8") {
  process.getBuiltinModule = ((name: string) =>
    name === "node:v8" ? undefined : getBuiltinModule(name)) as typeof getBuiltinModule;
}
const { isPacked } = await import("../../src/serializer/packed.ts");
const { isPlainArray } = await import("../../src/serializer/ordinary.ts");

const { defineProperty, getOwnPropertyDescriptor } = Object;

const isOrdinary = (array: readonly unknown[], index: number): boolean => {
  const property = getOwnPropertyDescriptor(array, index);
  return property?.writable === true && property.enumerable === true && property.configurable === true;
};

/** How often a getter among the elements ran. */
let reads = 0;

const element = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.string(),
  fc.constant(undefined),
  fc.constant({}),
  fc.constant(() => 1),
);
const oddity = fc.oneof(
  fc.record({ writable: fc.boolean(), enumerable: fc.boolean(), configurable: fc.boolean() }),
  fc.constant({ get: () => ++reads, enumerable: true, configurable: true }),
  fc.constant({ set: () => {} }),
);
/** What may have become of an array before it is stored. */
const step = fc.oneof(
  fc.record({ kind: fc.constant("define" as const), at: fc.nat(40), property: oddity }),
  fc.record({ kind: fc.constant("delete" as const), at: fc.nat(40) }),
  fc.record({ kind: fc.constant("push" as const), value: element }),
  fc.record({ kind: fc.constant("set" as const), at: fc.nat(60), value: element }),
  fc.record({ kind: fc.constant("length" as const), at: fc.nat(60) }),
  fc.record({ kind: fc.constant("reverse" as const) }),
);
/** Made by built-in functions: what our own code makes, V8 keeps as lists with holes once its first few had some. */
const made = fc
  .tuple(fc.boolean(), fc.array(element, { maxLength: 40 }))
  .map(([holey, elements]): unknown[] =>
    holey ? Object.assign(Array<unknown>(elements.length), elements) : Array.from(elements),
  );

const checks: Readonly<Record<string, () => void>> = {
  "odd elements"() {
    let packed = 0;
    fc.assert(
      fc.property(made, fc.array(step, { maxLength: 6 }), (array, steps) => {
        for (const each of steps) {
          // A step that the array refuses, as a change of what is fixed, is left out.
          if (each.kind === "define") Reflect.defineProperty(array, each.at, each.property);
          else if (each.kind === "delete") Reflect.deleteProperty(array, each.at);
          else if (each.kind === "push") array.push(each.value);
          else if (each.kind === "set") Reflect.set(array, each.at, each.value);
          else if (each.kind === "length") Reflect.set(array, "length", each.at);
          else if (array.every((_, index) => isOrdinary(array, index))) array.reverse();
        }
        reads = 0;
        const isAll = Array.from(array.keys()).every((index) => isOrdinary(array, index));
        if (isPacked(array)) {
          packed++;
          assert.equal(isAll, true);
        }
        assert.equal(isPlainArray(array), isAll);
        assert.equal(reads, 0);
      }),
      { numRuns: 2000 },
    );
    assert.ok(packed > 100, `${packed} of 2000 were packed`);
  },

  "arrays that people have"() {
    const indices = Array.from({ length: 100 }, (_, index) => index);
    for (const array of [
      indices,
      indices.map((index) => index * 1.5),
      indices.map((index) => ({ index })),
      JSON.parse(JSON.stringify(indices)) as number[],
      "a b c".split(" "),
      [...new Set(indices)],
      indices.filter((index) => index % 2 === 0),
      [],
    ]) {
      assert.equal(isPacked(array), true);
    }
  },

  "one after another"() {
    const odd = defineProperty([1, 2, 3], 1, { writable: false });
    for (let round = 0; round < 5000; round++) {
      assert.equal(isPacked([round]), true);
      assert.equal(isPacked(odd), false);
    }
  },

  "Symbol.species"() {
    const array = defineProperty([1, 2, 3], 1, { get: () => ++reads });
    const plain = Array.from({ length: 100 }, (_, index) => index);
    assert.equal(isPacked(plain), true);
    defineProperty(Array, Symbol.species, { get: () => Array, configurable: true });
    assert.equal(isPacked(array), false);
    assert.equal(isPlainArray(array), false);
    assert.equal(isPlainArray(plain), true);
    assert.equal(reads, 0);
  },

  "constructor of an array"() {
    const array = defineProperty([1, 2, 3], 1, { get: () => ++reads });
    const plain = Array.from({ length: 100 }, (_, index) => index);
    assert.equal(isPacked(plain), true);
    Object.assign([], { constructor: Array });
    assert.equal(isPacked(plain), false);
    assert.equal(isPacked(array), false);
    assert.equal(isPlainArray(array), false);
    assert.equal(isPlainArray(plain), true);
    assert.equal(reads, 0);
  },

  "without node:v8"() {
    const array = Array.from({ length: 100 }, (_, index) => index);
    assert.equal(isPacked(array), false);
    assert.equal(isPlainArray(array), true);
    assert.equal(isPlainArray(defineProperty([...array], 7, { writable: false })), false);
  },
};
checks[check!]!();
console.log("done");
