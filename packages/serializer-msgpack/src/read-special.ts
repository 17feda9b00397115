import { notDeserializable } from "@coatcheck/core/serializer";
import type { Decoder, NamedClass } from "./decoder.ts";
import { Tag, With } from "./format.ts";
import { readers } from "./kinds.ts";
import { readProperties } from "./properties.ts";
import type { ReadKind } from "./special.ts";

/** An object that was made, and what is left to do with it. */
export interface Filling {
  readonly made: object;
  readonly kind: ReadKind;
  readonly announced: number;
  readonly bits: number;
  readonly named: NamedClass | undefined;
}

/** The object whose tag was just read. */
export function readSpecial(decoder: Decoder, tag: number): object {
  const kind = readers[tag];
  if (kind === undefined) return readWith(decoder, tag);
  const place = decoder.reserve();
  decoder.enter();
  const made = kind.make(decoder);
  decoder.settle(place, made);
  kind.fill?.(decoder, made, decoder.announced);
  decoder.leave();
  return made;
}

/** An object that has more to it than its kind says, or whose body comes later. */
function readWith(decoder: Decoder, first: number): object {
  if (first === Tag.State) return readState(decoder);
  const isDeferred = first === Tag.Deferred;
  let tag = isDeferred ? decoder.tag() : first;
  let bits = 0;
  let named: NamedClass | undefined;
  if (tag === Tag.With) {
    bits = decoder.uint(ALL_BITS);
    if ((bits & With.Class) !== 0) named = readClass(decoder);
    tag = decoder.tag();
  }
  const kind = readers[tag];
  if (kind === undefined) throw notDeserializable(`there is an unknown tag, ${tag}`);
  const place = decoder.reserve();
  decoder.enter();
  const made = kind.make(decoder);
  decoder.settle(place, made);
  if (named !== undefined) {
    const { definition } = named;
    if (definition.toState !== undefined) throw definition.storedOtherwise("by its own properties", "by fromState()");
    definition.adopt(made);
  }
  const filling: Filling = { made, kind, announced: decoder.announced, bits, named };
  if (isDeferred) decoder.defer(filling);
  else readDeferred(decoder, filling);
  decoder.leave();
  return made;
}

const ALL_BITS = With.Class | With.Properties | With.NotExtensible | With.Sealed | With.Frozen;

/** Fills an object that was made. */
export function readDeferred(decoder: Decoder, { made, kind, announced, bits, named }: Filling): void {
  const isOlder = named !== undefined && named.version < named.definition.version;
  const before = isOlder && !Array.isArray(made) ? {} : undefined;
  const target = before ?? made;
  if (kind.fill === readProperties && !(made instanceof Error)) readProperties(decoder, target);
  else kind.fill?.(decoder, made, announced);
  if ((bits & With.Properties) !== 0) readProperties(decoder, target);
  if (!isOlder) close(made, bits);
  else {
    if (before !== undefined) lend(made, before);
    decoder.upgrades.add(made, () => {
      named.definition.upgrade(made, before ?? {}, named.version);
      close(made, bits);
    });
  }
}

/** What an older version stored is seen in the object until it is upgraded. Nothing of it is fixed, as it has to go then. */
function lend(made: object, properties: object): void {
  for (const key of Reflect.ownKeys(properties)) {
    const property = Object.getOwnPropertyDescriptor(properties, key)!;
    Object.defineProperty(made, key, { ...property, configurable: true });
  }
}

function close(made: object, bits: number): void {
  if ((bits & With.Frozen) !== 0) Object.freeze(made);
  else if ((bits & With.Sealed) !== 0) Object.seal(made);
  else if ((bits & With.NotExtensible) !== 0) Object.preventExtensions(made);
}

function readState(decoder: Decoder): object {
  const named = readClass(decoder);
  const place = decoder.reserve();
  decoder.enter();
  const state = decoder.value();
  decoder.leave();
  decoder.upgrades.runWithin(state);
  const made = named.definition.fromState(state, named.version);
  decoder.settle(place, made);
  return made;
}

function readClass(decoder: Decoder): NamedClass {
  const number = decoder.uint(decoder.named.length);
  const known = decoder.named[number];
  if (known !== undefined) return known;
  const name = decoder.text();
  const version = decoder.uint(0xffff_ffff);
  const named = { definition: decoder.classes.find(name, version), version };
  decoder.named.push(named);
  return named;
}
