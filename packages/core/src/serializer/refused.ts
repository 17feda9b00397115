import { isBuiltinInside, isProxy } from "./realm.ts";
import { Refusal } from "./refusal.ts";

/** Refuses a function or class, saying what it is and what to do. */
export function refuseFunction(value: { readonly name: unknown }): never {
  const isClass = /^class\b/.test(Function.prototype.toString.call(value));
  const name = Object.getOwnPropertyDescriptor(value, "name")?.value;
  const what = isClass ? "class" : "function";
  throw new Refusal(
    typeof name === "string" && name !== ""
      ? `the ${what} ${shown(name)} cannot be stored`
      : `a ${what} cannot be stored`,
    `A ${what} is code, and only data is stored: leave it out, or store the data it works on.`,
  );
}

/** Refuses a symbol that no other process has. */
export function refuseSymbol(symbol: symbol): never {
  throw new Refusal(
    `${shown(String(symbol))} is a symbol that only this process has`,
    "Use Symbol.for(name), which is the same in every process, or a string.",
  );
}

/** Refuses a property that is computed by code. */
export function refuseAccessor(key: PropertyKey): never {
  throw new Refusal(
    `the property ${typeof key === "string" ? JSON.stringify(key) : String(key)} is a getter or setter, which is code`,
    "Store a copy that holds its value, as in { ...object }.",
  );
}

/** Refuses a value that changed under the writer's hands. */
export function refuseChanged(): never {
  throw new Refusal("the value changed while it was written", "Write it when it rests; toState() must not change it.");
}

/** Refuses a Proxy: what it would answer is code. */
export function refuseProxy(): never {
  throw new Refusal("a Proxy cannot be stored", "Store a plain copy of what it stands for, as in { ...proxy }.");
}

/**
 * Refuses an object with the prototype of a literal, or none, that is something else inside: a Proxy, `arguments`, or, say,
 * a Date that was given another prototype.
 */
export function refuseOtherInside(value: object): void {
  if (isProxy(value)) refuseProxy();
  if (Object.prototype.toString.call(value) === "[object Arguments]") {
    throw new Refusal("an arguments object cannot be stored", "Store an array, as in [...arguments].");
  }
  if (isBuiltinInside(value)) refusePretender(value, "an object literal");
}

/** Refuses an object that none of the known kinds covers. `serializer` is the name of the function that takes `classes`. */
export function refuseObject(value: object, serializer: string): never {
  const named = classOf(value);
  if (named === undefined) {
    throw new Refusal(
      "an object whose prototype is no class cannot be stored",
      "Copy it into a plain object, as in { ...object }.",
    );
  }
  const { name } = named;
  const hint = isPlatforms(named) ? HINTS[name] : undefined;
  if (hint !== undefined) {
    throw new Refusal(`${/^[AEIOU]/.test(name) ? "an" : "a"} ${name} cannot be stored`, hint);
  }
  if (name === "") {
    throw new Refusal(
      "an instance of a class without a name cannot be stored: the class is not registered",
      `Give the class a name and register it, as in ${serializer}({ classes: [Point] }), or store a plain object with its data.`,
    );
  }
  throw new Refusal(
    `an instance of the class ${shown(name)} cannot be stored: the class is not registered`,
    `Register it where you write and where you read, as in ${serializer}({ classes: [${shown(name)}] }), or store a plain object with its data.`,
  );
}

/** Refuses an object whose prototype says that it is a Map, say, and whose inside is none. `what`: `"a Map"`. */
export function refusePretender(value: object, what: string): never {
  if (isProxy(value)) refuseProxy();
  const named = classOf(value);
  if (named === undefined) {
    throw new Refusal("an object was given the prototype of another kind", "Store a plain object with its data.");
  }
  throw new Refusal(
    `an object has the prototype of ${shown(named.name)}, but is not ${what}`,
    "Store a plain object with its data.",
  );
}

const HINTS: Readonly<Record<string, string>> = {
  Promise: "Await it, and store what it gives.",
  WeakRef: "Store what it refers to.",
  WeakMap: "What it holds cannot be listed; store a Map.",
  WeakSet: "What it holds cannot be listed; store a Set.",
  FinalizationRegistry: "Leave it out.",
  Generator: "Store the list of what it yields, as in [...generator].",
  AsyncGenerator: "Store the list of what it yields.",
  Iterator: "Store the list of what it yields, as in [...iterator].",
  Blob: "Store its bytes: await blob.bytes(), or new Uint8Array(await blob.arrayBuffer()).",
  File: "Store its name and its bytes: new Uint8Array(await file.arrayBuffer()).",
  FormData: "Store its entries, as in [...formData].",
  Request: "Store its url, method, headers and body as data.",
  Response: "Store its status, headers and body as data: await response.text().",
  ReadableStream: "Store the stream as the whole result, or its bytes.",
  WritableStream: "Leave it out: it is a connection, not data.",
  TransformStream: "Leave it out: it is a connection, not data.",
  Readable: "Store the stream as the whole result, or its bytes.",
  Duplex: "Leave it out: it is a connection, not data.",
  AbortController: "Leave it out: it belongs to what is running now.",
  AbortSignal: "Leave it out: it belongs to what is running now.",
  SharedArrayBuffer: "Store a copy of its bytes: new Uint8Array(shared).slice().",
  Arguments: "Store an array, as in [...arguments].",
  Module: "Store a plain copy, as in { ...module }.",
  Collator: "Store the locale and the options it was made with.",
  DateTimeFormat: "Store the locale and the options it was made with.",
  DisplayNames: "Store the locale and the options it was made with.",
  DurationFormat: "Store the locale and the options it was made with.",
  ListFormat: "Store the locale and the options it was made with.",
  Locale: "Store its text: String(locale).",
  NumberFormat: "Store the locale and the options it was made with.",
  PluralRules: "Store the locale and the options it was made with.",
  RelativeTimeFormat: "Store the locale and the options it was made with.",
  Segmenter: "Store the locale and the options it was made with.",
};

interface Named {
  readonly name: string;
  /** Undefined for generators, which have no class. */
  readonly made?: unknown;
}

/** The class of an object, found without running any code of it; undefined where it has none. */
export function classOf(value: object): Named | undefined {
  for (let at: object | null = Object.getPrototypeOf(value); at !== null; at = Object.getPrototypeOf(at)) {
    const tag: unknown = Object.getOwnPropertyDescriptor(at, Symbol.toStringTag)?.value;
    if (tag === "Generator" || tag === "AsyncGenerator") return { name: tag };
    if (typeof tag === "string" && tag.endsWith(" Iterator")) return { name: "Iterator" };
    const made: unknown = Object.getOwnPropertyDescriptor(at, "constructor")?.value;
    if (made === Object) return undefined;
    if (typeof made === "function") {
      const name: unknown = Object.getOwnPropertyDescriptor(made, "name")?.value;
      return { name: typeof name === "string" ? name : "", made };
    }
  }
  return undefined;
}

/** Whether the class is the platform's own: anybody may have a class Request. */
function isPlatforms({ name, made }: Named): boolean {
  if (typeof made !== "function" || (globalThis as Record<string, unknown>)[name] === made) return true;
  return (
    /\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(made)) ||
    name === "Readable" ||
    name === "Duplex"
  );
}

/** A name from the data, short enough for a message. */
export function shown(name: string): string {
  return name.length > 60 ? `${name.slice(0, 60)}…` : name;
}
