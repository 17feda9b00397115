import type { Json, JsonRecord } from "./kind.ts";

/** Whether an object whose only key is `key` would be read as a tag. */
export function looksLikeTag(key: PropertyKey): boolean {
  return typeof key === "string" && key.startsWith("$");
}

/** The tag of `{ [tag]: argument }`, `$$…` included; undefined where the JSON is an array or an object as it stands. */
export function tagOf(json: Json[] | JsonRecord): string | undefined {
  if (Array.isArray(json)) return undefined;
  let only: string | undefined;
  for (const name in json) {
    if (only !== undefined || !looksLikeTag(name)) return undefined;
    only = name;
  }
  return only;
}
