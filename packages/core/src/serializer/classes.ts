import { ConfigurationError } from "../errors.ts";
import { isContent } from "./content.ts";
import { notDeserializable } from "./refusal.ts";
import { shown } from "./refused.ts";

/** A class, as `class Point {}` gives it. */
export type Class<T extends object = object> = abstract new (...args: never[]) => T;

/** How instances of a class are stored: an entry of the option `classes` of a serializer. */
export interface ClassDefinition<T extends object = any, State = any> {
  readonly class: Class<T>;
  /** What stands for the class in the bytes; default its name. It must not change while there are bytes to read. */
  readonly name?: string;
  /** Counts up when the shape of what is stored changes; default 1. Bytes of an earlier version need `upgrade`. */
  readonly version?: number;
  /**
   * Given what bytes of an earlier `version` hold, gives what this version would: the own properties as an object, without
   * elements of an array and what errors hide (message, stack, cause), which stay; where there is `toState`, what that gave.
   */
  readonly upgrade?: (state: any, version: number) => State;
  /**
   * What is stored instead of the own properties: needed where the class has private fields. It must not lead back to the
   * instance, which is made from it.
   */
  readonly toState?: (instance: T) => State;
  /** Makes an instance from what `toState` gave; needed with it. */
  readonly fromState?: (state: State) => T;
}

const { defineProperty, getOwnPropertyDescriptor, hasOwn } = Object;
const { deleteProperty, ownKeys } = Reflect;
const OPTIONS: readonly string[] = ["class", "name", "version", "upgrade", "toState", "fromState"];
const MAX_VERSION = 0xffff_ffff;

/**
 * A class that may be stored and made, checked. `Kind` is how a serializer writes objects of one built-in class.
 *
 * Its functions run code of the user; what they throw becomes the cause of a `NotDeserializable`.
 */
export class RegisteredClass<Kind = unknown> {
  readonly prototype: object;
  /** What stands for it in the bytes. */
  readonly name: string;
  readonly version: number;
  /** How an instance is written but for its class: as what its class extends. */
  readonly kind: Kind;
  /** What is stored instead of the own properties; undefined where those are stored. */
  readonly toState: ((instance: object) => unknown) | undefined;
  readonly #fromState: ((state: unknown) => unknown) | undefined;
  readonly #upgrade: ((state: unknown, version: number) => unknown) | undefined;
  readonly #kindOf: (prototype: object) => Kind | undefined;

  constructor(
    definition: Required<Pick<ClassDefinition, "class" | "name" | "version">> & ClassDefinition,
    kind: Kind,
    kindOf: (prototype: object) => Kind | undefined,
  ) {
    this.prototype = definition.class.prototype as object;
    this.name = definition.name;
    this.version = definition.version;
    this.kind = kind;
    this.toState = definition.toState;
    this.#fromState = definition.fromState;
    this.#upgrade = definition.upgrade;
    this.#kindOf = kindOf;
  }

  /**
   * Makes an instance of what was made from the bytes as its built-in ancestor; no constructor runs. `NotDeserializable` where
   * the bytes hold another kind of object, none of whose methods would work: a Map that is none inside.
   */
  adopt(made: object): object {
    const ancestor = Object.getPrototypeOf(made) as object | null;
    if (ancestor !== null && this.#kindOf(ancestor) === this.kind) {
      return Object.setPrototypeOf(made, this.prototype) as object;
    }
    throw notDeserializable(
      `the value holds an instance of the class "${shown(this.name)}" that is not what the class extends`,
      "Register the class as it was when this was written.",
    );
  }

  /** Whether reading an instance may run a function of the user's. */
  get runsCode(): boolean {
    return this.#fromState !== undefined || this.#upgrade !== undefined;
  }

  /**
   * An instance from the state that `version` stored, brought up to date. `NotDeserializable` where the class is not
   * registered with `fromState`, or that gives no instance.
   */
  fromState(state: unknown, version: number): object {
    const fromState = this.#fromState;
    if (fromState === undefined) throw this.storedOtherwise("by toState()", "without fromState()");
    const current = version === this.version ? state : this.#upgraded(state, version);
    const made = this.#run("fromState", () => fromState(current));
    if (typeof made !== "object" || made === null || !Object.prototype.isPrototypeOf.call(this.prototype, made)) {
      throw notDeserializable(
        `fromState of the class "${shown(this.name)}" gave no instance of it`,
        "Give an instance of the class.",
      );
    }
    return made;
  }

