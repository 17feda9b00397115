// Looked up once: in a node:vm context, where jest runs tests, each look at a global is slow.
const { getPrototypeOf } = Object;
const { toString } = Object.prototype;
const { isArray } = Array;
const { isView } = ArrayBuffer;

/** What a built-in object holds where no property shows it. */
export interface Content {
  /** The built-in class whose instance it is, by its own mark and not by its prototype. */
  readonly kind: string;
  readonly parts: readonly unknown[];
}

interface Reader {
  /** Throws on what is no instance of the class, whatever its prototype says. */
  readonly check: (value: object) => unknown;
  readonly read: (value: never) => readonly unknown[];
}

/** Reads with a method or getter of the class, which throws on what is none of its instances. */
function marked(prototype: object, name: PropertyKey, read?: Reader["read"]): Reader {
  const property = Object.getOwnPropertyDescriptor(prototype, name);
  const method = (property?.get ?? property?.value) as () => unknown;
  const check = (value: object): unknown => Reflect.apply(method, value, []);
  return { check, read: read ?? ((value) => [check(value)]) };
}

function prototypeOf(name: string): object | undefined {
  return (globalThis as unknown as Record<string, { prototype: object } | undefined>)[name]?.prototype;
}

/** Bytes as one text, so that two can be compared at once; a character for each byte. */
function textOf(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.byteLength; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}

const list = (value: Iterable<readonly unknown[]>): readonly unknown[] => [...value].flat();

const readers: Readonly<Record<string, (prototype: object) => Reader>> = {
  Date: (prototype) => marked(prototype, "getTime"),
  RegExp: (prototype) => marked(prototype, "source", (value: RegExp) => [value.source, value.flags]),
  Map: (prototype) =>
    marked(prototype, "size", (value: Map<unknown, unknown>) => list(Map.prototype.entries.call(value))),
  Set: (prototype) => marked(prototype, "size", (value: Set<unknown>) => [...Set.prototype.values.call(value)]),
  ArrayBuffer: (prototype) =>
    marked(prototype, "byteLength", (value: ArrayBuffer & { resizable?: boolean; maxByteLength?: number }) => {
      return [value.resizable, value.maxByteLength, textOf(new Uint8Array(value))];
    }),
  Number: (prototype) => marked(prototype, "valueOf"),
  String: (prototype) => marked(prototype, "valueOf"),
  Boolean: (prototype) => marked(prototype, "valueOf"),
  BigInt: (prototype) => marked(prototype, "valueOf"),
  Symbol: (prototype) => marked(prototype, "valueOf"),
  URL: (prototype) => marked(prototype, "href"),
  URLSearchParams: (prototype) => marked(prototype, "toString", list),
  Headers: (prototype) => marked(prototype, "keys", list),
  DOMException: (prototype) => marked(prototype, "code", (value: DOMException) => [value.name, value.message]),
};

const byPrototype = new Map<object, readonly [kind: string, reader: Reader]>();
for (const [kind, make] of Object.entries(readers)) {
  const prototype = prototypeOf(kind);
  if (prototype !== undefined) byPrototype.set(prototype, [kind, make(prototype)]);
}
const byKind = new Map(byPrototype.values());

function tagOf(value: unknown): string {
  return toString.call(value).slice(8, -1);
}

/** What a built-in object holds beside its properties; undefined for all others. */
export function contentOf(value: object): Content | undefined {
  if (isArray(value)) return { kind: "Array", parts: [] };
  if (isView(value)) {
    const kind: unknown = value instanceof DataView ? "DataView" : (value as Uint8Array)[Symbol.toStringTag];
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    return { kind: String(kind), parts: [value.byteLength, textOf(bytes)] };
  }
  const tag = tagOf(value);
  if (tag === "Error") return { kind: "Error", parts: [] };
  const [kind, reader] = readerOf(value) ?? [tag, byKind.get(tag)];
  if (reader !== undefined) return isMarked(reader, value) ? { kind, parts: reader.read(value as never) } : undefined;
  return tag.startsWith("Temporal.") ? { kind: tag, parts: [String(value as { toString(): string })] } : undefined;
}

/** By the built-in class it extends; one of another realm is found by its tag. */
function readerOf(value: object): readonly [kind: string, reader: Reader] | undefined {
  for (let at: object | null = value; at !== null; at = getPrototypeOf(at) as object | null) {
    const found = byPrototype.get(at);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isMarked({ check }: Reader, value: object): boolean {
  try {
    check(value);
    return true;
  } catch {
    return false;
  }
}

const opaque =
  /^(Promise|WeakMap|WeakSet|WeakRef|FinalizationRegistry|(Async)?Generator|.* Iterator|Blob|File|\w*Stream|AbortController|AbortSignal|Intl\..*|Intl|MessagePort|CryptoKey|Request|Response|FormData)$/;

/** Whether the object hides what it holds, so that nobody can say whether another is equal. */
export function isOpaque(value: object): boolean {
  return opaque.test(tagOf(value));
}
