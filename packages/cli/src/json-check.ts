/** The path to the first thing in `value` that JSON does not carry exactly; undefined where there is none. */
export function notJson(value: unknown, path = "$", above: readonly unknown[] = []): string | undefined {
  if (value === null || typeof value === "string" || typeof value === "boolean") return undefined;
  if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0) ? undefined : path;
  if (typeof value !== "object" || above.includes(value)) return path;
  const inside = [...above, value];
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) {
      const found = notJson(value[at], `${path}[${at}]`, inside);
      if (found !== undefined) return found;
    }
    return Object.keys(value).length === value.length ? undefined : path;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype || Object.getOwnPropertySymbols(value).length > 0) return path;
  for (const [name, each] of Object.entries(value)) {
    const found = notJson(each, `${path}.${name}`, inside);
    if (found !== undefined) return found;
  }
  return undefined;
}
