import { SerializationError, type Serializer } from "@coatcheck/core";

/** JSON, for values that JSON carries exactly; all others are refused with the path to them. */
export function strictJson(): Serializer {
  return {
    type: "strict-json",
    serialize(value) {
      check(value, "$", new Set());
      return new TextEncoder().encode(JSON.stringify(value));
    },
    deserialize(bytes) {
      try {
        return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
      } catch (cause) {
        throw new SerializationError({ code: "NotDeserializable", reason: "the bytes are not JSON", cause });
      }
    },
  };
}

function refuse(path: string, reason: string): never {
  const hint = "Leave it out, or store it as text or numbers.";
  throw new SerializationError({ code: "NotSerializable", path, reason, hint });
}

/** Throws where JSON would change something: what it drops, rounds, copies or calls. */
function check(value: unknown, path: string, seen: Set<object>): void {
  if (value === null || typeof value === "boolean") return;
  if (typeof value === "string") return; // JSON.stringify escapes lone surrogates.
  if (typeof value === "number") {
    if (!Number.isFinite(value) || Object.is(value, -0))
      refuse(path, `JSON has no ${Object.is(value, -0) ? "-0" : value}`);
    return;
  }
  if (typeof value !== "object") refuse(path, `JSON has no ${typeof value}`);
  if (seen.has(value)) refuse(path, "this object is there twice, and JSON would make two of it");
  if (seen.size > 1_000_000) refuse(path, "there are more than 1,000,000 objects");
  seen.add(value);
  const isArray = Array.isArray(value);
  if (Object.getPrototypeOf(value) !== (isArray ? Array.prototype : Object.prototype)) {
    refuse(path, `${value.constructor?.name ?? "an object without a prototype"} would come back as a plain object`);
  }
  if (!Object.isExtensible(value)) refuse(path, "it is frozen, sealed or closed, and JSON would open it");
  // JSON.stringify goes as deep as the stack does.
  if (path.length > 10_000) refuse(path, "it is nested too deep");
  const keys = Reflect.ownKeys(value);
  if (isArray && keys.length !== value.length + 1)
    refuse(path, "the array has holes, or properties beside its elements");
  for (const key of keys) {
    if (isArray && key === "length") continue;
    const at = typeof key === "symbol" ? path : pathTo(path, key, isArray);
    if (typeof key === "symbol") refuse(at, "JSON has no symbols as keys");
    const property = Object.getOwnPropertyDescriptor(value, key)!;
    if (!("value" in property) || !property.enumerable || !property.writable || !property.configurable) {
      refuse(at, "it is a getter, or a hidden or readonly property");
    }
    check(property.value, at, seen);
  }
}

function pathTo(path: string, key: string, isArray: boolean): string {
  if (isArray) return `${path}[${key}]`;
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}
