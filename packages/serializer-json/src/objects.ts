import { hasNothingBesideElements, notDeserializable, Refusal, refuseOtherInside } from "@coatcheck/core/serializer";
import type { Json, ReadKind, WrittenKind } from "./kind.ts";
import { fillEntries, fillProperties, writeProperties } from "./properties.ts";
import type { Writer } from "./writer.ts";

const { getOwnPropertyDescriptor } = Object;
const { ownKeys } = Reflect;
const none = (): readonly PropertyKey[] => [];

/** `{…}`, itself, with one more `$` where it would look like a tag; `{ "$entries": … }` where JSON has no such names. */
export const plainObject: WrittenKind = {
  write(value, writer, depth, integrity) {
    refuseOtherInside(value);
    return writeProperties(value, ownKeys(value), writer, depth, integrity);
  },
  extraKeys: none,
};

/** `{ "$entries": [[key, value], …] }`. */
export const entries: ReadKind<object> = {
  make: () => ({}),
  fill: fillEntries,
};

/** `{ "$nullPrototype": {…} }`. */
export const nullPrototype: WrittenKind & ReadKind<object> = {
  write(value, writer, depth, integrity) {
    refuseOtherInside(value);
    return { $nullPrototype: writeProperties(value, ownKeys(value), writer, depth + 1, integrity) };
  },
  extraKeys: none,
  make: () => Object.create(null) as object,
  fill: fillProperties,
};

/** `[…]`, or `{ "$array": [length, {…}] }` where it has holes or properties beside its elements. */
export const array: WrittenKind<unknown[]> & ReadKind<unknown[]> = {
  check(value) {
    if (!Array.isArray(value)) throw new TypeError("not an array");
  },
  write(value, writer, depth, integrity) {
    const isFrozen = integrity === "$frozen";
    if (isDense(value, isFrozen || integrity === "$sealed", isFrozen)) return writeElements(value, writer, depth);
    if (!isFrozen && getOwnPropertyDescriptor(value, "length")!.writable !== true) {
      throw new Refusal(
        "an array whose length alone is readonly cannot be stored",
        "Freeze the array, or store a copy.",
      );
    }
    const keys = ownKeys(value).filter((key) => key !== "length");
    return { $array: [value.length, writeProperties(value, keys, writer, depth + 2, integrity)] };
  },
  extraKeys: none,
  make(argument) {
    const length = Array.isArray(argument) && argument.length === 2 ? argument[0] : undefined;
    if (typeof length !== "number" || !(length >= 0 && length < 2 ** 32 && Number.isInteger(length))) {
      throw notDeserializable('the argument of "$array" is not [length, properties]');
    }
    const made: unknown[] = [];
    // Through the largest length the array becomes a dictionary; a shorter one alone would reserve memory for all of it.
    made.length = 2 ** 32 - 1;
    made.length = length;
    return made;
  },
  fill(value, argument, reader, depth) {
    const { length } = value;
    fillProperties(value, (argument as Json[])[1]!, reader, depth + 1);
    if (value.length !== length) throw notDeserializable('an element of "$array" is beyond its length');
  },
};

/** Whether its own properties are ordinary elements, none missing, and the length alone. */
function isDense(value: readonly unknown[], mayBeFixed: boolean, mayBeReadonly: boolean): boolean {
  if (!mayBeReadonly && getOwnPropertyDescriptor(value, "length")!.writable !== true) return false;
  for (let index = 0; index < value.length; index++) {
    const property = getOwnPropertyDescriptor(value, index);
    if (property === undefined || property.enumerable !== true) return false;
    if (property.writable !== true && !(mayBeReadonly && "value" in property)) return false;
    if (property.configurable !== true && !mayBeFixed) return false;
  }
  return hasNothingBesideElements(value);
}

function writeElements(value: readonly unknown[], writer: Writer, depth: number): Json {
  const elements: Json[] = [];
  for (let index = 0; index < value.length; index++) writer.put(elements, index, value[index], depth + 1, index);
  return elements;
}
