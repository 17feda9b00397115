import { inputClassOf } from "./classes.ts";
import { bytesText, primitiveText, Refusal, stringText, symbolText } from "./text.ts";
import { refusalOf } from "./refused.ts";
import { VIEWS, viewText } from "./views.ts";
import type { Walk } from "./walk.ts";

/** The text of an object, while the objects inside are yielded, and answered with their texts. */
export type TextOfParts = Generator<object, string, string>;
/** Gives the text of an object: at once, or part by part. */
export type Kind<T extends object = any> = (value: T, walk: Walk) => string | TextOfParts;

const { hasOwn, keys: keysOf, getOwnPropertySymbols, getPrototypeOf, prototype: objectPrototype } = Object;

/**
 * `{"a":1,@"symbol":2,}`: enumerable properties in the order of their names, then of their symbols. At once up to the first
 * that is an object: most objects have none.
 */
function properties(value: object, names: readonly string[], walk: Walk, start = "{"): string | TextOfParts {
  const object = value as Record<string, unknown>;
  let text = start;
  for (let index = 0; index < names.length; index++) {
    const name = names[index]!;
    walk.step = name;
    const part = primitiveText(object[name]);
    if (part === undefined) return propertiesFrom(object, names, walk, text, index);
    text += `${stringText(name)}:${part},`;
  }
  return getOwnPropertySymbols(value).length === 0 ? `${text}}` : symbolProperties(object, walk, text);
}

function* propertiesFrom(
  object: Record<string, unknown>,
  names: readonly string[],
  walk: Walk,
  before: string,
  first: number,
): TextOfParts {
  let text = before;
  for (let index = first; index < names.length; index++) {
    const name = names[index]!;
    walk.step = name;
    const item = object[name];
    text += `${stringText(name)}:${primitiveText(item) ?? (yield item as object)},`;
  }
  return getOwnPropertySymbols(object).length === 0 ? `${text}}` : yield* symbolProperties(object, walk, text);
}

function* symbolProperties(object: Record<PropertyKey, unknown>, walk: Walk, before: string): TextOfParts {
  let text = before;
  const named: [string, symbol][] = [];
  for (const symbol of getOwnPropertySymbols(object)) {
    walk.step = symbol;
    if (objectPrototype.propertyIsEnumerable.call(object, symbol)) named.push([symbolText(symbol), symbol]);
  }
  for (const [name, symbol] of named.sort(([a], [b]) => (a < b ? -1 : 1))) {
    walk.step = symbol;
    const item = object[symbol];
    text += `${name}:${primitiveText(item) ?? (yield item as object)},`;
  }
  return `${text}}`;
}

/** With what somebody has put on a built-in object besides what it holds: `known` names are not that. */
function withAdded(
  text: string,
  value: object,
  walk: Walk,
  known = 0,
  names: readonly string[] = keysOf(value),
): string | TextOfParts {
  if (names.length === known && getOwnPropertySymbols(value).length === 0) return text;
  return properties(value, names.slice(known).sort(), walk, `${text}{`);
}

/** The same at the end of what is made part by part. */
function* endWithAdded(text: string, value: object, walk: Walk, known = 0): TextOfParts {
  const whole = withAdded(text, value, walk, known);
  return typeof whole === "string" ? whole : yield* whole;
}

/**
 * `[1,2,~3,4,]`: `~3` stands for three places with nothing in them, which is not the same as undefined. At once up to the
 * first item that is an object.
 */
function array(value: readonly unknown[], walk: Walk): string | TextOfParts {
  const names = keysOf(value);
  const { length } = value;
  // Names that are positions come first, in their order: where the last is there, all are.
  if (length > 0 && names[length - 1] !== String(length - 1)) return sparseArray(value, names, walk);
  let text = "[";
  for (let index = 0; index < length; index++) {
    walk.step = index;
    const part = primitiveText(value[index]);
    if (part === undefined) return arrayFrom(value, walk, text, index);
    text += `${part},`;
  }
  return withAdded(`${text}]`, value, walk, length, names);
}

