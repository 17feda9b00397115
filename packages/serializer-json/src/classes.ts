import { ConfigurationError } from "@coatcheck/core";
import type { WrittenKind } from "./kind.ts";
import { kindOfPrototype } from "./kinds.ts";
import { shown } from "./refused.ts";

/** A class, as `class Point {}` gives it. */
export type Class<T extends object = object> = abstract new (...args: never[]) => T;

/** How instances of a class are stored: see {@link JsonOptions.classes}. The serializer msgpack takes the same. */
export interface ClassDefinition<T extends object = any, State = any> {
  readonly class: Class<T>;
  /** What stands for the class in the text; default its name. It must not change while there is text to read. */
  readonly name?: string;
  /** Counts up when the shape of what is stored changes; default 1. Text of another version needs `upgrade`. */
  readonly version?: number;
  /**
   * Given what text of another `version` holds (the own properties as an object; what `toState` gave, where there is
   * one), gives what this version would hold.
   */
  readonly upgrade?: (state: any, version: number) => State;
  /** What is stored instead of the own properties: needed where the class has private fields. */
  readonly toState?: (instance: T) => State;
  /** Makes an instance from what `toState` gave; needed with it. */
  readonly fromState?: (state: State) => T;
}

/** A registered class, checked. */
export interface Definition {
  readonly prototype: object;
  readonly name: string;
  readonly version: number;
  readonly upgrade: ((state: unknown, version: number) => unknown) | undefined;
  readonly toState: ((instance: object) => unknown) | undefined;
  readonly fromState: ((state: unknown) => unknown) | undefined;
  /** How an instance is written but for its class: as what its class extends. */
  readonly kind: WrittenKind;
}

const OPTIONS = ["class", "name", "version", "upgrade", "toState", "fromState"];

/** The classes that a serializer knows. No other class is ever made. */
export class Classes {
  /** Whether reading runs a function of the user's, which is to be given whole values. */
  readonly runsCode: boolean;
  readonly #byPrototype = new Map<object, Definition>();
  readonly #byName = new Map<string, Definition>();

  constructor(options: readonly (Class | ClassDefinition)[]) {
    if (!Array.isArray(options)) throw invalid('option "classes" is a list: classes: [Point]');
    for (const option of options) {
      const definition = check(typeof option === "function" ? { class: option } : option);
      const { name, prototype } = definition;
      if (this.#byName.has(name)) {
        throw invalid(`two classes have the name "${shown(name)}"; give one of them another: { class, name }`);
      }
      if (this.#byPrototype.has(prototype)) throw invalid(`the class "${shown(name)}" is given twice`);
      this.#byName.set(name, definition);
      this.#byPrototype.set(prototype, definition);
    }
    this.runsCode = [...this.#byName.values()].some(({ fromState, upgrade }) => (fromState ?? upgrade) !== undefined);
  }

  of(value: object): Definition | undefined {
    if (this.#byPrototype.size === 0) return undefined;
    return this.#byPrototype.get(Object.getPrototypeOf(value) as object);
  }

  named(name: string): Definition | undefined {
    return this.#byName.get(name);
  }
}

function check(option: ClassDefinition): Definition {
  if (typeof option !== "object" || option === null || typeof option.class !== "function") {
    throw invalid(
      `an entry of "classes" is a class or { class, name, version, … }, not ${option === null ? "null" : typeof option}`,
    );
  }
  const { class: made, name = made.name, version = 1, upgrade, toState, fromState } = option;
  const label = `the class "${shown(String(name))}"`;
  for (const key of Object.keys(option)) {
    if (!OPTIONS.includes(key)) throw invalid(`${label} has no option "${shown(key)}"; known: ${OPTIONS.join(", ")}`);
  }
  if (typeof name !== "string" || name === "") throw invalid("a class without a name needs one: { class, name }");
  const prototype: unknown = made.prototype;
  if (typeof prototype !== "object" || prototype === null) throw invalid(`${label} is a function without a prototype`);
  if (kindOfPrototype(prototype) !== undefined) throw invalid(`${label} is built in, and needs no registration`);
  if (!Number.isSafeInteger(version) || version < 1) {
    throw invalid(`the version of ${label} is a whole number from 1 on, not ${String(version)}`);
  }
  for (const [hook, value] of Object.entries({ upgrade, toState, fromState })) {
    if (value !== undefined && typeof value !== "function") throw invalid(`${hook} of ${label} is a function`);
  }
  if ((toState === undefined) !== (fromState === undefined)) throw invalid(`${label} needs both toState and fromState`);
  if (toState === undefined) refusePrivateFields(made, label);
  const kind = kindOfBase(prototype, label, toState !== undefined);
  return { prototype, name, version, upgrade, toState, fromState, kind };
}

/** How instances are written: as what the first built-in class among the ancestors is. */
function kindOfBase(prototype: object, label: string, hasState: boolean): WrittenKind {
  for (let at: object | null = Object.getPrototypeOf(prototype); at !== null; at = Object.getPrototypeOf(at)) {
    const kind = kindOfPrototype(at);
    if (kind !== undefined) return kind;
    const constructor: unknown = Object.getOwnPropertyDescriptor(at, "constructor")?.value;
    if (!hasState && typeof constructor === "function" && isNative(constructor as Class)) {
      throw invalid(`${label} extends ${constructor.name}, which is not data; give toState and fromState`);
    }
  }
  return kindOfPrototype(Object.prototype)!;
}

function sourceOf(made: Class): string {
  return Function.prototype.toString.call(made);
}

function isNative(made: Class): boolean {
  return /\{\s*\[native code\]\s*\}$/.test(sourceOf(made));
}

const TEXT = /\/\*[^]*?\*\/|\/\/.*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g;
const PRIVATE = /(?:^|[^\w$#/[])(#[\p{ID_Start}_$][\p{ID_Continue}$]*)\s*[=;(]/u;

/**
 * Nobody outside a class can list its private fields, so that its instances would come back without them. They show in
 * the source of the class; so may comments and texts, which are taken out first.
 */
function refusePrivateFields(made: Class, label: string): void {
  for (let at: unknown = made; typeof at === "function"; at = Object.getPrototypeOf(at)) {
    const field = PRIVATE.exec(sourceOf(at as Class).replace(TEXT, " "))?.[1];
    if (field !== undefined) {
      throw invalid(`${label} has ${field}, which only the class itself can read; give toState and fromState`);
    }
  }
}

function invalid(what: string): ConfigurationError {
  return new ConfigurationError("InvalidOption", `Serializer json: ${what}.`);
}
