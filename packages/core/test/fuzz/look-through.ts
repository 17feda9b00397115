import { knownPrototypes } from "./canaries.ts";

/** Objects of a value that are looked at: a value of a thousand objects is no better hidden in a million. */
const MAX_OBJECTS = 5000;

/**
 * What is wrong with a value that was read, or undefined: every object in it has the prototype of a class that is built
 * in or registered, and holds data alone, no functions and no getters.
 */
export function wrongIn(value: unknown): string | undefined {
  const seen = new Set<unknown>();
  const waiting: unknown[] = [value];
  while (waiting.length > 0 && seen.size < MAX_OBJECTS) {
    const each = waiting.pop();
    if (typeof each === "function") return `it holds the function ${each.name}`;
    if (typeof each !== "object" || each === null || seen.has(each)) continue;
    seen.add(each);
    if (!knownPrototypes.has(Object.getPrototypeOf(each))) return "an object has a prototype that nobody registered";
    try {
      if (each instanceof Map) for (const [key, entry] of Map.prototype.entries.call(each)) waiting.push(key, entry);
      if (each instanceof Set) waiting.push(...Set.prototype.values.call(each));
    } catch {
      return "an object has the prototype of a Map or Set, and is none inside";
    }
    if (ArrayBuffer.isView(each)) continue;
    for (const key of Reflect.ownKeys(each)) {
      const property = Object.getOwnPropertyDescriptor(each, key)!;
      if (property.get !== undefined || property.set !== undefined) {
        // Where V8 makes the stack of an error a getter, it is V8's.
        if (key === "stack" && each instanceof Error) continue;
        return `the property ${String(key)} is a getter or setter`;
      }
      waiting.push(property.value);
    }
  }
  return undefined;
}
