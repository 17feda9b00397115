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
  kind.fill?.(decoder, made, announced);
  if ((bits & With.Properties) !== 0) readProperties(decoder, made);
  if (named !== undefined && isOlder(named)) {
    decoder.upgrades.push(() => {
      upgradeProperties(made, named);
      close(made, bits);
    });
  } else close(made, bits);
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

function isOlder({ definition, version }: NamedClass): boolean {
  return version < definition.version;
}

/** Replaces the own properties of an instance by what `upgrade` makes of them. */
function upgradeProperties(made: object, { definition, version }: NamedClass): void {
  const isArray = Array.isArray(made);
  const keys = Reflect.ownKeys(made).filter((key) => !(isArray && (key === "length" || isIndex(key))));
  const before: Record<PropertyKey, unknown> = {};
  for (const key of keys) {
    Object.defineProperty(before, key, Object.getOwnPropertyDescriptor(made, key)!);
  }
  const after = definition.upgraded(before, version);
  for (const key of keys) Reflect.deleteProperty(made, key);
  for (const key of Reflect.ownKeys(after)) {
    Object.defineProperty(made, key, Object.getOwnPropertyDescriptor(after, key)!);
  }
}

function isIndex(key: PropertyKey): boolean {
  return typeof key === "string" && /^\d+$/.test(key);
}
