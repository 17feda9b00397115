import type { Encoder } from "./encoder.ts";
import type { Decoder } from "./decoder.ts";
import type { Definition } from "./classes.ts";
import { Attribute, MARK, MAX_DEPTH, Tag, With } from "./format.ts";
import { kindOf } from "./kinds.ts";
import { Refusal, type Place } from "./refusal.ts";
import { refuseObject } from "./refused.ts";
import { util } from "./realm.ts";

/** How objects of one kind are written: what is needed to make one, then what it is filled with. */
export interface WrittenKind<T extends object = object> {
  readonly tag: number;
  /** Writes what it is made from; a {@link Refusal} where the object is not what its prototype says. */
  head(encoder: Encoder, value: T): void;
  /** Writes what it is filled with. `implied` are attributes that need not be written. */
  body?(encoder: Encoder, value: T, implied: number): void;
  /** The own properties that neither head nor body hold. */
  extras(value: T): readonly PropertyKey[];
}

/** How objects of one kind are read. */
export interface ReadKind<T extends object = object> {
  readonly tag: number;
  make(decoder: Decoder): T;
  fill?(decoder: Decoder, value: T): void;
}

/** An object that stands too deep: its body comes after the root. */
export interface Deferred {
  readonly value: object;
  readonly kind: WrittenKind;
  readonly extras: readonly PropertyKey[];
  readonly implied: number;
  readonly place: Place | undefined;
}

/** Writes an object that is more than an ordinary object or array, or stands too deep. */
export function writeSpecial(encoder: Encoder, value: object, prototype: object | null): void {
  if (util?.types.isProxy(value) === true) refuseObject(value);
  const definition = prototype === null ? undefined : encoder.classes.ofPrototype(prototype);
  if (definition?.toState !== undefined) {
    writeState(encoder, value, definition);
    return;
  }
  const kind = definition === undefined ? kindOf(encoder, value, prototype) : definition.kindOf(encoder, value);
  if (kind === undefined) refuseObject(value);
  const extras = kind.extras(value);
  const closed = Object.isExtensible(value) ? 0 : closedBy(value);
  const bits = (definition === undefined ? 0 : With.Class) | (extras.length === 0 ? 0 : With.Properties) | closed;
  const implied = impliedBy(closed);
  const isDeep = encoder.depth >= MAX_DEPTH && (kind.body !== undefined || extras.length > 0);
  const isInState = encoder.openStates.size > 0;
  if (isDeep && isInState && encoder.depth >= MAX_DEPTH * 2) {
    throw new Refusal(
      `what toState() gives is nested deeper than ${MAX_DEPTH} levels`,
      "Give a flatter state: it has to be whole before the object is made from it.",
    );
  }
  const isDeferred = isDeep && !isInState;
  encoder.byte(MARK);
  if (isDeferred) encoder.byte(Tag.Deferred);
  if (bits !== 0) {
    encoder.byte(Tag.With);
    encoder.uint(bits);
    if (definition !== undefined) writeClass(encoder, definition);
  }
  encoder.byte(kind.tag);
  kind.head(encoder, value);
  const rest: Deferred = { value, kind, extras, implied, place: encoder.place };
  if (isDeferred) encoder.defer(rest);
  else writeBody(encoder, rest);
}

/** Writes the body of an object whose head stands elsewhere. */
export function writeDeferred(encoder: Encoder, deferred: Deferred): void {
  encoder.depth = 0;
  writeBody(encoder, deferred);
}

function writeBody(encoder: Encoder, { value, kind, extras, implied }: Deferred): void {
  kind.body?.(encoder, value, implied);
  if (extras.length > 0) encoder.properties(value, extras, implied);
}

function writeState(encoder: Encoder, value: object, definition: Definition): void {
  encoder.tag(MARK, Tag.State);
  writeClass(encoder, definition);
  encoder.openStates.add(value);
  encoder.depth++;
  encoder.child(definition.toState!(value), { text: "<state>" });
  encoder.depth--;
  encoder.openStates.delete(value);
}

function writeClass(encoder: Encoder, definition: Definition): void {
  const number = encoder.classNumbers.get(definition);
  if (number !== undefined) {
    encoder.uint(number);
    return;
  }
  encoder.uint(encoder.classNumbers.size);
  encoder.classNumbers.set(definition, encoder.classNumbers.size);
  encoder.string(definition.name);
  encoder.uint(definition.version);
}

function closedBy(value: object): number {
  return Object.isFrozen(value) ? With.Frozen : Object.isSealed(value) ? With.Sealed : With.NotExtensible;
}

function impliedBy(closed: number): number {
  if (closed === With.Frozen) return Attribute.Writable | Attribute.Configurable;
  return closed === With.Sealed ? Attribute.Configurable : 0;
}
