import { isFarOut, keepSparse, notDeserializable, refuseAccessor, refuseChanged } from "@coatcheck/core/serializer";
import type { Decoder } from "./decoder.ts";
import type { Encoder } from "./encoder.ts";
import { Attribute } from "./format.ts";

const { defineProperty, getOwnPropertyDescriptor, hasOwn } = Object;

/**
 * Writes the own properties of those names, with their attributes where those are not the ordinary ones. What `implied`
 * says (of a frozen object, say) is not written: it comes from the object.
 */
export function writeProperties(
  encoder: Encoder,
  object: object,
  names: readonly PropertyKey[],
  implied: number,
): void {
  encoder.uint(names.length);
  encoder.depth++;
  for (const name of names) writeOwnProperty(encoder, object, name, implied);
  encoder.depth--;
}

/** Writes one of the properties of {@link writeProperties}. */
export function writeOwnProperty(encoder: Encoder, object: object, name: PropertyKey, implied: number): void {
  const property = getOwnPropertyDescriptor(object, name);
  if (property === undefined) refuseChanged();
  if (!hasOwn(property, "value")) encoder.at(name, () => refuseAccessor(name));
  writeProperty(encoder, name, attributesOf(property) | implied, property.value);
}

/** Writes a property: its attributes where they are not the ordinary ones, its name, its value. */
export function writeProperty(encoder: Encoder, name: PropertyKey, attributes: number, value: unknown): void {
  if (attributes !== Attribute.Ordinary) {
    encoder.byte(0xc0);
    encoder.uint(attributes);
  }
  if (typeof name === "symbol") encoder.at(name, () => encoder.symbol(name));
  else encoder.string(name as string);
  encoder.child(value, name);
}

function attributesOf(property: PropertyDescriptor): number {
  return (
    (property.writable === true ? Attribute.Writable : 0) |
    (property.enumerable === true ? Attribute.Enumerable : 0) |
    (property.configurable === true ? Attribute.Configurable : 0)
  );
}

/** Gives an object the properties that {@link writeProperties}, or a record, wrote. */
export function readProperties(decoder: Decoder, object: object): void {
  const length = Array.isArray(object) ? object.length : undefined;
  const record = decoder.recordHere();
  if (record !== undefined) {
    for (const [position, name] of record.names.entries()) {
      checkName(object, name, position);
      define(object, name, Attribute.Ordinary, decoder.value());
    }
  } else {
    const count = decoder.count(2);
    for (let position = 0; position < count; position++) readProperty(decoder, object, position);
  }
  if (length !== undefined && (object as unknown[]).length !== length) {
    throw notDeserializable("an array holds an element past its length");
  }
}

function readProperty(decoder: Decoder, object: object, position: number): void {
  let attributes: number = Attribute.Ordinary;
  let name = decoder.value();
  if (name === null) {
    attributes = decoder.uint(Attribute.Ordinary);
    name = decoder.value();
  }
  if (typeof name !== "string" && typeof name !== "symbol") {
    throw notDeserializable("the name of a property is neither a string nor a symbol");
  }
  checkName(object, name, position);
  define(object, name, attributes, decoder.value());
}

/** Refuses to set a length, and sees to it that no room is made for elements that are not there. */
function checkName(object: object, name: PropertyKey, position: number): void {
  if (Array.isArray(object)) {
    if (name === "length") throw notDeserializable("an array holds its length as a property");
  } else if (isFarOut(name, position)) keepSparse(object);
}

/** Sets an own property, whatever its name: assigning could run a setter, or change the prototype. */
function define(object: object, name: PropertyKey, attributes: number, value: unknown): void {
  defineProperty(object, name, {
    value,
    writable: (attributes & Attribute.Writable) !== 0,
    enumerable: (attributes & Attribute.Enumerable) !== 0,
    configurable: (attributes & Attribute.Configurable) !== 0,
  });
}
