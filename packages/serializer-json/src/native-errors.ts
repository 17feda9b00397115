import { builtinName, isNativeError, notDeserializable } from "@coatcheck/core/serializer";
import { getter } from "./builtins.ts";
import type { Integrity, Json, JsonRecord, ReadKind, WrittenKind } from "./kind.ts";
import { fillProperties, writeProperties } from "./properties.ts";

/** The properties that the language hides (makes not enumerable) on an error. */
const HIDDEN = ["name", "message", "stack", "cause", "errors"] as const;

/** What a DOMException keeps inside. */
const INSIDE = ["name", "message"] as const;

const classes: Readonly<Record<string, { new (message?: string): Error; readonly prototype: Error }>> = {
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

/** The names of the errors of the language. */
export const errorNames: readonly string[] = [...Object.keys(classes), "AggregateError"];

/**
 * `{ "$error": { "type": "TypeError", "message": …, "stack": …, "cause": …, "properties": { … } } }`: its built-in class,
 * the hidden properties it has, and its own ones.
 */
export const error: WrittenKind<Error> & ReadKind<Error> = {
  check(value) {
    if (isDomException(value)) getter(DOMException.prototype, "name").call(value);
    else if (!isNativeError(value)) throw new TypeError("not an error");
  },
  write(value, writer, depth, integrity) {
    const type = typeOf(value);
    const json: JsonRecord = { type };
    const own = Reflect.ownKeys(value);
    // A DOMException keeps its name and message where no property shows them; properties of these names are its own.
    const inside: readonly PropertyKey[] = type === "DOMException" ? INSIDE : [];
    const hidden = own.filter((key) => isHidden(value, key, integrity) && !inside.includes(key));
    const keys = own.filter((key) => !hidden.includes(key));
    for (const name of inside as typeof INSIDE)
      writer.put(json, name, getter(DOMException.prototype, name).call(value), depth + 2, name);
    // It is the first property of every error: only the eye wants it last.
    if (hidden[0] === "stack" && inside.length === 0) hidden.push(hidden.shift()!);
    for (const name of hidden as readonly (keyof Error)[]) writer.put(json, name, value[name], depth + 2, name);
    if (keys.length > 0) json["properties"] = writeProperties(value, keys, writer, depth + 2, integrity);
    return { $error: json };
  },
  extraKeys: () => [],
  make(argument, reader) {
    const { type, message, name } = record(argument);
    if (type === "DOMException") {
      const texts = [reader.read(message ?? "", 0), reader.read(name ?? "Error", 0)];
      if (texts.some((text) => typeof text !== "string"))
        throw notDeserializable("the message or the name of a DOMException is no text");
      return new DOMException(...(texts as [string, string]));
    }
    if (type === "AggregateError") return bare(new AggregateError([]));
    const errorClass = typeof type === "string" && Object.hasOwn(classes, type) ? classes[type] : undefined;
    if (errorClass === undefined) throw notDeserializable('the type of an "$error" is not a built-in class of errors');
    return bare(new errorClass());
  },
  fill(value, argument, reader, depth) {
    const json = record(argument);
    const inside = json["type"] === "DOMException" ? ["type", "name", "message", "properties"] : ["type", "properties"];
    for (const name of Object.keys(json)) {
      if (inside.includes(name)) continue;
      if (!(HIDDEN as readonly string[]).includes(name))
        throw notDeserializable(`an "$error" has no ${JSON.stringify(name)}`);
      const each = reader.read(json[name]!, depth + 1);
      Object.defineProperty(value, name, { value: each, enumerable: false, writable: true, configurable: true });
    }
    if (!Object.hasOwn(json, "stack")) delete value.stack;
    if (Object.hasOwn(json, "properties")) fillProperties(value, json["properties"]!, reader, depth + 1);
  },
};

/** Whether the error has the property the way the language gives it: out of sight, and open to change. */
function isHidden(value: Error, key: PropertyKey, integrity: Integrity): boolean {
  if (!(HIDDEN as readonly PropertyKey[]).includes(key)) return false;
  const { get, enumerable, writable } = Object.getOwnPropertyDescriptor(value, key)!;
  // Newer engines give the stack by a getter of their own.
  if (key === "stack" && get !== undefined) return true;
  return enumerable === false && (writable === true || integrity === "$frozen");
}

function isDomException(value: Error): boolean {
  const { DOMException } = globalThis as { DOMException?: { readonly prototype: Error } };
  return DOMException !== undefined && Object.prototype.isPrototypeOf.call(DOMException.prototype, value);
}

function typeOf(value: Error): string {
  if (isDomException(value)) return "DOMException";
  // The class itself, or the one that a registered class extends.
  for (let at: object | null = Object.getPrototypeOf(value); at !== null; at = Object.getPrototypeOf(at)) {
    const name = builtinName(at);
    if (name !== undefined && errorNames.includes(name)) return name;
  }
  return "Error";
}

function record(argument: Json): JsonRecord {
  if (typeof argument === "object" && argument !== null && !Array.isArray(argument)) return argument;
  throw notDeserializable('the argument of "$error" is not an object');
}

/** An error without what its constructor gave it beside the stack, which keeps its place among the properties. */
function bare(value: Error & { errors?: unknown }): Error {
  delete value.errors;
  return value;
}
