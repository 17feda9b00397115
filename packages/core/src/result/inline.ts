import { utf8 } from "../bytes.ts";
import type { JsonValue } from "../serializer/serializer.ts";
import { notAReference } from "./reference.ts";

const MAX_DEPTH = 32;

/**
 * Whether `value` may stay in the reference: it takes fewer than `below` bytes as JSON, and comes back exactly from JSON
 * whatever JSON implementation it passes on the way. So: plain objects and arrays, each met once, with plain keys.
 */
export function fitsInline(value: unknown, below: number): value is JsonValue {
  return below > 0 && isExactJson(value, below, 0, new Set()) && utf8(JSON.stringify(value)).byteLength < below;
}

/** The value of a reference, copied: two results never share one, and the reference stays the caller's. */
export function copyInline(value: JsonValue): JsonValue {
  try {
    return structuredClone(value);
  } catch {
    throw notAReference("its value is nested too deep, or is no JSON");
  }
}

function isExactJson(value: unknown, budget: number, depth: number, seen: Set<object>): boolean {
  switch (typeof value) {
    case "boolean":
      return true;
    case "string":
      return value.length < budget && isWellFormed(value);
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0);
    case "object":
      break;
    default:
      return false;
  }
  if (value === null) return true;
  // Each member takes two bytes at least, so what is too large is found out early.
  if (depth > MAX_DEPTH || seen.has(value) || seen.size * 2 > budget) return false;
  seen.add(value);
  const names = Reflect.ownKeys(value);
  const isArray = Array.isArray(value);
  if (Object.getPrototypeOf(value) !== (isArray ? Array.prototype : Object.prototype)) return false;
  if (names.length * 2 > budget + 2 || (isArray && names.length !== value.length + 1)) return false;
  return names.every((name) => {
    if (isArray && name === "length") return true;
    if (typeof name !== "string" || name === "__proto__" || !isWellFormed(name)) return false;
    const property = Object.getOwnPropertyDescriptor(value, name)!;
    return property.enumerable === true && "value" in property && isExactJson(property.value, budget, depth + 1, seen);
  });
}

function isWellFormed(text: string): boolean {
  return !/[\ud800-\udfff]/.test(text) || !/\p{Surrogate}/u.test(text);
}
