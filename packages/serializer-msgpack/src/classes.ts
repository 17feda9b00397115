import { ConfigurationError } from "@coatcheck/core";
import { builtinKind, type KindOf } from "./kinds.ts";
import { shown } from "./refused.ts";

/** A class, as `class Point {}` gives it. */
export type Class<T extends object = object> = abstract new (...args: never[]) => T;

/** How instances of a class are stored: see {@link MsgpackOptions.classes}. */
export interface ClassDefinition<T extends object = any, State = any> {
  readonly class: Class<T>;
  /** What stands for the class in the bytes; default its name. It must not change while there are bytes to read. */
  readonly name?: string;
  /** Counts up when the shape of what is stored changes; default 1. Bytes of another version need `upgrade`. */
  readonly version?: number;
  /**
   * Given what bytes of an earlier `version` hold (the own properties as an object; what `toState` gave, where there is
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
  readonly fromState: ((state: unknown) => object) | undefined;
  /** How an instance is written but for its class: as what its class extends. */
  readonly kindOf: KindOf;
}

/** The classes that a serializer knows. No other class is ever made. */
export class Classes {
  readonly #byPrototype = new Map<object, Definition>();
  readonly #byName = new Map<string, Definition>();

  constructor(options: readonly (Class | ClassDefinition)[]) {
    if (!Array.isArray(options)) throw invalid("classes is a list: classes: [Point]");
    for (const option of options) {
      const definition = define(typeof option === "function" ? { class: option } : option);
      if (this.#byName.has(definition.name)) {
        throw invalid(
          `two classes have the name "${shown(definition.name)}"; give one of them another with { class, name }`,
        );
      }
      if (this.#byPrototype.has(definition.prototype))
        throw invalid(`the class "${shown(definition.name)}" is there twice`);
      this.#byName.set(definition.name, definition);
      this.#byPrototype.set(definition.prototype, definition);
    }
  }

  ofPrototype(prototype: object): Definition | undefined {
    return this.#byPrototype.size === 0 ? undefined : this.#byPrototype.get(prototype);
  }

  ofName(name: string): Definition | undefined {
    return this.#byName.get(name);
  }

  /** The names of all, for messages. */
  names(): readonly string[] {
    return [...this.#byName.keys()];
  }
}

function define(option: ClassDefinition): Definition {
  if (typeof option !== "object" || option === null || typeof option.class !== "function") {
    throw invalid(`an entry of classes is a class or { class, name, version, … }`);
  }
  const { class: made, version = 1, upgrade, toState, fromState } = option;
  const name = option.name ?? made.name;
  const prototype: unknown = made.prototype;
  const label = `the class "${shown(String(name))}"`;
  for (const key of Object.keys(option)) {
    if (!OPTIONS.has(key)) throw invalid(`${label} has no option "${shown(key)}"; known: ${[...OPTIONS].join(", ")}`);
  }
  if (typeof name !== "string" || name === "") throw invalid("a class without a name needs one: { class, name }");
  if (typeof prototype !== "object" || prototype === null) throw invalid(`${label} is a function without a prototype`);
  if (builtinKind(prototype) !== undefined) throw invalid(`${label} is built in, and needs no registration`);
  if (!Number.isInteger(version) || version < 1 || version > 0xffff_ffff) {
    throw invalid(`the version of ${label} is a whole number from 1 on, not ${String(version)}`);
  }
  for (const [hook, value] of Object.entries({ upgrade, toState, fromState })) {
    if (value !== undefined && typeof value !== "function") throw invalid(`${hook} of ${label} is a function`);
  }
  if ((toState === undefined) !== (fromState === undefined)) throw invalid(`${label} needs both toState and fromState`);
  if (toState === undefined) refusePrivateFields(made, label);
  return {
    prototype,
    name,
    version,
    upgrade,
    toState,
    fromState,
    kindOf: baseKind(prototype, label, toState !== undefined),
  };
}

const OPTIONS = new Set(["class", "name", "version", "upgrade", "toState", "fromState"]);

/** How instances are written: as what the first built-in class among its ancestors is. */
function baseKind(prototype: object, label: string, hasState: boolean): KindOf {
  for (let at: object | null = Object.getPrototypeOf(prototype); at !== null; at = Object.getPrototypeOf(at)) {
    const kind = builtinKind(at);
    if (kind !== undefined) return kind;
    const made: unknown = Object.getOwnPropertyDescriptor(at, "constructor")?.value;
    const isNative = typeof made === "function" && NATIVE.test(Function.prototype.toString.call(made));
    if (isNative && !hasState) {
      throw invalid(`${label} extends ${made.name}, which is not data; give toState and fromState`);
    }
  }
  return builtinKind(Object.prototype)!;
}

const NATIVE = /\{\s*\[native code\]\s*\}$/;

/**
 * Private fields cannot be listed from outside, so that an instance would come back without them. They show in the source
 * of the class alone; strings and comments may show one too, and are taken out first.
 */
function refusePrivateFields(made: Class, label: string): void {
  for (let at: unknown = made; typeof at === "function"; at = Object.getPrototypeOf(at)) {
    const source = Function.prototype.toString.call(at);
    if (!source.startsWith("class")) continue;
    const code = source.replace(/\/\*[^]*?\*\/|\/\/.*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g, " ");
    const field = /(?:^|[^\w$#/[])(#[\p{ID_Start}_$][\p{ID_Continue}$]*)\s*[=;(]/u.exec(code)?.[1];
    if (field !== undefined) {
      throw invalid(
        `${label} has the private field or method ${field}, which only the class itself can read; give toState and fromState`,
      );
    }
  }
}

function invalid(text: string): ConfigurationError {
  return new ConfigurationError("InvalidOption", `Serializer msgpack: ${text}.`);
}
