import { ConfigurationError } from "../errors.ts";
import { quote } from "../text.ts";

const PART = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

const isPart = (text: string): boolean => PART.test(text);

/** The `type/name` of a block. */
export interface Slug {
  readonly type: string;
  readonly name: string;
}

/** Throws `InvalidPlugin` where `type` cannot be one: no name or header could say it. Bytes are what no serializer has made. */
export function checkType(kind: string, type: unknown): void {
  if (typeof type === "string" && isPart(type) && (kind !== "serializer" || type !== "bytes")) return;
  const message = `${quote(String(type))} cannot be the type of a ${kind}: lower-case letters, digits and single hyphens, and not "bytes".`;
  throw new ConfigurationError("InvalidPlugin", message);
}

/** Whether `text` is meant as a URL, not a slug. */
export function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(text);
}

/** The parts of `type/name`. Throws `InvalidSlug` on anything else. */
export function parseSlug(text: string): Slug {
  const parts = String(text).split("/");
  const [type, name] = parts;
  if (parts.length === 2 && parts.every(isPart)) return { type: type!, name: name! };
  throw new ConfigurationError(
    "InvalidSlug",
    `${quote(String(text))} names no storage. Give a slug (type/name in lower case, as in "s3/prod"), a URL (as in "file:./results"), or a Storage (as local({ path }), or new Storage(driver)).`,
  );
}

/** The parts of a serializer's name, codecs first: `compressed/json`. Throws `InvalidSlug` on anything else. */
export function parseSerializerName(text: string): readonly string[] {
  const parts = String(text).split("/");
  if (parts.every(isPart)) return parts;
  throw new ConfigurationError(
    "InvalidSlug",
    `${quote(String(text))} names no serializer. Give a name (as in "json" or "compressed/json") or a Serializer (as json() gives).`,
  );
}
