/**
 * Where two values differ; undefined where no program could tell one from the other: prototypes, names in their order,
 * attributes, holes, what built-ins hold, and which objects and buffers are the same.
 */
export function difference(actual: unknown, expected: unknown): string | undefined {
  const forward = new Map<object, object>();
  const back = new Map<object, object>();
  const compared = new Set<object>();
  const match = (a: object, b: object): boolean => {
    if (forward.has(a) || back.has(b)) return forward.get(a) === b && back.get(b) === a;
    forward.set(a, b);
    back.set(b, a);
    return true;
  };
  const open: [unknown, unknown, string][] = [[actual, expected, "$"]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [a, b, path] = next;
    if (!isObject(a) || !isObject(b)) {
      if (Object.is(a, b)) continue;
      return `${path}: ${String(a)} for ${String(b)}`;
    }
    if (!match(a, b)) return `${path}: another object`;
    if (compared.has(a)) continue;
    compared.add(a);
    // Node cuts small Buffers from one block, by chance.
    if (ArrayBuffer.isView(a) && ArrayBuffer.isView(b) && b.buffer.byteLength !== Buffer.poolSize) {
      if (!match(a.buffer, b.buffer)) return `${path}: another buffer`;
    }
    if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return `${path}: another prototype`;
    if (stateOf(a) !== stateOf(b)) return `${path}: ${stateOf(a)} for ${stateOf(b)}`;
    const inside = [insideOf(a), insideOf(b)] as const;
    if (inside[0].length !== inside[1].length) return `${path}: ${inside[0].length} for ${inside[1].length} parts`;
    inside[0].forEach((part, index) => open.push([part, inside[1][index], `${path}(${index})`]));
    const names = [namesOf(a), namesOf(b)] as const;
    if (names[0].map(String).join() !== names[1].map(String).join()) {
      return `${path}: the names ${names[0].map(String).join()} for ${names[1].map(String).join()}`;
    }
    for (const [index, name] of names[0].entries()) {
      if (name !== names[1][index]) return `${path}: the name ${String(name)} is another symbol`;
      const [one, other] = [Object.getOwnPropertyDescriptor(a, name)!, Object.getOwnPropertyDescriptor(b, name)!];
      // Newer engines keep the stack of an error behind a getter.
      const isStack = name === "stack" && other.get !== undefined;
      if (!isStack && attributesOf(one) !== attributesOf(other)) return `${path}.${String(name)}: other attributes`;
      open.push([
        isStack ? (a as Error).stack : one.value,
        isStack ? (b as Error).stack : other.value,
        `${path}.${String(name)}`,
      ]);
    }
  }
  return undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function stateOf(value: object): string {
  if (Object.isExtensible(value)) return "open";
  return Object.isFrozen(value) ? "frozen" : Object.isSealed(value) ? "sealed" : "closed";
}

function attributesOf({ writable, enumerable, configurable, get }: PropertyDescriptor): string {
  return [writable, enumerable, configurable, get === undefined].join();
}

/** The own names, but for the elements of views, which are compared as bytes. */
function namesOf(value: object): PropertyKey[] {
  const names = Reflect.ownKeys(value);
  return ArrayBuffer.isView(value) ? names.filter((name) => typeof name === "symbol" || !/^\d+$/.test(name)) : names;
}

/** What no property shows. */
function insideOf(value: object): unknown[] {
  if (value instanceof Map) return [...Map.prototype.entries.call(value)].flat();
  if (value instanceof Set) return [...Set.prototype.values.call(value)];
  if (value instanceof Date) return [Date.prototype.getTime.call(value)];
  if (value instanceof RegExp) return [value.source, value.flags];
  if (value instanceof URL) return [value.href, value.searchParams];
  if (value instanceof URLSearchParams) return [...value].flat();
  if (value instanceof Headers) return [...value].flat();
  if (value instanceof DOMException) return [value.name, value.message];
  if (value instanceof ArrayBuffer) {
    const { resizable, maxByteLength } = value as { resizable?: boolean; maxByteLength?: number };
    return [Buffer.from(value).toString("latin1"), resizable, maxByteLength];
  }
  if (ArrayBuffer.isView(value)) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("latin1");
    return [bytes, Object.prototype.toString.call(value)];
  }
  const inside = Object.prototype.toString.call(value);
  if (/^\[object (Number|String|Boolean|BigInt|Symbol)\]$/.test(inside)) return [inside, value.valueOf()];
  if (inside.startsWith("[object Temporal.")) return [inside, (value as { toString(): string }).toString()];
  return [inside];
}
