import { globalNamed, type Values } from "./kind.ts";

/** Kinds of values that no bytes can stand for: code, identity, things that are under way. */
export type RefusedKind =
  | "getters"
  | "getters that throw"
  | "functions"
  | "classes"
  | "unique symbols"
  | "WeakRefs"
  | "WeakMaps and WeakSets"
  | "Promises"
  | "generators"
  | "Blobs"
  | "streams"
  | "AbortControllers"
  | "objects of Intl"
  | "instances of an unregistered class"
  | "instances of an unregistered subclass of Error"
  | "instances with private fields"
  | "instances with toJSON";

class Stranger {
  a = 1;
}
class StrangeError extends Error {}
class Secretive {
  readonly #secret = 1;
  open = 2;
  reveal(): number {
    return this.#secret;
  }
}
class Telling {
  a = 1;
  toJSON(): string {
    return "told";
  }
}

function everywhere(make: () => unknown): Values {
  return [make, () => [1, make()], () => ({ a: { b: make() } })];
}

function maybe(name: string, make: (found: new (...args: unknown[]) => object) => unknown): Values {
  const found = globalNamed<new (...args: unknown[]) => object>(name);
  return found === undefined ? [] : everywhere(() => make(found));
}

/** Values of these kinds. */
export const refused: Readonly<Record<RefusedKind, Values>> = {
  getters: [
    () => ({
      get a() {
        return 1;
      },
    }),
    () => [
      {
        b: 1,
        get a() {
          return {};
        },
        set a(_value) {},
      },
    ],
    () => ({ a: Object.defineProperty([1], 0, { get: () => 1, enumerable: true, configurable: true }) }),
  ],
  "getters that throw": everywhere(() => ({
    get a(): unknown {
      throw new Error("a getter ran");
    },
  })),
  functions: [() => () => 1, () => [async () => 1, function* () {}], () => ({ a: { b() {} }, c: Math.max })],
  classes: everywhere(() => Stranger),
  "unique symbols": [() => Symbol("a"), () => [Symbol("")], () => ({ [Symbol("key")]: 1 })],
  WeakRefs: everywhere(() => new WeakRef({})),
  "WeakMaps and WeakSets": [() => new WeakMap(), () => [new WeakSet()], () => ({ a: new WeakMap([[{}, 1]]) })],
  Promises: everywhere(() => Promise.resolve(1)),
  generators: everywhere(() =>
    (function* () {
      yield 1;
    })(),
  ),
  Blobs: maybe("Blob", (Blob) => new Blob(["text"])),
  streams: maybe("ReadableStream", (ReadableStream) => new ReadableStream()),
  AbortControllers: maybe("AbortController", (AbortController) => new AbortController()),
  "objects of Intl": [
    () => new Intl.NumberFormat("en"),
    () => [new Intl.Collator("en")],
    () => ({ a: new Intl.DateTimeFormat("en") }),
  ],
  "instances of an unregistered class": [
    () => new Stranger(),
    () => [new (class extends Stranger {})()],
    () => ({ a: Object.create({ b: 1 }) }),
  ],
  "instances of an unregistered subclass of Error": everywhere(() => new StrangeError("x")),
  "instances with private fields": everywhere(() => new Secretive()),
  "instances with toJSON": [
    () => new Telling(),
    () => [{ a: 1, toJSON: () => "told" }],
    () => ({ a: new Telling(), b: 1 }),
  ],
};
