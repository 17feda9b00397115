import type { ClassDefinition } from "@coatcheck/serializer-msgpack";

// What must stay as it is while strangers' bytes are read, and what must not run.

/** What ran or was reached, though nothing should have; emptied by whoever looks. */
export const alarms: string[] = [];

const alarm = (what: string) => (): never => {
  alarms.push(what);
  throw new Error(`${what} ran`);
};

/** A registered class all of whose code raises an alarm: reading sets its prototype and own properties, and runs nothing. */
export class Point {
  declare x: unknown;
  constructor() {
    alarm("the constructor of Point")();
  }
  set y(_value: unknown) {
    alarm("a setter of Point")();
  }
  get z(): unknown {
    return alarm("a getter of Point")();
  }
  // oxlint-disable-next-line unicorn/no-thenable -- that is the trap
  get then(): unknown {
    return alarm("the getter then of Point")();
  }
  toJSON(): unknown {
    return alarm("toJSON of Point")();
  }
  [Symbol.toPrimitive](): unknown {
    return alarm("toPrimitive of Point")();
  }
}

/** An instance, made as a reader makes it. */
export const point = (properties: object): Point =>
  Object.defineProperties(Object.create(Point.prototype) as Point, Object.getOwnPropertyDescriptors(properties));

/** A registered class with a private state, whose registered code alone may make one. */
export class Money {
  #cents = 0;
  static of(cents: unknown): Money {
    if (typeof cents !== "number") throw new TypeError("cents are a number");
    const money = new Money();
    money.#cents = cents;
    return money;
  }
  get cents(): number {
    return this.#cents;
  }
}

/** Registered subclasses of built-in classes whose own methods raise an alarm. */
export class List extends Array<unknown> {
  override push(): never {
    return alarm("push of List")();
  }
}
export class Dictionary extends Map<unknown, unknown> {
  override set(): never {
    return alarm("set of Dictionary")();
  }
}
export class Crowd extends Set<unknown> {
  override add(): never {
    return alarm("add of Crowd")();
  }
}
export class Failure extends Error {}

/** How they are registered with a serializer. */
export const classes: readonly (ClassDefinition | (new () => object))[] = [
  { class: Point, version: 2, upgrade: (old: object) => ({ ...old }) },
  { class: Money, toState: ({ cents }: Money) => cents, fromState: (cents: unknown) => Money.of(cents) },
  List,
  Dictionary,
  Crowd,
  Failure,
];

/** The classes of this runtime and their prototypes. */
const { Temporal = {} } = globalThis as { Temporal?: object };
const builtins = [...classesOf(globalThis), ...classesOf(Temporal)];
function classesOf(namespace: object): (readonly [name: string, object: object])[] {
  return Object.getOwnPropertyNames(namespace).flatMap((name) => {
    // Node makes some of its classes when they are first looked at.
    const value: unknown = /^[A-Z]/.test(name) ? Reflect.get(namespace, name) : undefined;
    if (typeof value !== "function") return [];
    const prototype: unknown = value.prototype;
    const isObject = typeof prototype === "object" && prototype !== null;
    return [[name, value] as const, ...(isObject ? [[`${name}.prototype`, prototype] as const] : [])];
  });
}
const watched = [
  ...builtins,
  ...[Point, Money, List, Dictionary, Crowd, Failure].map((each) => [each.name, each.prototype] as const),
];

/** The prototypes that a value may have: of this runtime's classes and of the registered ones. */
export const knownPrototypes: ReadonlySet<unknown> = new Set<unknown>([null, ...watched.map(([, object]) => object)]);

let before: readonly PropertyDescriptorMap[] = [];
let counts: readonly number[] = [];
let globals = 0;

/** From here on, built-in objects and the registered classes stay as they are now. */
export function startWatching(): void {
  before = watched.map(([, object]) => Object.getOwnPropertyDescriptors(object));
  counts = watched.map(([, object]) => Reflect.ownKeys(object).length);
  globals = Reflect.ownKeys(globalThis).length;
}

/** Which of them got or lost a property since {@link startWatching}; cheap, for every input. */
export function changedBuiltin(): string | undefined {
  if (Reflect.ownKeys(globalThis).length !== globals) return "globalThis";
  const at = watched.findIndex(([, object], index) => Reflect.ownKeys(object).length !== counts[index]);
  return at < 0 ? undefined : watched[at]![0];
}

/** Which property of one was added, lost or replaced. */
export function replacedBuiltin(): string | undefined {
  for (const [index, [name, object]] of watched.entries()) {
    for (const key of Reflect.ownKeys(object)) {
      const now = Object.getOwnPropertyDescriptor(object, key);
      const then = before[index]![key as string];
      if (Object.is(now?.value, then?.value) && now?.get === then?.get && now?.set === then?.set) continue;
      return `${String(key)} of ${name}`;
    }
  }
  return changedBuiltin();
}

/** Has every way out of this process raise an alarm: reading reaches nothing. */
export function closeTheWaysOut(): void {
  const module = (name: string): Record<string, unknown> =>
    process.getBuiltinModule(`node:${name}`) as unknown as Record<string, unknown>;
  const { prototype: socket } = module("net")["Socket"] as { prototype: Record<string, unknown> };
  const files = ["open", "openSync", "readFile", "readFileSync", "readdir", "stat", "mkdir", "writeFile"];
  const processes = ["spawn", "spawnSync", "exec", "execFile", "fork"];
  const ways: readonly (readonly [string, Record<string, unknown>, readonly string[]])[] = [
    ["globalThis", globalThis as unknown as Record<string, unknown>, ["fetch", "eval"]],
    ["Socket", socket, ["connect"]],
    ["fs", module("fs"), files],
    ["fs.promises", module("fs")["promises"] as Record<string, unknown>, files],
    ["child_process", module("child_process"), processes],
  ];
  for (const [owner, object, names] of ways) {
    for (const name of names) {
      const original = object[name] as ((...all: unknown[]) => unknown) | undefined;
      if (original === undefined) continue;
      const ring = alarm(`${owner}.${name}`);
      object[name] = (...all: unknown[]) =>
        owner.startsWith("fs") && isSettings(all[0]) ? original.apply(object, all) : ring();
    }
  }
}

/** The reader's own settings, where the storages that references may name are written down. */
function isSettings(path: unknown): boolean {
  return typeof path === "string" && /[\\/](coatcheck\.config|config|blocks|settings)\.json$/.test(path);
}
