import { mapStep, notDeserializable, Refusal } from "@coatcheck/core/serializer";
import type { Json, ReadKind, WrittenKind } from "./kind.ts";
import type { Reader } from "./reader.ts";

type Both<T extends object> = WrittenKind<T> & ReadKind<T>;

const timeOf = Date.prototype.getTime;
/** `{ "$date": "2026-11-20T00:00:00.000Z" }`, null for the invalid date. */
export const date: Both<Date> = {
  check: (value) => timeOf.call(value),
  write(value) {
    const time = timeOf.call(value);
    return { $date: Number.isNaN(time) ? null : new Date(time).toISOString() };
  },
  make(argument) {
    if (argument === null) return new Date(NaN);
    const made = new Date(typeof argument === "string" ? argument : NaN);
    if (Number.isNaN(made.getTime()) || made.toISOString() !== argument) {
      throw notDeserializable('the argument of "$date" is not a time as toISOString() writes it');
    }
    return made;
  },
};

const mapSize = getter(Map.prototype, "size");
// Not the object's own methods: a registered subclass may have others, which would run.
const { entries: mapEntries, has: mapHas, set: mapAdd } = Map.prototype;
/** `{ "$map": [[key, value], …] }`. */
export const map: Both<Map<unknown, unknown>> = {
  check: (value) => mapSize.call(value),
  write(value, writer, depth) {
    const pairs: Json[] = [];
    let position = 0;
    for (const [key, each] of mapEntries.call(value)) {
      const pair: Json[] = [];
      pairs.push(pair);
      writer.put(pair, 0, key, depth + 3, { text: `.keys()[${position}]` });
      writer.put(pair, 1, each, depth + 3, mapStep(key, position));
      position += 1;
    }
    return { $map: pairs };
  },
  make: () => new Map(),
  fill(value, argument, reader, depth) {
    for (const pair of list(argument, "$map")) {
      if (!Array.isArray(pair) || pair.length !== 2) throw notDeserializable('an entry of "$map" is not a pair');
      const key = reader.read(pair[0]!, depth + 2);
      if (mapHas.call(value, key)) throw notDeserializable('a key of "$map" is there twice');
      mapAdd.call(value, key, reader.read(pair[1]!, depth + 2));
    }
  },
};

const setSize = getter(Set.prototype, "size");
const { values: setValues, has: setHas, add: setAdd } = Set.prototype;
/** `{ "$set": […] }`. */
export const set: Both<Set<unknown>> = {
  check: (value) => setSize.call(value),
  write(value, writer, depth) {
    const items: Json[] = [];
    for (const item of setValues.call(value)) {
      writer.put(items, items.length, item, depth + 2, { text: `.values()[${items.length}]` });
    }
    return { $set: items };
  },
  make: () => new Set(),
  fill(value, argument, reader, depth) {
    for (const item of list(argument, "$set")) {
      const each = reader.read(item, depth + 1);
      if (setHas.call(value, each)) throw notDeserializable('an item of "$set" is there twice');
      setAdd.call(value, each);
    }
  },
};

const sourceOf = getter(RegExp.prototype, "source");
const flagsOf = getter(RegExp.prototype, "flags");
/** `{ "$regexp": ["a+", "gi"] }`, with `lastIndex` as a third item where it is not 0. */
export const regexp: Both<RegExp> = {
  check: (value) => sourceOf.call(value),
  write(value, writer, depth, integrity) {
    const source = sourceOf.call(value) as string;
    if (typeof value.lastIndex !== "number") {
      throw new Refusal("a RegExp whose lastIndex is not a number cannot be stored", "Set its lastIndex to a number.");
    }
    if (integrity !== "$frozen" && Object.getOwnPropertyDescriptor(value, "lastIndex")!.writable !== true) {
      throw new Refusal("a RegExp whose lastIndex alone is readonly cannot be stored", "Freeze it, or store a copy.");
    }
    const json: Json[] = [];
    writer.put(json, 0, source, depth + 2, "source");
    json.push(flagsOf.call(value) as string);
    if (!Object.is(value.lastIndex, 0)) writer.put(json, 2, value.lastIndex, depth + 2, "lastIndex");
    return { $regexp: json };
  },
  extraKeys: (value) => Reflect.ownKeys(value).filter((key) => key !== "lastIndex"),
  make(argument, reader) {
    const [source, flags, lastIndex = 0, ...more] = list(argument, "$regexp");
    const pattern = reader.read(source ?? null, 0);
    const index = reader.read(lastIndex, 0);
    if (typeof pattern !== "string" || typeof flags !== "string" || typeof index !== "number" || more.length > 0) {
      throw notDeserializable('the argument of "$regexp" is not [source, flags, lastIndex]');
    }
    const made = new RegExp(pattern, flags);
    made.lastIndex = index;
    return made;
  },
};

/** The object around a primitive value of the class with this name. */
export function boxedKind(name: BoxName): WrittenKind {
  return { ...boxed, check: (value) => unboxers[name].call(value) };
}

/** `{ "$boxed": 1 }`: what `Object(1)` gives. */
export const boxed: Both<object> = {
  write(value, writer, depth) {
    const primitive = unboxed(value);
    const json = { $boxed: null as Json };
    writer.put(json, "$boxed", primitive, depth + 1, { text: ".valueOf()" });
    return json;
  },
  extraKeys(value) {
    const inside = unboxed(value);
    const keys = Reflect.ownKeys(value);
    // The characters of a String object are its first properties.
    return typeof inside === "string" ? keys.slice(inside.length).filter((key) => key !== "length") : keys;
  },
  make(argument, reader) {
    const primitive = reader.read(argument, 0);
    if (primitive === null || primitive === undefined || typeof primitive === "object") {
      throw notDeserializable('the argument of "$boxed" is not a primitive value');
    }
    return Object(primitive) as object;
  },
};

type BoxName = "Number" | "String" | "Boolean" | "BigInt" | "Symbol";
const unboxers: Readonly<Record<BoxName, () => unknown>> = {
  Number: Number.prototype.valueOf,
  String: String.prototype.valueOf,
  Boolean: Boolean.prototype.valueOf,
  BigInt: BigInt.prototype.valueOf,
  Symbol: Symbol.prototype.valueOf,
};

function unboxed(value: object): unknown {
  for (const valueOf of Object.values(unboxers)) {
    try {
      return valueOf.call(value);
    } catch {
      // It is a box of another type.
    }
  }
  throw new TypeError("not a boxed value");
}

/** The getter of a built-in class: it throws on what only has the prototype. */
export function getter(prototype: object, name: string): () => unknown {
  return Object.getOwnPropertyDescriptor(prototype, name)!.get!;
}

/** The argument of a tag that takes a list. */
export function list(argument: Json, tag: string): Json[] {
  if (!Array.isArray(argument)) throw notDeserializable(`the argument of "${tag}" is not a list`);
  return argument;
}

/** Text in an argument: a string, or one with lone surrogates. */
export function text(argument: Json | undefined, reader: Reader, tag: string): string {
  const value = argument === undefined ? undefined : reader.read(argument, 0);
  if (typeof value !== "string") throw notDeserializable(`the argument of "${tag}" is not text`);
  return value;
}
