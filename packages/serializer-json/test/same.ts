/**
 * Says where two values differ, or undefined where nobody could tell them apart: the same prototypes, own properties with
 * their attributes and order, holes, content of built-ins, and the same sharing of objects and buffers, cycles included.
 */
export function difference(actual: unknown, expected: unknown): string | undefined {
  const pairs = new Pairs();
  const queue: Step[] = [[actual, expected, "$"]];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const [a, b, path] = next;
    if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) {
      if (!Object.is(a, b)) return `${path}: ${describe(a)} is not ${describe(b)}`;
      continue;
    }
    const before = pairs.met(a, b);
    if (before === "other") return `${path}: shared otherwise`;
    if (before === "same") continue;
    const found = compare(a, b, path, queue, pairs);
    if (found !== undefined) return found;
  }
  return undefined;
}

type Step = [actual: unknown, expected: unknown, path: string];

/** Which object stands for which. */
class Pairs {
  readonly #of = new Map<object, object>();
  readonly #back = new Map<object, object>();

  met(a: object, b: object): "new" | "same" | "other" {
    if (this.#of.has(a) || this.#back.has(b)) {
      return this.#of.get(a) === b && this.#back.get(b) === a ? "same" : "other";
    }
    this.#of.set(a, b);
    this.#back.set(b, a);
    return "new";
  }
}

function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 80));
  return Object.is(value, -0) ? "-0" : String(value);
}

function compare(a: object, b: object, path: string, queue: Step[], pairs: Pairs): string | undefined {
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return `${path}: another prototype`;
  if (Object.isExtensible(a) !== Object.isExtensible(b)) return `${path}: open ${Object.isExtensible(a)}`;
  if (ArrayBuffer.isView(a) && ArrayBuffer.isView(b) && !isPooled(b) && pairs.met(a.buffer, b.buffer) === "other") {
    return `${path}: its buffer is shared otherwise`;
  }
  const [contentA, contentB] = [content(a), content(b)];
  if (contentA.length !== contentB.length) return `${path}: ${contentA.length} parts, not ${contentB.length}`;
  contentA.forEach((part, index) => queue.push([part, contentB[index], `${path}<${index}>`]));
  const [keysA, keysB] = [keysOf(a), keysOf(b)];
  if (keysA.length !== keysB.length) {
    return `${path}: the keys ${keysA.map(String).join()}, not ${keysB.map(String).join()}`;
  }
  for (const [index, key] of keysA.entries()) {
    if (key !== keysB[index]) return `${path}: the key ${String(key)}, not ${String(keysB[index])}`;
    const [one, other] = [Object.getOwnPropertyDescriptor(a, key)!, Object.getOwnPropertyDescriptor(b, key)!];
    for (const attribute of ["enumerable", "writable", "configurable"] as const) {
      if (key !== "stack" && one[attribute] !== other[attribute]) return `${path}.${String(key)}: ${attribute} differs`;
    }
    queue.push([read(a, key, one), read(b, key, other), `${path}.${String(key)}`]);
  }
  return undefined;
}

/** Small Buffers share a block of Node's by chance. */
function isPooled(view: ArrayBufferView): boolean {
  return Buffer.isBuffer(view) && view.byteLength < view.buffer.byteLength;
}

function keysOf(object: object): PropertyKey[] {
  const keys = Reflect.ownKeys(object);
  return ArrayBuffer.isView(object) ? keys.filter((key) => typeof key === "symbol" || !/^\d+$/.test(key)) : keys;
}

function read(object: object, key: PropertyKey, property: PropertyDescriptor): unknown {
  return key === "stack" ? (object as Error).stack : (property.value as unknown);
}

/** What a built-in holds where no property shows it. */
function content(value: object): unknown[] {
  if (value instanceof Date) return [value.getTime()];
  if (value instanceof RegExp) return [value.source, value.flags];
  if (value instanceof Map) return [...value].flat();
  if (value instanceof Set) return [...value];
  if (value instanceof URL) return [value.href, value.searchParams];
  if (value instanceof URLSearchParams || value instanceof Headers) return [...value].flat();
  if (value instanceof DOMException) return [value.name, value.message, value.code];
  if (value instanceof ArrayBuffer) {
    const { resizable, maxByteLength } = value as { resizable?: boolean; maxByteLength?: number };
    return [resizable, maxByteLength, Buffer.from(value).toString("hex")];
  }
  if (ArrayBuffer.isView(value)) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return [Object.prototype.toString.call(value), bytes.toString("hex")];
  }
  const tag = Object.prototype.toString.call(value);
  const isBoxed = ["Number", "String", "Boolean", "BigInt", "Symbol"].some((name) => tag === `[object ${name}]`);
  if (isBoxed) return [(value as { valueOf(): unknown }).valueOf()];
  return tag.startsWith("[object Temporal.") ? [(value as { toString(): string }).toString()] : [];
}
