const { getOwnPropertyDescriptor } = Object;

/** Whether a property is what the built-in class of an instance keeps in it, and not one that was given to it. */
export function isContent(instance: object, key: PropertyKey): boolean {
  if (instance instanceof Error) {
    return HIDDEN_BY_ERRORS.has(key) && getOwnPropertyDescriptor(instance, key)?.enumerable === false;
  }
  if (key === "lastIndex") return instance instanceof RegExp;
  const isList = Array.isArray(instance) || ArrayBuffer.isView(instance) || instance instanceof String;
  return isList && typeof key === "string" && (key === "length" || /^\d+$/.test(key));
}

const HIDDEN_BY_ERRORS: ReadonlySet<PropertyKey> = new Set(["name", "message", "stack", "cause", "errors"]);