function* arrayFrom(value: readonly unknown[], walk: Walk, before: string, first: number): TextOfParts {
  let text = before;
  for (let index = first; index < value.length; index++) {
    walk.step = index;
    const item = value[index];
    text += `${primitiveText(item) ?? (yield item as object)},`;
  }
  return yield* endWithAdded(`${text}]`, value, walk, value.length);
}

function* sparseArray(value: readonly unknown[], names: readonly string[], walk: Walk): TextOfParts {
  const { length } = value;
  let text = "[";
  let next = 0;
  let count = 0;
  for (;;) {
    const index = positionOf(names[count], length);
    if (index > next) text += `~${index - next},`;
    if (index === length) break;
    next = index + 1;
    count++;
    walk.step = index;
    const item = value[index];
    text += `${primitiveText(item) ?? (yield item as object)},`;
  }
  return yield* endWithAdded(`${text}]`, value, walk, count);
}

function positionOf(name: string | undefined, length: number): number {
  const index = Number(name);
  return Number.isInteger(index) && index >= 0 && index < length && String(index) === name ? index : length;
}

/** `Map(1:"a",2:"b",)`: in the order of the texts, for the order of insertion does not count. */
function* map(value: Map<unknown, unknown>, walk: Walk): TextOfParts {
  const entries: [string, unknown, unknown][] = [];
  const cyclic: [object, unknown][] = [];
  for (const [name, item] of Map.prototype.entries.call(value) as MapIterator<[unknown, unknown]>) {
    walk.step = name;
    if (walk.shareCycle(value, name)) cyclic.push([name as object, item]);
    else entries.push([primitiveText(name) ?? (yield name as object), name, item]);
  }
  const parts: string[] = [];
  for (const [key, name, item] of entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) {
    walk.step = name;
    parts.push(`${key}:${primitiveText(item) ?? (yield item as object)},`);
  }
  parts.sort();
  for (const [name, item] of cyclic) {
    walk.step = name;
    const key = yield name;
    parts.push(`${key}:${primitiveText(item) ?? (yield item as object)},`);
  }
  return yield* endWithAdded(`Map(${parts.join("")})`, value, walk);
}

/** `Set(1,2,)`: in the order of the texts. */
function* set(value: Set<unknown>, walk: Walk): TextOfParts {
  const parts: string[] = [];
  const cyclic: object[] = [];
  for (const item of Set.prototype.values.call(value) as SetIterator<unknown>) {
    walk.step = item;
    if (walk.shareCycle(value, item)) cyclic.push(item as object);
    else parts.push(primitiveText(item) ?? (yield item as object));
  }
  parts.sort();
  for (const item of cyclic) {
    walk.step = item;
    parts.push(yield item);
  }
  return yield* endWithAdded(`Set(${parts.map((part) => `${part},`).join("")})`, value, walk);
}

/** `TypeError{"cause":…,"message":"…","name":"…",}`. The stack is that of one machine and one moment, and does not count. */
function errorKind(kind: string): Kind<Error> {
  const inherited = kind === "DOMException" ? ["code", "message", "name"] : ["message", "name"];
  return (value, walk) => {
    const hidden = ["cause", "errors"].filter((name) => hasOwn(value, name));
    const names = new Set([...inherited, ...hidden, ...keysOf(value)]);
    names.delete("stack");
    return properties(value, [...names].sort(), walk, `${kind}{`);
  };
}

/** An object that stands for a text, and what was put on it. */
function leaf<T extends object>(name: string, content: (value: T) => string): Kind<T> {
  return (value, walk) => withAdded(`${name}(${content(value)})`, value, walk);
}

function boxed(name: string, valueOf: (this: any) => unknown): Kind {
  return (value, walk) => {
    const primitive = valueOf.call(value);
    const characters = typeof primitive === "string" ? primitive.length : 0;
    return withAdded(`${name}(${primitiveText(primitive)!})`, value, walk, characters);
  };
}

const ERRORS = [
  "Error",
  "AggregateError",
  "EvalError",
  "RangeError",
  "ReferenceError",
  "SyntaxError",
  "TypeError",
  "URIError",
  "DOMException",
];
const TEMPORAL = [
  "Instant",
  "ZonedDateTime",
  "PlainDateTime",
  "PlainDate",
  "PlainTime",
  "PlainYearMonth",
  "PlainMonthDay",
];
const UNITS = [
  "years",
  "months",
  "weeks",
  "days",
  "hours",
  "minutes",
  "seconds",
  "milliseconds",
  "microseconds",
  "nanoseconds",
];

