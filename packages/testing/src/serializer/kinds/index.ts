import { type ArrayKind, arrays } from "./arrays.ts";
import { type BuiltinKind, builtins } from "./builtins.ts";
import { type ClassKind, classes } from "./classes.ts";
import { type ErrorKind, errors } from "./errors.ts";
import type { Values } from "./kind.ts";
import { type ObjectKind, objects } from "./objects.ts";
import { type PrimitiveKind, primitives, type TextSettings } from "./primitives.ts";
import { type ReferenceKind, references } from "./references.ts";
import { refused, type RefusedKind } from "./refused.ts";

/** A kind of value that bytes can stand for, so that a serializer can promise it exactly. */
export type ValueKind = PrimitiveKind | ObjectKind | ArrayKind | ReferenceKind | BuiltinKind | ErrorKind | ClassKind;

/** The kinds of values that bytes can stand for, with at least three values each. */
export function valuesByKind(settings: TextSettings): Readonly<Record<ValueKind, Values>> {
  return { ...primitives(settings), ...objects, ...arrays, ...references, ...builtins, ...errors, ...classes };
}

/** Every kind of value that a serializer can promise to give back exactly: for the option `exact`. */
export const valueKinds: readonly ValueKind[] = Object.keys(valuesByKind({ longText: 10 })) as ValueKind[];

/** The kinds that every serializer refuses, and values of them. */
export const refusedKinds: Readonly<Record<RefusedKind, Values>> = refused;
