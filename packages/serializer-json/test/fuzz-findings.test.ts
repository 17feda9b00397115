// What `npm run fuzz` and the search for silent losses have found in json: each failed before it was fixed.
import { expect, test } from "@jest/globals";
import { json } from "@coatcheck/serializer-json";
import { firstDifference } from "@coatcheck/testing";

test("a registered subclass of Map or Set is filled without its own methods", () => {
  let ran = 0;
  class Dictionary extends Map<unknown, unknown> {
    override has(): boolean {
      return ran++ > 0;
    }
    override set(): this {
      ran++;
      return this;
    }
  }
  class Crowd extends Set<unknown> {
    override get size(): number {
      return ran++;
    }
    override add(): this {
      ran++;
      return this;
    }
  }
  const serializer = json({ classes: [Dictionary, Crowd] });
  const map = Object.setPrototypeOf(new Map([[1, 2]]), Dictionary.prototype) as object;
  const set = Object.setPrototypeOf(new Set([1, 2]), Crowd.prototype) as object;
  const back = serializer.deserialize(serializer.serialize([map, set]) as Uint8Array);
  expect(ran).toBe(0);
  expect(firstDifference(back, [map, set])).toBeUndefined();
});

test.each<[string, () => object]>([
  ["an array", () => [1]],
  ["a Date", () => new Date(0)],
  ["a RegExp", () => /a/],
  ["an Error", () => new Error("x")],
  ["a boxed number", () => Object(1) as object],
  ["bytes", () => new Uint8Array(2)],
  ["a Map", () => new Map([[1, 2]])],
  ["a Set", () => new Set([1])],
  ["an ArrayBuffer", () => new ArrayBuffer(2)],
  ["a Promise", () => Promise.resolve()],
  ["a WeakMap", () => new WeakMap()],
])("%s whose prototype was taken away is refused, not stored as an object without one", (_, make) => {
  for (const prototype of [null, Object.prototype]) {
    const value = Object.setPrototypeOf(make(), prototype) as object;
    expect(() => json().serialize({ a: [value] })).toThrow(/^\$\.a\[0\]: an object /);
  }
});

class Dictionary extends Map {}
class Point {}

test.each([
  ["a Map that is none", '{"$class":["Dictionary",1,{"a":1}]}'],
  ["a Map that is a Set", '{"$class":["Dictionary",1,{"$set":[]}]}'],
  ["an object that is a Map", '{"$class":["Point",1,{"$map":[]}]}'],
  ["an object that is an array", '{"$class":["Point",1,[1]]}'],
  ["an object without a prototype", '{"$class":["Point",1,{"$nullPrototype":{}}]}'],
])("an instance whose inside is not that of its class is refused: %s", (_, text) => {
  const serializer = json({ classes: [Dictionary, Point] });
  expect(() => serializer.deserialize(Buffer.from(text))).toThrow(/of the class "(Dictionary|Point)"/);
});

test("a closed view is not stored as sealed, which later versions of V8 refuse to make", () => {
  const views = [
    Object.preventExtensions(new Uint8Array(2)),
    Object.seal(Object.assign(new DataView(new ArrayBuffer(2)), { a: 1 })),
  ];
  const bytes = json().serialize(views) as Uint8Array;
  expect(Buffer.from(bytes).toString()).not.toContain("$sealed");
  expect(firstDifference(json().deserialize(bytes), views)).toBeUndefined();
});
