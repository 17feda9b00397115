import {
  isFrozen,
  isProxy,
  mapStep,
  Refusal,
  refuseChanged,
  refuseOtherInside,
  refusePretender,
} from "@coatcheck/core/serializer";
import { arrayOfLength, hasHoles } from "./arrays.ts";
import { keysOfBare } from "./bare.ts";
import type { Encoder } from "./encoder.ts";
import { Tag } from "./format.ts";
import { readProperties, writeProperties } from "./properties.ts";
import type { ReadKind, WrittenKind } from "./special.ts";

const { getOwnPropertyDescriptor } = Object;
const { ownKeys } = Reflect;
const NONE: readonly PropertyKey[] = [];

/** An object with the prototype of a literal, or whose prototype the reader sets. */
export const object: WrittenKind & ReadKind = {
  tag: Tag.Object,
  head: (_encoder, value) => refuseOtherInside(value),
  body(encoder, value, implied) {
    if (implied !== 0 || !encoder.record(value)) writeProperties(encoder, value, ownKeys(value), implied);
  },
  extras: () => NONE,
  make: () => ({}),
  fill: readProperties,
};

/** An object without a prototype. */
export const nullObject: WrittenKind & ReadKind = {
  tag: Tag.NullObject,
  head(_encoder, value) {
    refuseOtherInside(value);
    const tag = getOwnPropertyDescriptor(value, Symbol.toStringTag);
    if (tag?.value === "Module" && tag.configurable === false) {
      throw new Refusal("a module cannot be stored", "Store a plain copy, as in { ...module }.");
    }
  },
  body: object.body!,
  extras: () => NONE,
  make: () => Object.create(null) as object,
  fill: readProperties,
};

/** How this array is written: as its elements, or, where some are missing or no ordinary ones, as its properties. */
export function arrayKindOf(value: object): WrittenKind {
  if (isProxy(value) || !Array.isArray(value)) refusePretender(value, "an array");
  const isClosed = !Object.isExtensible(value);
  if (getOwnPropertyDescriptor(value, "length")!.writable !== true && !isFrozen(value)) {
    throw new Refusal("an array whose length cannot be changed cannot be stored", "Freeze it, or store a copy of it.");
  }
  if (value.length > 0 && (hasHoles(value) || (!isClosed && !hasOrdinaryElements(value)))) return sparseArray;
  if (isClosed && !hasAlikeElements(value)) return sparseArray;
  return array as WrittenKind;
}

function hasOrdinaryElements(value: readonly unknown[]): boolean {
  for (let index = 0; index < value.length; index++) {
    const { writable, enumerable, configurable } = getOwnPropertyDescriptor(value, index)!;
    if (writable !== true || enumerable !== true || configurable !== true) return false;
  }
  return true;
}

/** Whether the elements of a closed array are what closing made of ordinary ones. */
function hasAlikeElements(value: readonly unknown[]): boolean {
  const writable = !isFrozen(value);
  const configurable = !Object.isSealed(value);
  for (let index = 0; index < value.length; index++) {
    const property = getOwnPropertyDescriptor(value, index)!;
    if (!("value" in property) || property.enumerable !== true) return false;
    if (property.writable !== writable || property.configurable !== configurable) return false;
  }
  return true;
}

function announceLength(encoder: Encoder, { length }: unknown[]): number {
  encoder.uint(length);
  return length;
}

/** A hook of a class may have changed what is being written: the bytes would hold another number of elements than they say. */
function checkCount(announced: number, count: number): void {
  if (count !== announced) refuseChanged();
}

export const array: WrittenKind<unknown[]> & ReadKind<unknown[]> = {
  tag: Tag.Array,
  head: announceLength,
  body(encoder, value, _, announced) {
    encoder.depth++;
    for (let index = 0; index < value.length; index++) encoder.child(value[index], index);
    encoder.depth--;
    checkCount(announced, value.length);
  },
  extras: (value) =>
    ownKeys(value)
      .slice(value.length)
      .filter((key) => key !== "length"),
  make(decoder) {
    decoder.announced = decoder.count(1);
    return [];
  },
  fill(decoder, value, count) {
    // Not `push`: a registered subclass may have its own.
    for (let index = 0; index < count; index++) value[index] = decoder.value();
  },
};

export const sparseArray: WrittenKind & ReadKind<unknown[]> = {
  tag: Tag.SparseArray,
  head: announceLength as WrittenKind["head"],
  body(encoder, value, implied, announced) {
    const keys = ownKeys(value).filter((key) => key !== "length");
    writeProperties(encoder, value, keys, implied);
    checkCount(announced, (value as unknown[]).length);
  },
  extras: () => NONE,
  make: (decoder) => arrayOfLength(decoder.uint(0xffff_ffff)),
  fill: readProperties,
};

const mapSize = getOwnPropertyDescriptor(Map.prototype, "size")!.get!;
const setSize = getOwnPropertyDescriptor(Set.prototype, "size")!.get!;
const mapForEach = Map.prototype.forEach;
const mapEntries = Map.prototype.entries;
const setValues = Set.prototype.values;

export const map: WrittenKind<Map<unknown, unknown>> & ReadKind<Map<unknown, unknown>> = {
  tag: Tag.Map,
  head(encoder, value) {
    return announceSize(encoder, mapSize, value, "a Map");
  },
  body(encoder, value, _, announced) {
    const { written } = encoder;
    encoder.written = 0;
    encoder.depth++;
    if (encoder.tracing) traceEntries(encoder, value);
    else mapForEach.call(value, writeEntry, encoder);
    encoder.depth--;
    checkCount(announced, encoder.written);
    encoder.written = written;
  },
  extras: keysOfBare,
  make(decoder) {
    decoder.announced = decoder.count(2);
    return new Map<unknown, unknown>();
  },
  fill(decoder, value, count) {
    for (let left = count; left > 0; left--) mapAdd.call(value, decoder.value(), decoder.value());
  },
};

function writeEntry(this: Encoder, item: unknown, key: unknown): void {
  this.written++;
  this.value(key, null);
  this.value(item, null);
}

function traceEntries(encoder: Encoder, value: Map<unknown, unknown>): void {
  let position = 0;
  for (const [key, item] of mapEntries.call(value)) {
    encoder.child(key, { text: `.keys()[${position}]` });
    encoder.child(item, mapStep(key, position++));
  }
  encoder.written = position;
}

export const set: WrittenKind<Set<unknown>> & ReadKind<Set<unknown>> = {
  tag: Tag.Set,
  head(encoder, value) {
    return announceSize(encoder, setSize, value, "a Set");
  },
  body(encoder, value, _, announced) {
    encoder.depth++;
    let position = 0;
    for (const item of setValues.call(value)) {
      if (encoder.tracing) encoder.child(item, { text: `.values()[${position}]` });
      else encoder.value(item, null);
      position++;
    }
    encoder.depth--;
    checkCount(announced, position);
  },
  extras: keysOfBare,
  make(decoder) {
    decoder.announced = decoder.count(1);
    return new Set<unknown>();
  },
  fill(decoder, value, count) {
    for (let left = count; left > 0; left--) setAdd.call(value, decoder.value());
  },
};

// Not `value.set`: a registered subclass may have its own, which would run.
const mapAdd = Map.prototype.set;
const setAdd = Set.prototype.add;

function announceSize(encoder: Encoder, getter: () => unknown, value: object, what: string): number {
  let size: number;
  try {
    size = getter.call(value) as number;
  } catch {
    return refusePretender(value, what);
  }
  encoder.uint(size);
  return size;
}