  /**
   * Gives an instance the own properties of this version instead of those that `version` stored: `properties`, and what the
   * instance has beside them.
   */
  upgrade(instance: object, properties: object, version: number): void {
    for (const key of ownKeys(instance)) {
      if (isContent(instance, key)) continue;
      if (!hasOwn(properties, key)) defineProperty(properties, key, getOwnPropertyDescriptor(instance, key)!);
      deleteProperty(instance, key);
    }
    const after = this.#upgraded(properties, version);
    if (typeof after !== "object" || after === null) {
      throw notDeserializable(
        `upgrade of the class "${shown(this.name)}" gave no object`,
        "Give an object with the own properties of this version.",
      );
    }
    for (const key of ownKeys(after)) defineProperty(instance, key, getOwnPropertyDescriptor(after, key)!);
  }

  /** The error where the bytes hold an instance in the other of the two forms: own properties, or a state. */
  storedOtherwise(stored: string, read: string): Error {
    return notDeserializable(
      `an instance of the class "${shown(this.name)}" was stored ${stored}, and is read ${read}: it is registered otherwise here`,
      "Register the class as it was when this was written, or under another name.",
    );
  }

  /** Checks the version that the bytes name: `NotDeserializable` where it is newer, or older and there is no upgrade. */
  checkVersion(version: number): void {
    if (version === this.version) return;
    const isNewer = version > this.version;
    if (!isNewer && this.#upgrade !== undefined) return;
    throw notDeserializable(
      `the value holds version ${version} of the class "${shown(this.name)}", and version ${this.version} is registered here`,
      isNewer
        ? "Read it with the newer class."
        : "Register the class with upgrade(state, version), which makes the new state from the old one.",
    );
  }

  #upgraded(state: unknown, version: number): unknown {
    return this.#run("upgrade", () => this.#upgrade!(state, version));
  }

  #run<T>(hook: string, call: () => T): T {
    try {
      return call();
    } catch (cause) {
      const text = cause instanceof Error ? cause.message : String(cause);
      throw notDeserializable(
        `${hook} of the class "${shown(this.name)}" failed: ${text}`,
        "Correct it; the bytes are whole.",
        cause,
      );
    }
  }
}

/**
 * The classes that a serializer knows, from its option `classes`. No other class is ever made from bytes.
 *
 * A class without `toState` is stored as what its first built-in ancestor is, with its own properties; no constructor runs.
 */
export class ClassRegistry<Kind = unknown> {
  /** Whether reading may run a function of the user's, which is to be given whole values. */
  readonly runsCode: boolean;
  readonly #serializer: string;
  readonly #byPrototype = new Map<object, RegisteredClass<Kind>>();
  readonly #byName = new Map<string, RegisteredClass<Kind>>();

