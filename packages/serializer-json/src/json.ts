import { type Class, type ClassDefinition, ClassRegistry, notDeserializable } from "@coatcheck/core/serializer";
import {
  checkOptions,
  ConfigurationError,
  SerializationError,
  type OptionTable,
  type Serializer,
} from "@coatcheck/core";
import type { Json } from "./kind.ts";
import { type Classes, kindOfPrototype } from "./kinds.ts";
import { Reader } from "./reader.ts";
import { isPlainTree, mayHoldLoneSurrogates } from "./scan.ts";
import { Writer } from "./writer.ts";

/** An implementation of JSON. It is given plain trees only; what it gives must be what `JSON` would give. */
export interface JsonImplementation {
  parse(text: string): unknown;
  stringify(value: unknown): string;
}

/** Options of {@link json}. */
export interface JsonOptions {
  /** What turns trees into text and back; default the built-in `JSON`. */
  readonly implementation?: JsonImplementation | undefined;
  /**
   * The classes whose instances are written and made: `[Point]`, or `[{ class: Point, version: 2, upgrade }]`. Of others
   * nothing is made. Instances come back with their own properties, and no constructor runs; classes with private fields
   * need `toState` and `fromState`.
   */
  readonly classes?: readonly (Class | ClassDefinition)[] | undefined;
}

/** The options of {@link json}, for the plugin. */
export const options: OptionTable = { implementation: { type: "object" }, classes: { type: "object" } };

const LONGEST_TEXT = 2 ** 29 - 24;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Values as JSON: plain JSON where that is exact, with tags such as `{ "$date": "…" }` for what JSON lacks. What it
 * cannot carry exactly is a {@link SerializationError} with the path to it; what it cannot read is one too. Reading runs
 * nothing that is in the data.
 */
export function json(given: JsonOptions = {}): Serializer {
  checkOptions("Serializer json", options, given);
  const { implementation = JSON } = given;
  if (typeof implementation.parse !== "function" || typeof implementation.stringify !== "function") {
    throw new ConfigurationError("InvalidOption", 'Serializer json: "implementation" needs parse() and stringify().');
  }
  const classes: Classes = new ClassRegistry("json", given.classes ?? [], kindOfPrototype);
  return {
    type: "json",
    serialize: (value) => encoder.encode(toText(value, implementation, classes)),
    deserialize: (bytes) => fromText(bytes, implementation, classes),
  };
}

function toText(value: unknown, implementation: JsonImplementation, classes: Classes): string {
  refuseToJson();
  const plain = plainText(value, implementation);
  return plain ?? textOf(treeOf(value, classes), implementation);
}

/** The text of a value that needs no tags; undefined where it may need some. */
function plainText(value: unknown, implementation: JsonImplementation): string | undefined {
  try {
    if (!isPlainTree(value)) return undefined;
  } catch {
    // A proxy threw: the writer says where.
    return undefined;
  }
  const text = textOf(value, implementation);
  return mayHoldLoneSurrogates(text) ? undefined : text;
}

function treeOf(value: unknown, classes: Classes): Json {
  try {
    return new Writer(classes, false).document(value);
  } catch {
    // The path is looked for only now: what can be stored pays nothing for it.
    return new Writer(classes, true).document(value);
  }
}

function textOf(tree: unknown, implementation: JsonImplementation): string {
  try {
    const text: unknown = implementation.stringify(tree);
    if (typeof text === "string") return text;
  } catch (error) {
    throw error instanceof RangeError && /string length/i.test(error.message) ? tooLarge(error) : error;
  }
  throw new ConfigurationError("InvalidOption", 'Serializer json: stringify() of "implementation" gave no text.');
}

function fromText(bytes: Uint8Array, implementation: JsonImplementation, classes: Classes): unknown {
  const text = decoded(bytes);
  let tree: unknown;
  try {
    tree = implementation.parse(text);
  } catch (error) {
    throw notDeserializable(`it is not JSON: ${messageOf(error)}`, undefined, error);
  }
  // Without a name that begins with "$", as it stands or escaped, there is no tag.
  if (!text.includes('"$') && !text.includes("\\u0024")) return tree;
  try {
    return Reader.document(tree as Json, classes);
  } catch (error) {
    // What a constructor of the language refuses, as of a RegExp that is none.
    throw error instanceof SerializationError ? error : notDeserializable(messageOf(error), undefined, error);
  }
}

function decoded(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    throw bytes.byteLength > LONGEST_TEXT
      ? notDeserializable(
          "it is more than 512 MB, the longest text JavaScript can hold",
          "Read it as a stream of bytes.",
          error,
        )
      : notDeserializable("it is not UTF-8", undefined, error);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** `JSON.stringify` would call it on every object, and so change values in silence. */
function refuseToJson(): void {
  for (const [name, prototype] of Object.entries({ Object: Object.prototype, Array: Array.prototype })) {
    if ("toJSON" in prototype) {
      throw new SerializationError({
        code: "NotSerializable",
        reason: `${name}.prototype.toJSON is defined in this process, and would change what JSON writes`,
        hint: "Remove it.",
      });
    }
  }
}

function tooLarge(cause: unknown): SerializationError {
  return new SerializationError({
    code: "NotSerializable",
    reason: "the value is more than 512 MB as JSON, the longest text JavaScript can hold",
    hint: "Use the serializer msgpack, store bytes or a stream, or store it in parts.",
    cause,
  });
}
