import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "@jest/globals";
import { firstDifference } from "@coatcheck/testing";
import { msgpack } from "@coatcheck/serializer-msgpack";

const serializer = msgpack();
const write = (value: unknown): Uint8Array => serializer.serialize(value) as Uint8Array;
const roundTrip = (value: unknown): unknown => serializer.deserialize(write(value));

/** Names that msgpackr reads as its own marks, or as the class and the methods of an object. */
const names = ["__keys__", "constructor", "hasOwnProperty", "toJSON", "__proto__", "prototype", "then", "length"];

describe("names that mean something to msgpackr", () => {
  const own = (name: string, value: unknown, more: object = {}): object =>
    Object.defineProperty({ ...more }, name, { value, enumerable: true, writable: true, configurable: true });

  test.each(names)("%s", (name) => {
    for (const value of [1, "text", null, false, {}, [1], { a: [] }]) {
      for (const graph of [
        own(name, value),
        [own(name, value, { a: 1 }), { a: 1 }, own(name, value, { a: 2 })],
        [{ a: 1 }, own(name, value, { a: 1 }), { a: 1, b: 1 }],
        [own(name, value), {}, [{}]],
        own("constructor", value, own(name, value)),
        own("constructor", { name: "Map" }, own(name, value)),
      ]) {
        expect(firstDifference(roundTrip(graph), graph)).toBeUndefined();
      }
    }
  });

  test("together, in every order", () => {
    const all = names.map((_, turn) => [...names.slice(turn), ...names.slice(0, turn)]);
    const graph = all.map((order) => Object.fromEntries(order.map((name) => [name, name])));
    expect(firstDifference(roundTrip(graph), graph)).toBeUndefined();
  });

  test("an inherited toJSON is not called where an object has a name constructor", () => {
    Object.defineProperty(Object.prototype, "toJSON", { value: () => "changed", configurable: true });
    try {
      expect(firstDifference(roundTrip({ constructor: 1, a: 2 }), { constructor: 1, a: 2 })).toBeUndefined();
    } finally {
      Reflect.deleteProperty(Object.prototype, "toJSON");
    }
  });
});

test("a large value leaves no large buffer behind", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  // Memory is given back in the background, a while after it was collected.
  const settle = async (limit: number): Promise<number> => {
    let least = Infinity;
    for (let quiet = 0; quiet < 10; quiet++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      collect();
      const { arrayBuffers } = process.memoryUsage();
      if (arrayBuffers < limit) return arrayBuffers;
      if (arrayBuffers < least) quiet = 0;
      least = Math.min(least, arrayBuffers);
    }
    return least;
  };
  write({ a: 1 });
  const before = await settle(0);
  write(Array.from({ length: 200_000 }, (_, id) => ({ id, name: `user ${id}`, text: "x".repeat(40) })));
  write({ text: "y".repeat(20_000_000) });
  write(new Map([[1, "z".repeat(20_000_000)]]));
  expect(await settle(before + 2_000_000)).toBeLessThan(before + 2_000_000);
});
