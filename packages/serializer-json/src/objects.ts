import type { Json, JsonRecord, ReadKind, WrittenKind } from "./kind.ts";
import { Refusal, unreadable } from "./refusal.ts";
import type { Reader } from "./reader.ts";
import { hasExtraProperties, looksLikeTag } from "./scan.ts";
import { isWellFormed } from "./text.ts";
import type { Writer } from "./writer.ts";

const { defineProperty, getOwnPropertyDescriptor } = Object;
const { ownKeys } = Reflect;

/** `{…}`: itself, with one more `$` where it would look like a tag. */
export const plainObject: WrittenKind = { write: (value, writer, depth) => writeProperties(value, writer, depth) };

/** `{ "$nullPrototype": {…} }`. */
export const nullPrototype: WrittenKind & ReadKind<object> = {
  write: (value, writer, depth) => ({ $nullPrototype: writeProperties(value, writer, depth + 1) }),
  make: () => Object.create(null) as object,
  fill: (value, argument, reader, depth) => fillProperties(value, argument, reader, depth),
};

/** `[…]`, or `{ "$array": [length, {…}] }` where it has holes or properties beside its elements. */
export const array: WrittenKind<unknown[]> & ReadKind<unknown[]> = {
  write(value, writer, depth) {
    if (!Array.isArray(value)) throw new TypeError("not an array");
    if (isDense(value)) return writeElements(value, writer, depth);
    const properties = writeProperties(value, writer, depth + 2, (key) => key === "length");
    return { $array: [value.length, properties] };
  },
  make(argument) {
    const length = Array.isArray(argument) && argument.length === 2 ? argument[0] : undefined;
    if (typeof length !== "number" || !(length >= 0 && length < 2 ** 32 && Number.isInteger(length))) {
      throw unreadable('the argument of "$array" is not [length, properties]');
    }
    const made: unknown[] = [];
    // Through the largest length the array becomes a dictionary; a shorter one alone would reserve memory for itself.
    made.length = 2 ** 32 - 1;
    made.length = length;
    return made;
  },
  fill(value, argument, reader, depth) {
    const { length } = value;
    fillProperties(value, (argument as Json[])[1]!, reader, depth + 1);
    if (value.length !== length) throw unreadable('an element of "$array" is beyond its length');
  },
};

/** Whether every own property is an element that is there, or the length. */
function isDense(value: readonly unknown[]): boolean {
  if (hasExtraProperties(value)) return false;
  for (let index = 0; index < value.length; index++) {
    const property = getOwnPropertyDescriptor(value, index);
    if (property === undefined || !("value" in property) || property.enumerable !== true) return false;
  }
  return true;
}

function writeElements(value: readonly unknown[], writer: Writer, depth: number): Json {
  const elements: Json[] = [];
  for (let index = 0; index < value.length; index++) writer.put(elements, index, value[index], depth + 1, index);
  return elements;
}

/** The own properties of an object as JSON: an object where all names are ordinary text, else `{ "$entries": … }`. */
export function writeProperties(
  value: object,
  writer: Writer,
  depth: number,
  isElsewhere?: (key: PropertyKey) => boolean,
): Json {
  const all = ownKeys(value);
  const keys = isElsewhere === undefined ? all : all.filter((key) => !isElsewhere(key));
  for (const key of keys) checkProperty(value, key);
  if (!keys.every((key) => typeof key === "string" && isWellFormed(key))) {
    const entries: Json[] = [];
    for (const key of keys) {
      const entry: Json[] = [];
      entries.push(entry);
      writer.put(entry, 0, key, depth + 3, key);
      writer.put(entry, 1, (value as Record<PropertyKey, unknown>)[key], depth + 3, key);
    }
    return { $entries: entries };
  }
  const json: JsonRecord = {};
  const prefix = keys.length === 1 && looksLikeTag(keys[0]!) ? "$" : "";
  for (const key of keys as string[]) {
    writer.put(json, prefix + key, (value as Record<string, unknown>)[key], depth + 1, key);
  }
  return json;
}

function checkProperty(value: object, key: PropertyKey): void {
  const property = getOwnPropertyDescriptor(value, key);
  const name = nameOf(key);
  if (property === undefined || !("value" in property)) {
    throw new Refusal(
      `the property ${name} is a getter or setter, which is code`,
      "Store a copy that holds its value, as in { ...object }.",
    );
  }
  if (property.enumerable !== true) {
    throw new Refusal(`the property ${name} is hidden (not enumerable)`, "Make it enumerable, or leave it out.");
  }
}

function nameOf(key: PropertyKey): string {
  return typeof key === "symbol" ? key.toString() : JSON.stringify(key);
}

/** Gives `target` the properties that {@link writeProperties} wrote. */
export function fillProperties(target: object, json: Json, reader: Reader, depth: number): void {
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw unreadable("properties are not an object");
  const keys = Object.keys(json);
  const [first] = keys;
  if (keys.length !== 1 || first === undefined || !looksLikeTag(first)) {
    for (const key of keys) define(target, key, reader.read(json[key]!, depth + 1));
  } else if (first.startsWith("$$")) {
    define(target, first.slice(1), reader.read(json[first]!, depth + 1));
  } else if (first === "$entries") {
    fillEntries(target, json[first]!, reader, depth + 1);
  } else {
    throw unreadable(`properties are not an object but ${JSON.stringify(first)}`);
  }
}

function fillEntries(target: object, entries: Json, reader: Reader, depth: number): void {
  if (!Array.isArray(entries)) throw unreadable('the argument of "$entries" is not a list of pairs');
  for (const entry of entries) {
    if (!Array.isArray(entry) || entry.length !== 2) throw unreadable('an entry of "$entries" is not a pair');
    const key = reader.read(entry[0]!, depth + 2);
    if (typeof key !== "string" && typeof key !== "symbol") throw unreadable("the name of a property is no text");
    define(target, key, reader.read(entry[1]!, depth + 2));
  }
}

/** `{ "$entries": [[name, value], …] }`: an object whose names are not all ordinary text. */
export const entries: ReadKind<object> = {
  make: () => ({}),
  fill: (value, argument, reader, depth) => fillEntries(value, argument, reader, depth),
};

/** Sets an own property, whatever its name: assigning could run a setter, or change the prototype. */
export function define(target: object, key: PropertyKey, value: unknown, enumerable = true): void {
  defineProperty(target, key, { value, enumerable, configurable: true, writable: true });
}

/** Refuses own properties on an object whose content is elsewhere: they would be lost. */
export function refuseOwnProperties(
  value: object,
  name: string,
  isContent: (key: string) => boolean = () => false,
): void {
  for (const key of ownKeys(value)) {
    if (typeof key === "string" && isContent(key)) continue;
    throw new Refusal(
      `a ${name} with a property of its own, ${nameOf(key)}, cannot be stored`,
      `Store the ${name} and the property side by side in an object.`,
    );
  }
}