  /**
   * `serializer` is its type, for messages. `kindOf` says how objects with a built-in prototype are written, and gives
   * undefined for all other prototypes. Throws a `ConfigurationError` on a definition that could not work: a name that is
   * there twice, a private field that nobody else can read and no `toState`, an ancestor that is no data.
   */
  constructor(
    serializer: string,
    definitions: readonly (Class | ClassDefinition)[],
    kindOf: (prototype: object) => Kind | undefined,
  ) {
    this.#serializer = serializer;
    if (!Array.isArray(definitions)) throw this.#invalid("classes is a list: classes: [Point]");
    for (const definition of definitions) {
      const registered = this.#check(typeof definition === "function" ? { class: definition } : definition, kindOf);
      const { name, prototype } = registered;
      if (this.#byName.has(name)) {
        throw this.#invalid(`two classes have the name "${shown(name)}"; give one of them another: { class, name }`);
      }
      if (this.#byPrototype.has(prototype)) throw this.#invalid(`the class "${shown(name)}" is there twice`);
      this.#byName.set(name, registered);
      this.#byPrototype.set(prototype, registered);
    }
    this.runsCode = [...this.#byName.values()].some(({ runsCode }) => runsCode);
  }

  /** The class whose instances have that prototype; undefined where it is not registered. A subclass is another class. */
  ofPrototype(prototype: object | null): RegisteredClass<Kind> | undefined {
    return this.#byPrototype.size === 0 || prototype === null ? undefined : this.#byPrototype.get(prototype);
  }

  /** The class that the bytes name, in the version they hold; `NotDeserializable` where it cannot be read here. */
  find(name: string, version: number): RegisteredClass<Kind> {
    const found = this.#byName.get(name);
    if (found === undefined) {
      throw notDeserializable(
        `the value holds an instance of the class "${shown(name)}", which is not registered here`,
        `Register it where you read, as in ${this.#serializer}({ classes: [${shown(name)}] }).`,
      );
    }
    found.checkVersion(version);
    return found;
  }

  #check(option: ClassDefinition, kindOf: (prototype: object) => Kind | undefined): RegisteredClass<Kind> {
    if (typeof option !== "object" || option === null || typeof option.class !== "function") {
      throw this.#invalid("an entry of classes is a class or { class, name, version, … }");
    }
    const { class: made, name = made.name, version = 1, upgrade, toState, fromState } = option;
    const label = `the class "${shown(String(name))}"`;
    for (const key of Object.keys(option)) {
      if (!OPTIONS.includes(key)) {
        throw this.#invalid(`${label} has no option "${shown(key)}"; known: ${OPTIONS.join(", ")}`);
      }
    }
    if (typeof name !== "string" || name === "")
      throw this.#invalid("a class without a name needs one: { class, name }");
    const prototype: unknown = made.prototype;
    if (typeof prototype !== "object" || prototype === null) {
      throw this.#invalid(`${label} is a function without a prototype`);
    }
    if (kindOf(prototype) !== undefined) throw this.#invalid(`${label} is built in, and needs no registration`);
    if (!Number.isInteger(version) || version < 1 || version > MAX_VERSION) {
      throw this.#invalid(`the version of ${label} is a whole number from 1 on, not ${String(version)}`);
    }
    for (const [hook, value] of Object.entries({ upgrade, toState, fromState })) {
      if (value !== undefined && typeof value !== "function") throw this.#invalid(`${hook} of ${label} is a function`);
    }
    if ((toState === undefined) !== (fromState === undefined)) {
      throw this.#invalid(`${label} needs both toState and fromState`);
    }
    if (toState === undefined) this.#refusePrivateFields(made, label);
    return new RegisteredClass(
      { ...option, name, version },
      this.#baseKind(prototype, label, toState !== undefined, kindOf),
      kindOf,
    );
  }

  /** How instances are written: as what the first built-in class among the ancestors is. */
  #baseKind(
    prototype: object,
    label: string,
    hasState: boolean,
    kindOf: (prototype: object) => Kind | undefined,
  ): Kind {
    for (let at: object | null = Object.getPrototypeOf(prototype); at !== null; at = Object.getPrototypeOf(at)) {
      const kind = kindOf(at);
      if (kind !== undefined) return kind;
      const ancestor: unknown = Object.getOwnPropertyDescriptor(at, "constructor")?.value;
      if (!hasState && typeof ancestor === "function" && NATIVE.test(sourceOf(ancestor as Class))) {
        throw this.#invalid(`${label} extends ${ancestor.name}, which is not data; give toState and fromState`);
      }
    }
    return kindOf(Object.prototype)!;
  }

  /**
   * Private fields cannot be listed from outside, so that an instance would come back without them. They show in the source
   * of the class alone; strings and comments may show one too, and are taken out first.
   */
  #refusePrivateFields(made: Class, label: string): void {
    for (let at: unknown = made; typeof at === "function"; at = Object.getPrototypeOf(at)) {
      const source = sourceOf(at as Class);
      const field = source.startsWith("class") ? PRIVATE.exec(source.replace(TEXT, " "))?.[1] : undefined;
      if (field !== undefined) {
        throw this.#invalid(
          `${label} has the private field or method ${field}, which only the class itself can read; give toState and fromState`,
        );
      }
    }
  }

  #invalid(text: string): ConfigurationError {
    return new ConfigurationError("InvalidOption", `Serializer ${this.#serializer}: ${text}.`);
  }
}

function sourceOf(made: Class): string {
  return Function.prototype.toString.call(made);
}

const NATIVE = /\{\s*\[native code\]\s*\}$/;
const TEXT = /\/\*[^]*?\*\/|\/\/.*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g;
const PRIVATE = /(?:^|[^\w$#/[])(#[\p{ID_Start}_$][\p{ID_Continue}$]*)\s*[=;(]/u;
