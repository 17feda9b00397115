/**
 * Says where two values differ, or undefined where nobody could tell them apart: the same prototypes, own properties,
 * their order, holes, content of built-ins, and the same sharing of objects, cycles included.
 */
export function difference(actual: unknown, expected: unknown): string | undefined {
  const partner = new Map<object, object>();
  const back = new Map<object, object>();
  const queue: [unknown, unknown, string][] = [[actual, expected, "$"]];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const [a, b, path] = next;
    if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) {
      if (!Object.is(a, b)) return `${path}: ${describe(a)} is not ${describe(b)}`;
      continue;
    }
    if (partner.has(a) || back.has(b)) {
      if (partner.get(a) !== b || back.get(b) !== a) return `${path}: shared otherwise`;
      continue;
    }
    partner.set(a, b);
    back.set(b, a);
    const found = compare(a, b, path, queue);
    if (found !== undefined) return found;
  }
  return undefined;
}

function describe(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : Object.is(value, -0) ? "-0" : String(value);
}

function compare(a: object, b: object, path: string, queue: [unknown, unknown, string][]): string | undefined {
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return `${path}: another prototype`;
  const [contentA, contentB] = [content(a), content(b)];
  if (contentA.length !== contentB.length) return `${path}: ${contentA.length} parts, not ${contentB.length}`;
  contentA.forEach((part, index) => queue.push([part, contentB[index], `${path}<${index}>`]));
  const keys = ArrayBuffer.isView(a) ? [[], []] : [Reflect.ownKeys(a), Reflect.ownKeys(b)];
  if (keys[0]!.length !== keys[1]!.length)
    return `${path}: the keys ${keys[0]!.map(String)}, not ${keys[1]!.map(String)}`;
  for (const [index, key] of keys[0]!.entries()) {
    if (key !== keys[1]![index]) return `${path}: the key ${String(key)}, not ${String(keys[1]![index])}`;
    const [one, other] = [a, b].map((each) => Object.getOwnPropertyDescriptor(each, key)!);
    if (one!.enumerable !== other!.enumerable) return `${path}.${String(key)}: enumerable ${one!.enumerable}`;
    queue.push([read(a, key, one!), read(b, key, other!), `${path}.${String(key)}`]);
  }
  return undefined;
}

function read(object: object, key: PropertyKey, property: PropertyDescriptor): unknown {
  return key === "stack" ? (object as Error).stack : property.value;
}

/** What a built-in holds where no property shows it. */
function content(value: object): unknown[] {
  if (value instanceof Date) return [value.getTime()];
  if (value instanceof RegExp) return [value.source, value.flags];
  if (value instanceof Map) return [...value].flat();
  if (value instanceof Set) return [...value];
  if (value instanceof URL) return [value.href];
  if (value instanceof URLSearchParams || value instanceof Headers) return [...value].flat();
  if (value instanceof DOMException) return [value.name, value.message, value.code];
  if (value instanceof ArrayBuffer) {
    const { resizable, maxByteLength } = value as { resizable?: boolean; maxByteLength?: number };
    return [resizable, maxByteLength, ...new Uint8Array(value)];
  }
  if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    return [Object.prototype.toString.call(value), Buffer.from(bytes).toString("hex")];
  }
  if (
    [Number, String, Boolean, BigInt, Symbol].some(
      (each) => Object.prototype.toString.call(value) === `[object ${each.name}]`,
    )
  ) {
    return [(value as { valueOf(): unknown }).valueOf()];
  }
  return [];
}
