import type { Json, JsonRecord, ReadKind, WrittenKind } from "./kind.ts";
import { define, fillProperties, writeProperties } from "./objects.ts";
import { unreadable } from "./refusal.ts";
import { builtinChain } from "./realm.ts";

/** The properties that the language hides (makes not enumerable) on an error. */
const HIDDEN = ["name", "message", "stack", "cause", "errors"] as const;

const classes: Readonly<Record<string, { new (message?: string): Error; readonly prototype: Error }>> = {
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

/**
 * `{ "$error": { "type": "TypeError", "message": …, "stack": …, "cause": …, "properties": { … } } }`: its built-in class,
 * the hidden properties it has, and its own ones.
 */
export const error: WrittenKind<Error> & ReadKind<Error> = {
  write(value, writer, depth) {
    const type = typeOf(value);
    const json: JsonRecord = { type };
    const isDomException = type === "DOMException";
    const hidden = new Set<PropertyKey>();
    for (const name of HIDDEN) {
      const property = Object.getOwnPropertyDescriptor(value, name);
      // A DOMException keeps its name and message where no property shows them; newer engines give `stack` by a getter.
      const isInside = isDomException && property === undefined && (name === "name" || name === "message");
      const isStack = name === "stack" && property?.get !== undefined;
      if (!isInside && !isStack && (property === undefined || property.enumerable === true)) continue;
      hidden.add(name);
      writer.put(json, name, value[name as keyof Error], depth + 2, name);
    }
    const properties = writeProperties(value, writer, depth + 2, (key) => hidden.has(key));
    if (typeof properties !== "object" || Object.keys(properties!).length > 0) json["properties"] = properties;
    return { $error: json };
  },
  make(argument, reader) {
    const { type, message, name } = record(argument);
    if (type === "DOMException") {
      return new DOMException(String(reader.read(message ?? "", 0)), String(reader.read(name ?? "Error", 0)));
    }
    if (type === "AggregateError") return bare(new AggregateError([]));
    const errorClass = typeof type === "string" && Object.hasOwn(classes, type) ? classes[type] : undefined;
    if (errorClass === undefined) throw unreadable('the type of an "$error" is not a built-in class of errors');
    return bare(new errorClass());
  },
  fill(value, argument, reader, depth) {
    const json = record(argument);
    const inside = json["type"] === "DOMException" ? ["type", "name", "message", "properties"] : ["type", "properties"];
    for (const name of Object.keys(json)) {
      if (inside.includes(name)) continue;
      if (!(HIDDEN as readonly string[]).includes(name)) throw unreadable(`an "$error" has no ${JSON.stringify(name)}`);
      define(value, name, reader.read(json[name]!, depth + 1), false);
    }
    if (!Object.hasOwn(json, "stack")) delete value.stack;
    if (Object.hasOwn(json, "properties")) fillProperties(value, json["properties"]!, reader, depth + 1);
  },
};

function typeOf(value: Error): string {
  if (Object.getPrototypeOf(value) === globalThis.DOMException?.prototype) return "DOMException";
  if (Object.prototype.toString.call(value) !== "[object Error]") throw new TypeError("not an error");
  return builtinChain(value)!.split(">")[0]!;
}

function record(argument: Json): JsonRecord {
  if (typeof argument === "object" && argument !== null && !Array.isArray(argument)) return argument;
  throw unreadable('the argument of "$error" is not an object');
}

/** An error without what its constructor gave it beside the stack, which keeps its place among the properties. */
function bare(value: Error & { errors?: unknown }): Error {
  delete value.errors;
  return value;
}
