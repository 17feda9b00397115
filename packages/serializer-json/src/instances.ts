import { notDeserializable } from "@coatcheck/core/serializer";
import type { Json, ReadKind } from "./kind.ts";
import type { Definition } from "./kinds.ts";
import { fillProperties } from "./properties.ts";
import type { Reader } from "./reader.ts";
import { tagOf } from "./tag.ts";

interface Parts {
  readonly definition: Definition;
  readonly version: number;
  readonly content: Json;
}

/** `{ "$class": ["Point", 1, {…}] }`: name, version, and the instance as what its class extends. No constructor runs. */
export const classInstance: ReadKind<object> = {
  make(argument, reader) {
    const { definition, content } = partsOf(argument, "$class", reader);
    if (definition.toState !== undefined) throw definition.storedOtherwise("by its own properties", "by fromState()");
    const made = isProperties(content) ? {} : reader.make(content);
    if (typeof made !== "object" || made === null) throw notDeserializable('the content of "$class" is not an object');
    return definition.adopt(made);
  },
  fill(value, argument, reader, depth) {
    const { definition, version, content } = partsOf(argument, "$class", reader);
    const inner = depth + 1;
    if (version !== definition.version) fillUpgraded(value, content, definition, version, reader, inner);
    else if (isProperties(content)) fillProperties(value, content, reader, inner);
    else reader.fill(value, content, inner);
  },
};

/** `{ "$state": ["Point", 1, …] }`: name, version, and what `toState` gave. */
export const classState: ReadKind<object> = {
  make(argument, reader) {
    const { definition, version, content } = partsOf(argument, "$state", reader);
    return definition.fromState(reader.read(content, 0), version);
  },
};

function partsOf(argument: Json, tag: string, reader: Reader): Parts {
  const [name, version, content] = Array.isArray(argument) && argument.length === 3 ? argument : [];
  const text = name === undefined ? undefined : reader.read(name, 0);
  if (typeof text !== "string" || !isVersion(version) || content === undefined) {
    throw notDeserializable(`the argument of "${tag}" is not [name, version, content]`);
  }
  return { definition: reader.classes.find(text, version), version, content };
}

function isVersion(version: Json | undefined): version is number {
  return Number.isSafeInteger(version) && (version as number) >= 1;
}

/** Whether the content is that of an object that extends no built-in class. */
function isProperties(content: Json): boolean {
  if (typeof content !== "object" || content === null || Array.isArray(content)) return false;
  const tag = tagOf(content);
  return tag === undefined || tag.startsWith("$$") || tag === "$entries";
}

function fillUpgraded(
  value: object,
  content: Json,
  definition: Definition,
  version: number,
  reader: Reader,
  depth: number,
): void {
  // What an older version stored is not the instance's to have: it could not lose what is fixed.
  const before = {};
  if (isProperties(content)) {
    fillProperties(before, content, reader, depth);
  } else {
    const isWith = tagOf(content as Json[]) === "$with";
    const [object, properties] = isWith ? (content as { $with: [Json, Json] }).$with : [content, {}];
    reader.fill(value, object, depth);
    fillProperties(before, properties, reader, depth);
  }
  definition.upgrade(value, before, version);
}
