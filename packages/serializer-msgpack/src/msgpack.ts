import {
  type Class,
  type ClassDefinition,
  ClassRegistry,
  notDeserializable,
  notSerializable,
  pathOf,
} from "@coatcheck/core/serializer";
import { checkOptions, type OptionTable, SerializationError, type Serializer } from "@coatcheck/core";
import { Decoder } from "./decoder.ts";
import { Encoder } from "./encoder.ts";
import { MARK } from "./format.ts";
import { builtinKind, type Classes } from "./kinds.ts";
import { PlainDecoder } from "./plain-decoder.ts";
import { serializePlain } from "./plain.ts";
import { Shapes } from "./shapes.ts";

/** Options of {@link msgpack}. */
export interface MsgpackOptions {
  /**
   * The classes whose instances may be stored, here and where they are read: `[Point]`, or `[{ class: Point, version: 2,
   * upgrade }]`. An instance keeps its own properties and its class; no constructor is run. Default: none.
   */
  readonly classes?: readonly (Class | ClassDefinition)[];
  /**
   * `"exact"` (default) carries nearly every value. `"plain"` writes only standard MessagePack, which every language
   * reads, and refuses what that cannot carry. Both read both.
   */
  readonly profile?: "exact" | "plain";
}

/** The options of {@link msgpack}, for the plugin. */
export const options: OptionTable = {
  classes: { type: "object" },
  profile: { type: "string", values: ["exact", "plain"] },
};

/**
 * Values as MessagePack: nearly every value exactly, references and cycles included. What it cannot carry exactly is a
 * {@link SerializationError} with the path to it. Reading makes no class that is not registered, runs no constructor of
 * one, and holds on to none of the bytes it is given.
 */
export function msgpack(given: MsgpackOptions = {}): Serializer {
  checkOptions("Serializer msgpack", options, given);
  const classes: Classes = new ClassRegistry("msgpack", given.classes ?? [], builtinKind);
  const shapes = new Shapes();
  const isPlain = given.profile === "plain";
  return {
    type: "msgpack",
    serialize: (value) => (isPlain ? serializePlain(value) : serialize(value, classes, shapes)),
    deserialize: (bytes) => deserialize(bytes, classes),
  };
}

function serialize(value: unknown, classes: Classes, shapes: Shapes): Uint8Array {
  try {
    return write(value, classes, shapes, false);
  } catch {
    // The path is looked for only now: whatever can be stored pays nothing for it.
    return write(value, classes, shapes, true);
  }
}

function write(value: unknown, classes: Classes, shapes: Shapes, tracing: boolean): Uint8Array {
  let encoder = new Encoder(classes, shapes, tracing);
  try {
    let bytes = encoder.document(value);
    const found = encoder.toKnow;
    if (found !== undefined) {
      encoder = new Encoder(classes, shapes, tracing, found);
      bytes = encoder.document(value);
    }
    return bytes;
  } catch (error) {
    encoder.release();
    throw error instanceof SerializationError ? error : notSerializable(error, pathOf(encoder.place));
  }
}

function deserialize(bytes: Uint8Array, classes: Classes): unknown {
  // Those of another realm are bytes too.
  const isBytes = bytes instanceof Uint8Array || Object.prototype.toString.call(bytes) === "[object Uint8Array]";
  if (!isBytes || !ArrayBuffer.isView(bytes)) {
    throw notDeserializable("what was given is no Uint8Array", "Give the bytes that serialize() gave.");
  }
  if (bytes.length === 0) throw notDeserializable("there are no bytes");
  try {
    return bytes[0] === MARK ? new Decoder(bytes, classes).document() : new PlainDecoder(bytes).document();
  } catch (error) {
    if (error instanceof SerializationError) throw error;
    const text = error instanceof Error ? error.message : String(error);
    throw notDeserializable(`the bytes hold what cannot be made: ${text}`, undefined, error);
  }
}
