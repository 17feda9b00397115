import type { Decoder, NamedClass } from "./decoder.ts";
import { Tag, With } from "./format.ts";
import { readers } from "./kinds.ts";
import { readProperties } from "./properties.ts";
import { notDeserializable } from "./refusal.ts";
import { shown } from "./refused.ts";
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
  if (named !== undefined) Object.setPrototypeOf(made, named.definition.prototype);
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
  const { definition, version } = named;
  if (definition.fromState === undefined) {
    throw notDeserializable(
      `an instance of the class "${definition.name}" was stored by toState(), and is read without fromState()`,
      "Register the class with the toState and fromState that it was written with.",
    );
  }
  const place = decoder.reserve();
  decoder.enter();
  let state = decoder.value();
  decoder.leave();
  const made = inHook(definition.name, "fromState", () => {
    if (isOlder(named)) state = definition.upgrade!(state, version);
    return definition.fromState!(state);
  });
  if (typeof made !== "object" || made === null) {
    throw notDeserializable(`fromState of the class "${definition.name}" gave no object`, "Give an instance.");
  }
  decoder.settle(place, made);
  return made;
}

function readClass(decoder: Decoder): NamedClass {
  const number = decoder.uint(decoder.named.length);
  const known = decoder.named[number];
  if (known !== undefined) return known;
  const name = decoder.text();
  const version = decoder.uint(0xffff_ffff);
  const definition = decoder.classes.ofName(name);
  if (definition === undefined) {
    throw notDeserializable(
      `the value holds an instance of the class "${shown(name)}", which is not registered here`,
      `Register it where you read, as in msgpack({ classes: [${shown(name)}] }).`,
    );
  }
  if (version > definition.version) {
    throw notDeserializable(
      `the value holds version ${version} of the class "${name}", and version ${definition.version} is registered here`,
      "Read it with the newer class.",
    );
  }
  if (version < definition.version && definition.upgrade === undefined) {
    throw notDeserializable(
      `the value holds version ${version} of the class "${name}", and version ${definition.version} is registered here`,
      "Register the class with upgrade(state, version), which makes the new state from the old one.",
    );
  }
  const named = { definition, version };
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
  const after = inHook(definition.name, "upgrade", () => definition.upgrade!(before, version));
  if (typeof after !== "object" || after === null) {
    throw notDeserializable(`upgrade of the class "${definition.name}" gave no object`, "Give the new own properties.");
  }
  for (const key of keys) Reflect.deleteProperty(made, key);
  for (const key of Reflect.ownKeys(after)) {
    Object.defineProperty(made, key, Object.getOwnPropertyDescriptor(after, key)!);
  }
}

function isIndex(key: PropertyKey): boolean {
  return typeof key === "string" && /^\d+$/.test(key);
}

function inHook<T>(name: string, hook: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    throw notDeserializable(
      `${hook} of the class "${name}" failed: ${text}`,
      "Correct it; the bytes are whole.",
      cause,
    );
  }
}
