import { exactOrRefused } from "./exact-or-refused.ts";
import type { SerializerCase } from "./case.ts";

const { defineProperty, freeze, preventExtensions, seal } = Object;

/** What there are many of, and the name of a property that it has or may be given. */
const alike: Readonly<Record<string, readonly [make: () => object, own: string]>> = {
  objects: [() => ({ id: 1, name: "a", at: null }), "name"],
  arrays: [() => [1, "a", null], "1"],
  Maps: [() => new Map([["a", 1]]), "name"],
  Sets: [() => new Set(["a"]), "name"],
  Dates: [() => new Date(1e12), "name"],
  RegExps: [() => /a/g, "name"],
  // With a stack that does not depend on who makes it.
  errors: [() => defineProperty(new RangeError("a"), "stack", { value: "RangeError: a" }), "code"],
  views: [() => new Uint8Array([1, 2]), "name"],
};

/** What makes one of them odd. `own` names a property: one that is there already, or a new one. */
const oddities: Readonly<Record<string, (object: object, own: string) => object>> = {
  "a getter": (object, own) => defineProperty(object, own, { get: () => 1, enumerable: true, configurable: true }),
  "a setter": (object, own) => defineProperty(object, own, { set: () => {}, enumerable: true, configurable: true }),
  "a readonly property": (object, own) =>
    defineProperty(object, own, { value: 1, writable: false, enumerable: true, configurable: true }),
  "a hidden property": (object, own) =>
    defineProperty(object, own, { value: 1, writable: true, enumerable: false, configurable: true }),
  "a fixed property": (object, own) =>
    defineProperty(object, own, { value: 1, writable: true, enumerable: true, configurable: false }),
  "a hidden getter beside": (object) => defineProperty(object, "more", { get: () => 1, configurable: true }),
  "a property under a symbol": (object) => Object.assign(object, { [Symbol.for("more")]: 1 }),
  "a hidden property under a symbol": (object) => defineProperty(object, Symbol.for("more"), { value: 1 }),
  "a function": (object) => Object.assign(object, { more: () => 1 }),
  "no new properties": preventExtensions,
  "a seal": (object) => (ArrayBuffer.isView(object) ? preventExtensions(object) : seal(object)),
  "a frozen state": (object) => (ArrayBuffer.isView(object) ? preventExtensions(object) : freeze(object)),
};

/** Where the odd one of a hundred stands: whoever looks at samples only stops somewhere between. */
const PLACES = [0, 40, 99];
/** The same for the elements of one array. */
const FAR = [0, 256, 1023, 1999];

/** Of many objects that are alike each is looked at, and each element of a long array. */
export function manyAlike(): readonly SerializerCase[] {
  const cases: SerializerCase[] = [];
  for (const [kind, [make, own]] of Object.entries(alike)) {
    cases.push({
      name: `alike: among many ${kind} the odd one comes back exactly or is refused, wherever it stands`,
      async run({ serializer }) {
        if (!(await exactOrRefused(serializer, make, "$", `one of the ${kind}`))) return;
        for (const [what, makeOdd] of Object.entries(oddities)) {
          for (const place of PLACES) {
            const many = (): object[] =>
              Array.from({ length: 100 }, (_, index) => (index === place ? makeOdd(make(), own) : make()));
            await exactOrRefused(serializer, many, `$[${place}]`, `${kind}, of which number ${place} has ${what}`);
          }
        }
      },
    });
  }
  cases.push({
    name: "alike: the odd element of a long array comes back exactly or is refused, wherever it stands",
    async run({ serializer }) {
      for (const what of ["a getter", "a setter", "a readonly property", "a hidden property", "a fixed property"]) {
        for (const place of FAR) {
          const long = (): object =>
            oddities[what]!(
              Array.from({ length: 2000 }, (_, index) => index),
              String(place),
            );
          await exactOrRefused(serializer, long, "$", `a long array, of which element ${place} is ${what}`);
        }
      }
    },
  });
  return cases;
}
