import { isFrozen, type Place, Refusal, refuseObject } from "@coatcheck/core/serializer";
import type { Encoder } from "./encoder.ts";
import type { Decoder } from "./decoder.ts";
import { Attribute, MARK, MAX_DEPTH, Tag, With } from "./format.ts";
import { type Definition, kindOf } from "./kinds.ts";
import { writeProperties } from "./properties.ts";

/** How objects of one kind are written: what is needed to make one, then what it is filled with. */
export interface WrittenKind<T extends object = object> {
  readonly tag: number;
  /**
   * Writes what it is made from; a {@link Refusal} where the object is not what its prototype says. Gives back how many elements
   * it has announced, if any.
   */
  head(encoder: Encoder, value: T): number | void;
  /** Writes what it is filled with: as many elements as `head` has `announced`. `implied` are attributes that need not be written. */
  body?(encoder: Encoder, value: T, implied: number, announced: number): void;
  /** The own properties that neither head nor body hold. */
  extras(value: T): readonly PropertyKey[];
}

/** How objects of one kind are read. */
export interface ReadKind<T extends object = object> {
  readonly tag: number;
  make(decoder: Decoder): T;
  /** Fills it. `count` is what `make` announced. */
  fill?(decoder: Decoder, value: T, count: number): void;
}

/** An object that stands too deep: its body comes after the root. */
export interface Deferred {
  readonly value: object;
  readonly kind: WrittenKind;
  readonly extras: readonly PropertyKey[];
  readonly implied: number;
  readonly announced: number;
  readonly place: Place | undefined;
}

/** Writes an object that is more than an ordinary object or array, or stands too deep. */
export function writeSpecial(encoder: Encoder, value: object, prototype: object | null): void {
  const definition = encoder.classes.ofPrototype(prototype);
  if (definition?.toState !== undefined) {
    writeState(encoder, value, definition);
    return;
  }
  const kind = definition === undefined ? kindOf(encoder, value, prototype) : definition.kind(encoder, value);
  if (kind === undefined) refuseObject(value, "msgpack");
  const extras = kind.extras(value);
  if (definition === undefined && extras.length === 0 && encoder.depth < MAX_DEPTH && Object.isExtensible(value)) {
    encoder.tag(MARK, kind.tag);
    const announced = kind.head(encoder, value) ?? 0;
    kind.body?.(encoder, value, 0, announced);
  } else writeWith(encoder, value, kind, extras, definition);
}

/** Writes an object that has more to it than its kind says, or stands too deep. */
function writeWith(
  encoder: Encoder,
  value: object,
  kind: WrittenKind,
  extras: readonly PropertyKey[],
  definition: Definition | undefined,
): void {
  const isDeferred = mustDefer(encoder, kind.body !== undefined || extras.length > 0);
  const closed = Object.isExtensible(value) ? 0 : closedBy(value);
  const bits = (definition === undefined ? 0 : With.Class) | (extras.length === 0 ? 0 : With.Properties) | closed;
  encoder.byte(MARK);
  if (isDeferred) encoder.byte(Tag.Deferred);
  if (bits !== 0) {
    encoder.byte(Tag.With);
    encoder.uint(bits);
    if (definition !== undefined) writeClass(encoder, definition);
  }
  encoder.byte(kind.tag);
  const announced = kind.head(encoder, value) ?? 0;
  const rest: Deferred = { value, kind, extras, implied: impliedBy(closed), announced, place: encoder.place };
  if (isDeferred) encoder.defer(rest);
  else writeDeferred(encoder, rest);
}

function mustDefer(encoder: Encoder, hasBody: boolean): boolean {
  if (encoder.depth < MAX_DEPTH || !hasBody) return false;
  if (!encoder.isInState) return true;
  if (encoder.depth < MAX_DEPTH * 2) return false;
  throw new Refusal(
    `what toState() gives is nested deeper than ${MAX_DEPTH} levels`,
    "Give a flatter state: it has to be whole before the object is made from it.",
  );
}

/** Writes the body of an object whose head is written. */
export function writeDeferred(encoder: Encoder, { value, kind, extras, implied, announced }: Deferred): void {
  kind.body?.(encoder, value, implied, announced);
  if (extras.length > 0) writeProperties(encoder, value, extras, implied);
}

function writeState(encoder: Encoder, value: object, definition: Definition): void {
  encoder.tag(MARK, Tag.State);
  writeClass(encoder, definition);
  encoder.extra.openStates.add(value);
  encoder.depth++;
  encoder.child(stateOf(encoder, value, definition), { text: ".toState()" });
  encoder.depth--;
  encoder.extra.openStates.delete(value);
}

/** What toState() gives; in another attempt what it gave in the first, which may have made it for that call. */
function stateOf(encoder: Encoder, value: object, definition: Definition): unknown {
  const { states } = encoder.found ?? encoder.extra;
  if (states.has(value)) return states.get(value);
  const state = definition.toState!(value);
  states.set(value, state);
  return state;
}

function writeClass(encoder: Encoder, definition: Definition): void {
  const number = encoder.extra.classes.get(definition);
  if (number !== undefined) {
    encoder.uint(number);
    return;
  }
  encoder.uint(encoder.extra.classes.size);
  encoder.extra.classes.set(definition, encoder.extra.classes.size);
  encoder.string(definition.name);
  encoder.uint(definition.version);
}

function closedBy(value: object): number {
  if (isFrozen(value)) return With.Frozen;
  // V8 calls every closed view sealed, and its later versions refuse to seal one.
  return Object.isSealed(value) && !ArrayBuffer.isView(value) ? With.Sealed : With.NotExtensible;
}

function impliedBy(closed: number): number {
  if (closed === With.Frozen) return Attribute.Writable | Attribute.Configurable;
  return closed === With.Sealed ? Attribute.Configurable : 0;
}
