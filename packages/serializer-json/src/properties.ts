import { isFarOut, isWellFormed, keepSparse, notDeserializable, refuseAccessor } from "@coatcheck/core/serializer";
import type { Integrity, Json, JsonRecord } from "./kind.ts";
import type { Reader } from "./reader.ts";
import { looksLikeTag } from "./tag.ts";
import type { Writer } from "./writer.ts";

const { defineProperty, getOwnPropertyDescriptor } = Object;

/** The attributes that a property has not, by the words that say so. */
const ATTRIBUTES = [
  ["hidden", "enumerable"],
  ["readonly", "writable"],
  ["fixed", "configurable"],
] as const;

/**
 * The own properties of those keys as JSON: an object where all are ordinary ones with ordinary names, else
 * `{ "$entries": [[key, value], [key, value, ["hidden"]], …] }`.
 */
export function writeProperties(
  value: object,
  keys: readonly PropertyKey[],
  writer: Writer,
  depth: number,
  integrity: Integrity,
): Json {
  const attributes = keys.map((key) => attributesOf(value, key, integrity));
  const isOrdinary = keys.every(
    (key, index) => attributes[index] === undefined && typeof key === "string" && isWellFormed(key),
  );
  if (!isOrdinary) return writeEntries(value, keys, attributes, writer, depth);
  const json: JsonRecord = {};
  const prefix = keys.length === 1 && looksLikeTag(keys[0]!) ? "$" : "";
  for (const key of keys as readonly string[]) {
    writer.put(json, prefix + key, (value as Record<string, unknown>)[key], depth + 1, key);
  }
  return json;
}

function writeEntries(
  value: object,
  keys: readonly PropertyKey[],
  attributes: readonly (string[] | undefined)[],
  writer: Writer,
  depth: number,
): Json {
  const entries = keys.map((key, index) => {
    const entry: Json[] = [];
    writer.put(entry, 0, key, depth + 3, key);
    writer.put(entry, 1, (value as Record<PropertyKey, unknown>)[key], depth + 3, key);
    if (attributes[index] !== undefined) entry.push(attributes[index]);
    return entry;
  });
  return { $entries: entries };
}

/** What the property is not, beside what the integrity of its object says of all of them; undefined where it is ordinary. */
function attributesOf(value: object, key: PropertyKey, integrity: Integrity): string[] | undefined {
  const property = getOwnPropertyDescriptor(value, key);
  if (property === undefined || !("value" in property)) {
    refuseAccessor(key);
  }
  const { enumerable, writable, configurable } = property;
  const isOrdinary =
    enumerable === true &&
    (writable === true || integrity === "$frozen") &&
    (configurable === true || integrity === "$frozen" || integrity === "$sealed");
  if (isOrdinary) return undefined;
  return ATTRIBUTES.filter(([, attribute]) => property[attribute] !== true).map(([word]) => word);
}

/** Gives `target` the properties that {@link writeProperties} wrote. */
export function fillProperties(target: object, json: Json, reader: Reader, depth: number): void {
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw notDeserializable("properties are not an object");
  const keys = Object.keys(json);
  const [first] = keys;
  if (keys.length !== 1 || first === undefined || !looksLikeTag(first)) {
    for (const [position, key] of keys.entries()) {
      if (isFarOut(key, position) && !Array.isArray(target)) keepSparse(target);
      define(target, key, reader.read(json[key]!, depth + 1));
    }
  } else if (first.startsWith("$$")) {
    define(target, first.slice(1), reader.read(json[first]!, depth + 1));
  } else if (first === "$entries") {
    fillEntries(target, json[first]!, reader, depth + 1);
  } else {
    throw notDeserializable(`properties are not an object but ${JSON.stringify(first.slice(0, 40))}`);
  }
}

/** Gives `target` the properties of `{ "$entries": … }`. */
export function fillEntries(target: object, entries: Json, reader: Reader, depth: number): void {
  if (!Array.isArray(entries)) throw notDeserializable('the argument of "$entries" is not a list of entries');
  for (const [position, entry] of entries.entries()) {
    if (!Array.isArray(entry) || entry.length < 2 || entry.length > 3) {
      throw notDeserializable('an entry of "$entries" is not [key, value] or [key, value, attributes]');
    }
    const key = reader.read(entry[0]!, depth + 2);
    if (typeof key !== "string" && typeof key !== "symbol")
      throw notDeserializable("the key of an entry is not text or a symbol");
    if (Object.hasOwn(target, key)) throw notDeserializable("a key of an entry is there twice");
    if (isFarOut(key, position) && !Array.isArray(target)) keepSparse(target);
    const property = { value: reader.read(entry[1]!, depth + 2), enumerable: true, writable: true, configurable: true };
    for (const word of listOf(entry[2] ?? [])) {
      const attribute = ATTRIBUTES.find(([each]) => each === word)?.[1];
      if (attribute === undefined) throw notDeserializable("an entry has an unknown attribute");
      property[attribute] = false;
    }
    defineProperty(target, key, property);
  }
}

function listOf(json: Json): Json[] {
  if (!Array.isArray(json)) throw notDeserializable("the attributes of an entry are not a list");
  return json;
}

/** Sets an ordinary own property, whatever its name: assigning could run a setter, or change the prototype. */
export function define(target: object, key: PropertyKey, value: unknown): void {
  defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
}
