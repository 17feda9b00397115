import { notDeserializable } from "@coatcheck/core/serializer";
import type { Integrity, Json, ReadKind } from "./kind.ts";
import { fillProperties } from "./properties.ts";

/** How closed an object is. */
export function integrityOf(value: object): Integrity {
  if (Object.isExtensible(value)) return undefined;
  // V8 calls an empty array frozen although its length may still change.
  const isOpen = Array.isArray(value) && Object.getOwnPropertyDescriptor(value, "length")?.writable === true;
  if (Object.isFrozen(value) && !isOpen) return "$frozen";
  // V8 calls every closed view sealed, and its later versions refuse to seal one.
  return Object.isSealed(value) && !ArrayBuffer.isView(value) ? "$sealed" : "$closed";
}

/** `{ "$frozen": … }` and the like: the object inside, closed when it is complete. */
function closed(close: (value: object) => object): ReadKind<object> {
  return {
    make: (argument, reader) => objectOf(reader.make(argument)),
    fill(value, argument, reader, depth) {
      reader.fill(value, argument, depth);
      close(value);
    },
  };
}

export const frozen: ReadKind<object> = closed(Object.freeze);
export const sealed: ReadKind<object> = closed(Object.seal);
export const notExtensible: ReadKind<object> = closed(Object.preventExtensions);

/** `{ "$with": [object, {…}] }`: an object with properties beside its content. */
export const withProperties: ReadKind<object> = {
  make(argument, reader) {
    if (!Array.isArray(argument) || argument.length !== 2) {
      throw notDeserializable('the argument of "$with" is not [object, properties]');
    }
    return objectOf(reader.make(argument[0]!));
  },
  fill(value, argument, reader, depth) {
    const [object, properties] = argument as [Json, Json];
    reader.fill(value, object, depth + 1);
    fillProperties(value, properties, reader, depth + 1);
  },
};

function objectOf(value: unknown): object {
  if (typeof value === "object" && value !== null) return value;
  throw notDeserializable("a tag that is about objects is about none");
}