const plainObject: Kind = (value: object, walk) => properties(value, keysOf(value).sort(), walk);
const nullObject: Kind = (value: object, walk) => properties(value, keysOf(value).sort(), walk, "null{");

const builtIns = new Map<string, Kind>([
  ["Object", plainObject],
  ["Array", array],
  ["Map", map],
  ["Set", set],
  ["Date", leaf<Date>("Date", (value) => String(Date.prototype.getTime.call(value)))],
  ["RegExp", leaf<RegExp>("RegExp", ({ source, flags, lastIndex }) => `${stringText(source)},${flags},${lastIndex}`)],
  ["ArrayBuffer", leaf<ArrayBuffer>("ArrayBuffer", (value) => bytesText(new Uint8Array(value)))],
  ["URL", leaf<URL>("URL", ({ href }) => stringText(href))],
  ["URLSearchParams", leaf<URLSearchParams>("URLSearchParams", (value) => stringText(value.toString()))],
  ["Headers", leaf<Headers>("Headers", (value) => stringText(JSON.stringify([...value])))],
  ["Number", boxed("Number", Number.prototype.valueOf)],
  ["String", boxed("String", String.prototype.valueOf)],
  ["Boolean", boxed("Boolean", Boolean.prototype.valueOf)],
  ["BigInt", boxed("BigInt", BigInt.prototype.valueOf)],
  ["Symbol", boxed("Symbol", Symbol.prototype.valueOf)],
  ...VIEWS.map((name): [string, Kind] => [name, (value: ArrayBufferView) => `${name}(${viewText(value)})`]),
  ...ERRORS.map((name): [string, Kind] => [name, errorKind(name)]),
]);
const temporals = new Map<string, Kind>(
  TEMPORAL.map((name) => [`Temporal.${name}`, leaf(`Temporal.${name}`, (value) => stringText(String(value)))]),
);
// Its text would make one of those that are as long as each other, as 1000 milliseconds and 1 second.
temporals.set(
  "Temporal.Duration",
  leaf<Record<string, number>>("Temporal.Duration", (value) => UNITS.map((unit) => value[unit]).join()),
);

const byPrototype = new WeakMap<object, Kind>();

/** How an object gives its text. Throws {@link Refusal} where it is of no kind that is data. */
export function kindOf(value: object): Kind {
  const prototype: object | null = getPrototypeOf(value);
  if (prototype === null) return nullObject;
  const known = builtInKind(prototype);
  if (known !== undefined) return known;
  const registered = inputClassOf(prototype);
  if (registered === undefined) throw new Refusal(refusalOf(prototype));
  const start = `class ${stringText(registered.name)}(`;
  return function* (instance: object, walk) {
    walk.step = "state";
    const state = walk.stateOf(instance, registered.state as (of: object) => unknown);
    return `${start}${primitiveText(state) ?? (yield state as object)})`;
  };
}

/** The kind of what has that prototype, where it is of a class of the language or of Node that is data. */
export function builtInKind(prototype: object): Kind | undefined {
  return byPrototype.get(prototype) ?? newBuiltIn(prototype);
}

function newBuiltIn(prototype: object): Kind | undefined {
  const made: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  if (typeof made !== "function" || made.prototype !== prototype) return undefined;
  const name = String(made.name);
  // By its source, for a node:vm context has a Map of its own; what Node has written in JavaScript it has once.
  const isOwn = (globalThis as Record<string, unknown>)[name] === made;
  const isNative = Function.prototype.toString.call(made) === `function ${name}() { [native code] }`;
  if (!isOwn && !isNative) return undefined;
  const tag: unknown = Object.getOwnPropertyDescriptor(prototype, Symbol.toStringTag)?.value;
  const kind = isNative && tag === `Temporal.${name}` ? temporals.get(tag) : builtIns.get(name);
  if (kind !== undefined) byPrototype.set(prototype, kind);
  return kind;
}
