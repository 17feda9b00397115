import { builtinName, isNativeError, notDeserializable, refusePretender } from "@coatcheck/core/serializer";
import { Attribute, ERRORS, Tag } from "./format.ts";
import { readProperties, writeOwnProperty, writeProperties, writeProperty } from "./properties.ts";
import type { Encoder } from "./encoder.ts";
import type { ReadKind, WrittenKind } from "./special.ts";

const { getOwnPropertyDescriptor, getPrototypeOf } = Object;
const { ownKeys } = Reflect;
const NONE: readonly PropertyKey[] = [];

/** An error of the language: its class, then all its own properties, `message` and `stack` among them. */
export const error: WrittenKind<Error> & ReadKind<Error> = {
  tag: Tag.Error,
  head(encoder, value) {
    if (!isNativeError(value)) refusePretender(value, "an Error");
    encoder.uint(ERRORS.indexOf(nativeNameOf(value)));
  },
  body: (encoder, value, implied) => errorProperties(encoder, value, implied),
  extras: () => NONE,
  make(decoder) {
    const name = ERRORS[decoder.uint(ERRORS.length - 1)]!;
    return bare(name);
  },
  fill: readProperties,
};

/** The class of the language that an error, perhaps of a registered class, comes from. */
function nativeNameOf(value: object): (typeof ERRORS)[number] {
  for (let at: object | null = getPrototypeOf(value); at !== null; at = getPrototypeOf(at)) {
    const name = builtinName(at) as (typeof ERRORS)[number] | undefined;
    if (name !== undefined && ERRORS.includes(name)) return name;
  }
  return "Error";
}

function errorProperties(encoder: Encoder, value: object, implied: number): void {
  const keys = ownKeys(value);
  const stack = getOwnPropertyDescriptor(value, "stack");
  // Newer engines keep the stack behind a getter of their own.
  if (stack === undefined || "value" in stack) {
    writeProperties(encoder, value, keys, implied);
    return;
  }
  encoder.uint(keys.length);
  encoder.depth++;
  for (const key of keys) {
    if (key === "stack") {
      writeProperty(encoder, key, Attribute.Writable | Attribute.Configurable, (value as Error).stack);
    } else writeOwnProperty(encoder, value, key, implied);
  }
  encoder.depth--;
}

/** An error without any property: not even a stack, which it gets from the bytes. */
function bare(name: (typeof ERRORS)[number]): Error {
  const { stackTraceLimit } = Error;
  // A stack would be thrown away at once, and collecting one is most of the cost of an error.
  Error.stackTraceLimit = 0;
  try {
    const made = name === "AggregateError" ? new AggregateError([]) : new CLASSES[name]();
    for (const key of ownKeys(made)) delete (made as unknown as Record<PropertyKey, unknown>)[key];
    return made;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

const CLASSES: Readonly<Record<Exclude<(typeof ERRORS)[number], "AggregateError">, new () => Error>> = {
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

/** A DOMException: message and name are inside it, the stack and what else there is are properties. */
export const domException: WrittenKind<DOMException> & ReadKind<DOMException> = {
  tag: Tag.DOMException,
  head(encoder, value) {
    const { prototype } = DOMException;
    const inside = (name: string): string => {
      try {
        return getOwnPropertyDescriptor(prototype, name)!.get!.call(value) as string;
      } catch {
        return refusePretender(value, "a DOMException");
      }
    };
    encoder.string(inside("message"));
    encoder.string(inside("name"));
  },
  body: (encoder, value, implied) => errorProperties(encoder, value, implied),
  extras: () => NONE,
  make(decoder) {
    if (globalThis.DOMException === undefined) throw notDeserializable("there is no DOMException here", "");
    const made = new DOMException(decoder.text(), decoder.text());
    for (const key of ownKeys(made)) delete (made as unknown as Record<PropertyKey, unknown>)[key];
    return made;
  },
  fill: readProperties,
};
