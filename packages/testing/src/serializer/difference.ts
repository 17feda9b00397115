import { isPooled } from "@coatcheck/core/serializer";
import { show } from "../assert.ts";
import { contentOf, isOpaque } from "./content.ts";

// Looked up once: in a node:vm context, where jest runs tests, each look at a global is slow.
const { getOwnPropertyDescriptor, getPrototypeOf, is, isExtensible } = Object;
const { propertyIsEnumerable } = Object.prototype;
const { ownKeys } = Reflect;
const { isView } = ArrayBuffer;

/**
 * Where two values first differ, as `$.users[3].at: expected …, got …`, or undefined where nobody can tell them apart.
 * Compared are prototypes, own properties with their order, attributes and symbols, holes, what built-in objects hold,
 * `-0` and `NaN`, and the graph: what is one object in one value is one object in the other, cycles, Map keys and views
 * on one buffer included. A view alone may come back on a buffer of another size. Two objects that hide what they hold
 * (a Promise, a WeakMap) are never equal.
 */
export function firstDifference(actual: unknown, expected: unknown): string | undefined {
  const pairs = new Pairs();
  const stack: Step[] = [{ actual, expected, at: undefined }];
  for (let step = stack.pop(); step !== undefined; step = stack.pop()) {
    const next: Step[] = [];
    const found = differenceAt(step, pairs, next);
    if (found !== undefined) return `${pathOf(step.at)}: ${found}`;
    for (let i = next.length - 1; i >= 0; i--) stack.push(next[i]!);
  }
  return undefined;
}

/** Where a value is: a list from it up to the root, since 10,000 texts of 10,000 names would not fit. */
interface Place {
  readonly up: Place | undefined;
  /** The key of the property; the number of the part where `part` says of what. */
  readonly key: PropertyKey;
  readonly part?: string;
}

interface Step {
  readonly actual: unknown;
  readonly expected: unknown;
  readonly at: Place | undefined;
}

function pathOf(at: Place | undefined): string {
  const names: string[] = [];
  for (let place = at; place !== undefined; place = place.up) names.push(nameOf(place));
  if (names.length > 30) names.splice(10, names.length - 20, ` … ${names.length - 20} levels … `);
  return `$${names.toReversed().join("")}`;
}

