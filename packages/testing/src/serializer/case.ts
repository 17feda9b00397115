import { SerializationError, type Serializer } from "@coatcheck/core";
import { check, equal, show } from "../assert.ts";
import type { ValueKind } from "./kinds/index.ts";

/** What a case works with. */
export interface SerializerContext {
  readonly serializer: Serializer;
  /** Opens the serializer once more. */
  readonly open: () => Promise<Serializer>;
  /** Values of every kind that come back exactly, with their bytes; those of at most `limit` bytes, default 20,000. */
  readonly samples: (limit?: number) => Promise<readonly Sample[]>;
}

/** A value that comes back exactly. */
export interface Sample {
  readonly kind: string;
  readonly make: () => unknown;
  readonly bytes: Uint8Array;
}

/** One thing that a serializer must do. */
export interface SerializerCase {
  /** `group: what must hold`. */
  readonly name: string;
  readonly run: (context: SerializerContext) => Promise<void>;
}

/** How much the kit tries. */
export interface SerializerSettings {
  /** Characters of the longest string. */
  readonly longText: number;
  /** Random graphs. */
  readonly graphs: number;
  /** Damaged inputs. */
  readonly hostile: number;
  /** What random graphs and damaged inputs begin with. */
  readonly seed: number;
  readonly exact: readonly ValueKind[];
}

/** What came of writing a value: its bytes, or why it was refused. */
export type Written = { readonly bytes: Uint8Array } | { readonly refused: SerializationError };

/** Writes a value; fails unless it gives bytes, or refuses the value as it should. */
export async function write(serializer: Serializer, value: unknown, what: string): Promise<Written> {
  let bytes: Uint8Array;
  try {
    bytes = await serializer.serialize(value);
  } catch (error) {
    check(error instanceof SerializationError, `${what}: expected a SerializationError, got ${show(error)}`);
    equal(error.code, "NotSerializable", `${what}: code of ${show(error)}`);
    check(error.reason.trim() !== "", `${what}: the error says no reason`);
    check(error.path?.startsWith("$") === true, `${what}: path is ${show(error.path)}; expected one from $ on`);
    return { refused: error };
  }
  const isBytes = Object.prototype.toString.call(bytes) === "[object Uint8Array]";
  check(isBytes, `${what}: serialize gave ${show(bytes)}; expected a Uint8Array`);
  return { bytes };
}

/** Reads bytes that the serializer wrote; fails where it cannot. */
export async function readBack(serializer: Serializer, bytes: Uint8Array, what: string): Promise<unknown> {
  try {
    return await serializer.deserialize(bytes);
  } catch (error) {
    check(false, `${what}: it was written and cannot be read: ${show(error)}`);
  }
}

/** What comes back of a value; fails where it is refused. */
export async function again(serializer: Serializer, value: unknown, what: string): Promise<unknown> {
  const written = await write(serializer, value, what);
  check("bytes" in written, `${what}: it is refused: ${"refused" in written ? written.refused.message : ""}`);
  return await readBack(serializer, written.bytes, what);
}
