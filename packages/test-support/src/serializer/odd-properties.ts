import { expect, test } from "@jest/globals";
import { SerializationError, type Serializer } from "@coatcheck/core";
import type { Class } from "@coatcheck/core/serializer";
import { firstDifference } from "@coatcheck/testing";

class Matrix extends Float64Array {
  get rows(): number {
    return 2;
  }
  override get length(): number {
    return 1;
  }
  override get byteOffset(): number {
    return 8;
  }
}

const own = <T extends object>(object: T, properties: object): T =>
  Object.defineProperties(object, Object.getOwnPropertyDescriptors(properties));

/**
 * Values whose own properties have the names of what the language looks up in them: what is stored is what they are.
 * `refused` are those that this serializer refuses besides, each with what it says.
 */
export function oddPropertyTests(
  open: (options: { readonly classes: readonly Class[] }) => Serializer,
  refused: readonly [string, () => unknown, RegExp][] = [],
): void {
  const serializer = open({ classes: [Matrix] });
  const roundTrip = (value: unknown): unknown => serializer.deserialize(serializer.serialize(value) as Uint8Array);

  test.each<[string, () => unknown]>([
    ["a DataView with a length", () => own(new DataView(new ArrayBuffer(4)), { length: 1 })],
    ["a DataView with a length that is no number", () => own(new DataView(new ArrayBuffer(400)), { length: "long" })],
    [
      "a DataView with a length on a shared buffer",
      () => ((buffer) => [buffer, own(new DataView(buffer, 2), { length: 3 })])(Uint8Array.of(1, 2, 3, 4, 5, 6).buffer),
    ],
    ["bytes with a length", () => own(Uint8Array.of(1, 2, 3), { length: 20, x: 1 })],
    ["many bytes with a length", () => own(new Uint8Array(1000).fill(1), { length: 20, x: 1 })],
    ["bytes with a byteLength and a byteOffset", () => own(Uint8Array.of(1, 2, 3), { byteLength: 1, byteOffset: 1 })],
    ["bytes with a buffer", () => own(Uint8Array.of(1, 2, 3), { buffer: "buffer" })],
    [
      "a String with names that are numbers to Number()",
      () => own(Object("abc") as object, { "": 1, "-1": 2, "0.5": 3, "00": 4, 5: 6 }),
    ],
    ["a RegExp with flags", () => own(/a/g, { flags: "i" })],
    ["a frozen RegExp", () => Object.freeze(own(/a/g, { x: 1 }))],
    ["an error with a tag", () => own(new TypeError("x"), { stack: "at x", [Symbol.toStringTag]: "Odd" })],
    ["a DOMException with a name", () => own(new DOMException("m", "AbortError"), { name: "Other" })],
    [
      "a DOMException with a hidden message",
      () => Object.defineProperty(new DOMException("m"), "message", { value: 1 }),
    ],
  ])("%s comes back exactly", (_, make) => {
    const value = make();
    expect(firstDifference(roundTrip(value), value)).toBeUndefined();
  });

  test("numbers of a class with getters of these names come back", () => {
    const value = [new Matrix([1, 2, 3]), new Matrix(300)];
    const back = roundTrip(value) as Matrix[];
    expect(back[0]).toBeInstanceOf(Matrix);
    expect(back.map((each) => Object.values(each))).toEqual(value.map((each) => Object.values(each)));
  });

  test.each<[string, () => unknown, RegExp]>([
    [
      "a RegExp whose lastIndex cannot be set",
      () => Object.defineProperty(/a/g, "lastIndex", { writable: false }),
      /lastIndex/,
    ],
    [
      "numbers that say they are others",
      () => Object.setPrototypeOf(Float32Array.of(1), Uint8Array.prototype),
      /Uint8Array/,
    ],
    ["a String that says it is a Number", () => Object.setPrototypeOf(Object("1"), Number.prototype), /Number/],
    [
      "an object that says it is an error",
      () => Object.create(Error.prototype, { [Symbol.toStringTag]: { value: "Error" } }),
      /an Error/,
    ],
    ...refused,
  ])("%s is refused", (_, make, reason) => {
    const write = (): unknown => serializer.serialize({ it: make() });
    expect(write).toThrow(SerializationError);
    expect(write).toThrow(/^\$\.it/);
    expect(write).toThrow(reason);
  });
}
