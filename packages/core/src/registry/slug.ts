import { ConfigurationError } from "../errors.ts";
import { quote } from "../text.ts";

const PART = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

/** The `type/name` of a block. */
export interface Slug {
  readonly type: string;
  readonly name: string;
}

/** Whether `text` can be a type or a name: lower-case letters and digits, parts joined by single hyphens. */
export function isSlugPart(text: string): boolean {
  return PART.test(text);
}

/** Whether `text` is meant as a URL, not a slug. */
export function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(text);
}

/** The parts of `type/name`. Throws `InvalidSlug` on anything else. */
export function parseSlug(text: string): Slug {
  const [type, name, ...more] = text.split("/");
  if (type !== undefined && name !== undefined && more.length === 0 && isSlugPart(type) && isSlugPart(name)) {
    return { type, name };
  }
  throw new ConfigurationError(
    "InvalidSlug",
    `${quote(text)} names no storage. Give a slug (type/name in lower case, as in "s3/prod"), a URL (as in "file:./results"), or a Storage (as local({ path }) gives).`,
  );
}

/** The parts of a serializer's name, codecs first: `compressed/json`. Throws `InvalidSlug` on anything else. */
export function parseSerializerName(text: string): readonly string[] {
  const parts = text.split("/");
  if (parts.every(isSlugPart)) return parts;
  throw new ConfigurationError(
    "InvalidSlug",
    `${quote(text)} names no serializer. Give a name (as in "json" or "compressed/json") or a Serializer (as json() gives).`,
  );
}
