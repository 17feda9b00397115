const { getOwnPropertyDescriptor, getPrototypeOf } = Object;
const sourceOf = Function.prototype.toString;

/** What is used of Node's module `util`. */
export interface NodeUtil {
  inspect(value: unknown, options: object): string;
  readonly types: Readonly<Record<string, ((value: unknown) => boolean) | undefined>> & {
    isProxy(value: unknown): boolean;
    isNativeError(value: unknown): boolean;
  };
}

/** Node's module `util`, where there is one: it tells what the language hides. */
export const util: NodeUtil | undefined = (
  globalThis as { process?: { getBuiltinModule?(name: string): NodeUtil | undefined } }
).process?.getBuiltinModule?.("node:util");

/** Whether an object is a Proxy; false where nothing can tell. */
export const isProxy: (value: unknown) => boolean = util?.types.isProxy ?? (() => false);

/** Whether an object is an error of the language, or of a class that extends one. Without Node's `util`, one with a tag of its own is not. */
export function isNativeError(value: object): boolean {
  if (util !== undefined) return util.types.isNativeError(value);
  return Object.prototype.toString.call(value) === "[object Error]" && !(Symbol.toStringTag in value);
}

const INSIDES = [
  "isMap",
  "isSet",
  "isWeakMap",
  "isWeakSet",
  "isPromise",
  "isAnyArrayBuffer",
  "isArrayBufferView",
  "isMapIterator",
  "isSetIterator",
  "isGeneratorObject",
  "isBoxedPrimitive",
  "isDate",
  "isRegExp",
  "isNativeError",
];

/**
 * Whether an object is something of the language inside, a Map say, whatever its prototype. Without Node's `util` that shows
 * of the older kinds only.
 */
export function isBuiltinInside(value: object): boolean {
  if (Array.isArray(value) || (util !== undefined && INSIDES.some((is) => util.types[is]?.(value)))) return true;
  const tag = Object.prototype.toString.call(value);
  return TAGS.has(tag) && getOwnPropertyDescriptor(value, Symbol.toStringTag) === undefined;
}

// The tags that come from inside an object, and not from a property that anybody may set.
const TAGS = new Set(["Boolean", "Date", "Error", "Number", "RegExp", "String"].map((name) => `[object ${name}]`));

/**
 * The name of the built-in class whose prototype this is, in whichever realm it was made: a `node:vm` context and an
 * iframe have a Map of their own. Undefined where it is none. It says what the prototype is, not what the object is:
 * whoever goes by it checks the object itself.
 */
export function builtinName(prototype: object): string | undefined {
  const property = getOwnPropertyDescriptor(prototype, "constructor");
  // Node puts prototypes whose `constructor` is a getter between its own errors and TypeError.
  if (property?.get !== undefined) {
    const parent: object | null = getPrototypeOf(prototype);
    const name = parent === null ? undefined : builtinName(parent);
    return name?.endsWith("Error") === true ? name : undefined;
  }
  const made: unknown = property?.value;
  if (typeof made !== "function" || made.prototype !== prototype) return undefined;
  const { name } = made as { readonly name: unknown };
  if (typeof name !== "string") return undefined;
  const isNative = sourceOf.call(made) === `function ${name}() { [native code] }`;
  return isNative || isPlatformClass(name, made) ? name : undefined;
}

/** Whether this is the platform's own class of that name, as `URL` is; the class is loaded only now. */
function isPlatformClass(name: string, made: unknown): boolean {
  return PLATFORM.has(name) && (globalThis as Record<string, unknown>)[name] === made;
}

const PLATFORM = new Set(["Buffer", "URL", "URLSearchParams", "Headers", "DOMException"]);
