import type { Definition } from "./classes.ts";
import type { Json, ReadKind } from "./kind.ts";
import { define, fillProperties } from "./properties.ts";
import { unreadable } from "./refusal.ts";
import type { Reader } from "./reader.ts";
import { shown } from "./refused.ts";
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
    if (definition.fromState !== undefined) throw otherForm(definition, "own properties");
    const made = isProperties(content) ? {} : reader.make(content);
    if (typeof made !== "object" || made === null) throw unreadable('the content of "$class" is not an object');
    return Object.setPrototypeOf(made, definition.prototype) as object;
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
    const { fromState, prototype } = definition;
    if (fromState === undefined) throw otherForm(definition, "state");
    const state = reader.read(content, 0);
    const current = version === definition.version ? state : upgraded(definition, state, version);
    const made = run(definition, "fromState", () => fromState(current));
    if (typeof made !== "object" || made === null || !Object.prototype.isPrototypeOf.call(prototype, made)) {
      throw unreadable(`fromState of the class ${shown(definition.name)} gave no instance of it`);
    }
    return made;
  },
};

function partsOf(argument: Json, tag: string, reader: Reader): Parts {
  const [name, version, content] = Array.isArray(argument) && argument.length === 3 ? argument : [];
  const text = name === undefined ? undefined : reader.read(name, 0);
  if (typeof text !== "string" || typeof version !== "number" || content === undefined) {
    throw unreadable(`the argument of "${tag}" is not [name, version, content]`);
  }
  const definition = reader.classes.named(text);
  if (definition === undefined) {
    throw unreadable(
      `it holds an instance of the class ${JSON.stringify(shown(text))}, which is not registered here`,
      "Register it: json({ classes: [...] }).",
    );
  }
  if (version !== definition.version && definition.upgrade === undefined) {
    throw unreadable(
      `it holds version ${version} of the class ${shown(text)}, and this reader has version ${definition.version}`,
      "Give the class an upgrade(state, version) where it is registered.",
    );
  }
  return { definition, version, content };
}

function otherForm({ name }: Definition, form: string): Error {
  return unreadable(
    `it holds the ${form} of the class ${shown(name)}, which is registered otherwise here`,
    "Register the class as it was when this was written, or under another name.",
  );
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
  const before = {};
  if (isProperties(content)) {
    fillProperties(before, content, reader, depth);
  } else {
    const isWith = tagOf(content as Json[]) === "$with";
    const [object, properties] = isWith ? (content as { $with: [Json, Json] }).$with : [content, {}];
    reader.fill(value, object, depth);
    fillProperties(before, properties, reader, depth);
  }
  const after = upgraded(definition, before, version);
  if (typeof after !== "object" || after === null) {
    throw unreadable(`upgrade of the class ${shown(definition.name)} gave no object`);
  }
  for (const key of Reflect.ownKeys(after)) define(value, key, (after as Record<PropertyKey, unknown>)[key]);
}

function upgraded(definition: Definition, state: unknown, version: number): unknown {
  return run(definition, "upgrade", () => definition.upgrade!(state, version));
}

function run<T>({ name }: Definition, hook: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw unreadable(`${hook} of the class ${shown(name)} failed: ${message}`, "Its error is the cause.", error);
  }
}
