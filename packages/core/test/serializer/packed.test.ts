import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { isPlainArray } from "@coatcheck/core/serializer";
import { isPacked } from "../../src/serializer/packed.ts";

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

test("no array with an element that is missing, hidden, fixed, read-only or a getter is taken for packed", () => {
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
        expect(isAll).toBe(true);
      }
      expect(isPlainArray(array)).toBe(isAll);
      expect(reads).toBe(0);
    }),
    { numRuns: 2000 },
  );
  expect(packed).toBeGreaterThan(100);
});

test("the arrays that people have are packed", () => {
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
    expect(isPacked(array)).toBe(true);
  }
});

test("thousands of arrays are told one after another", () => {
  const odd = defineProperty([1, 2, 3], 1, { writable: false });
  for (let round = 0; round < 5000; round++) {
    expect(isPacked([round])).toBe(true);
    expect(isPacked(odd)).toBe(false);
  }
});

test("no element is read, whatever Symbol.species is", () => {
  const species = getOwnPropertyDescriptor(Array, Symbol.species)!;
  const array = defineProperty([1, 2, 3], 1, { get: () => ++reads });
  reads = 0;
  const plain = Array.from({ length: 100 }, (_, index) => index);
  try {
    defineProperty(Array, Symbol.species, { get: () => Array, configurable: true });
    expect(isPacked(array)).toBe(false);
    expect(isPlainArray(array)).toBe(false);
    expect(isPlainArray(plain)).toBe(true);
    expect(reads).toBe(0);
  } finally {
    defineProperty(Array, Symbol.species, species);
  }
});

test("without node:v8 the elements are looked at one by one", async () => {
  const { getBuiltinModule } = process;
  const array = Array.from({ length: 100 }, (_, index) => index);
  try {
    process.getBuiltinModule = ((name: string) =>
      name === "node:v8" ? undefined : getBuiltinModule(name)) as typeof getBuiltinModule;
    const { jest } = await import("@jest/globals");
    await jest.isolateModulesAsync(async () => {
      const { isPacked: isPackedHere } = await import("../../src/serializer/packed.ts");
      const { isPlainArray: isPlainHere } = await import("../../src/serializer/ordinary.ts");
      expect(isPackedHere(array)).toBe(false);
      expect(isPlainHere(array)).toBe(true);
      expect(isPlainHere(defineProperty([...array], 7, { writable: false }))).toBe(false);
    });
  } finally {
    process.getBuiltinModule = getBuiltinModule;
  }
});