function nameOf({ key, part }: Place): string {
  if (part !== undefined) return `<${part} ${String(key)}>`;
  if (typeof key !== "string") return `[${named(key)}]`;
  if (/^\d+$/.test(key)) return `[${key}]`;
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

/** Which object of one value stands for which of the other. */
class Pairs {
  readonly #expected = new Map<object, object>();
  readonly #actual = new Map<object, object>();
  /** How far views on a buffer are moved against the expected ones. */
  readonly moved = new Map<object, number>();

  met(actual: object, expected: object): "new" | "same" | "other" {
    const known = this.#expected.get(actual);
    if (known === undefined && !this.#actual.has(expected)) {
      this.#expected.set(actual, expected);
      this.#actual.set(expected, actual);
      return "new";
    }
    return known === expected ? "same" : "other";
  }
}

function differenceAt({ actual, expected, at }: Step, pairs: Pairs, next: Step[]): string | undefined {
  if (typeof actual !== "object" || typeof expected !== "object" || actual === null || expected === null) {
    return is(actual, expected) ? undefined : `expected ${named(expected)}, got ${named(actual)}`;
  }
  const met = pairs.met(actual, expected);
  if (met === "other") return "an object is shared otherwise: it is one here and two there";
  if (met === "same") return movedBuffer(actual, pairs);
  if (getPrototypeOf(actual) !== getPrototypeOf(expected)) {
    return `expected the prototype of ${className(expected)}, got that of ${className(actual)}`;
  }
  const content = differenceOfContent(actual, expected, at, pairs, next);
  return content ?? differenceOfProperties(actual, expected, at, next);
}

function differenceOfContent(
  actual: object,
  expected: object,
  at: Place | undefined,
  pairs: Pairs,
  next: Step[],
): string | undefined {
  const [have, want] = [contentOf(actual), contentOf(expected)];
  if (have?.kind !== want?.kind) return `expected ${want?.kind ?? "no built-in content"}, got ${have?.kind ?? "none"}`;
  if (have === undefined || want === undefined) {
    return actual !== expected && isOpaque(expected)
      ? `${className(expected)} hides what it holds, and is not the same object`
      : undefined;
  }
  if (have.parts.length !== want.parts.length) {
    return `expected ${want.parts.length} entries in the ${want.kind}, got ${have.parts.length}`;
  }
  for (const [index, part] of want.parts.entries()) {
    next.push({ actual: have.parts[index], expected: part, at: { up: at, key: index, part: want.kind } });
  }
  return isView(actual) && isView(expected) ? sharedBuffer(actual, expected, pairs) : movedBuffer(actual, pairs);
}

/** Two views share a buffer here if they do there, as far apart. */
function sharedBuffer(actual: ArrayBufferView, expected: ArrayBufferView, pairs: Pairs): string | undefined {
  if (isPooled(expected) || isPooled(actual)) return undefined;
  const met = pairs.met(actual.buffer, expected.buffer);
  if (met === "other") return "its buffer is shared otherwise: it is one here and two there";
  const moved = actual.byteOffset - expected.byteOffset;
  if (met === "new") pairs.moved.set(actual.buffer, moved);
  const before = pairs.moved.get(actual.buffer) ?? 0;
  return before === moved ? undefined : `it is ${moved - before} bytes away from where it was in the shared buffer`;
}

/** A buffer that is itself part of the value is whole: views on it are where they were. */
function movedBuffer(actual: object, pairs: Pairs): string | undefined {
  const moved = pairs.moved.get(actual) ?? 0;
  return moved === 0 ? undefined : `views on this buffer are ${moved} bytes away from where they were`;
}

function differenceOfProperties(
  actual: object,
  expected: object,
  at: Place | undefined,
  next: Step[],
): string | undefined {
  const [have, want] = [new Properties(actual), new Properties(expected)];
  const lost = want.all.find((key) => !have.has(key));
  if (lost !== undefined) return `the property ${named(lost)} is missing`;
  const added = have.all.find((key) => !want.has(key));
  if (added !== undefined) return `the property ${named(added)} was not there before`;
  for (const [index, key] of want.listed.entries()) {
    if (have.listed[index] !== key)
      return `expected the key ${named(key)} at place ${index}, got ${named(have.listed[index])}`;
  }
  for (const key of want.all) {
    const place = { up: at, key };
    // Engines keep the stack of an error as they please; what it says is what counts.
    if (key === "stack" && ["Error", "DOMException"].includes(contentOf(expected)?.kind ?? "")) {
      next.push({ actual: (actual as Error).stack, expected: (expected as Error).stack, at: place });
      continue;
    }
    const [one, other] = [getOwnPropertyDescriptor(actual, key)!, getOwnPropertyDescriptor(expected, key)!];
    for (const attribute of ["enumerable", "writable", "configurable"] as const) {
      if (one[attribute] === other[attribute]) continue;
      return `the property ${named(key)}: expected ${attribute} ${other[attribute]}, got ${one[attribute]}`;
    }
    if (one.get !== other.get || one.set !== other.set)
      return `the property ${named(key)} has another getter or setter`;
    next.push({ actual: one.value, expected: other.value, at: place });
  }
  if (isExtensible(actual) === isExtensible(expected)) return undefined;
  return `expected ${isExtensible(expected) ? "an open object" : "one closed to new properties"}`;
}

/** The own properties of an object, but for the elements of typed arrays, which are content. */
class Properties {
  readonly all: readonly PropertyKey[];
  /** Those that are enumerable, whose order shows. */
  readonly listed: readonly PropertyKey[];
  readonly #set: Set<PropertyKey>;

  constructor(object: object) {
    const keys = ownKeys(object);
    this.all = isView(object) ? keys.filter((key) => typeof key === "symbol" || !/^\d+$/.test(key)) : keys;
    this.listed = this.all.filter((key) => propertyIsEnumerable.call(object, key));
    this.#set = new Set(this.all);
  }

  has(key: PropertyKey): boolean {
    return this.#set.has(key);
  }
}

function className(value: object): string {
  const prototype: unknown = getPrototypeOf(value);
  if (prototype === null) return "an object without a prototype";
  const constructor: unknown = getOwnPropertyDescriptor(prototype, "constructor")?.value;
  return typeof constructor === "function" && constructor.name !== "" ? constructor.name : "a class without a name";
}

function named(value: unknown): string {
  if (typeof value === "function") return `the function ${value.name}`;
  return typeof value === "object" && value !== null ? `a value of ${className(value)}` : show(value);
}
