import { ResultError } from "../errors.ts";
import type { JsonValue } from "../serializer/serializer.ts";
import { keyProblem } from "../storage/keys.ts";
import { isDigest, isSize, isTime, isWriteId } from "./header.ts";

/** A reference to a record: it pins one write. */
export interface RecordReference {
  readonly coatcheck: 1;
  /** The slug the storage was opened by, or its URL. */
  readonly storage: string;
  readonly key: string;
  readonly writeId: string;
  /** Bytes of the payload as stored. */
  readonly size: number;
  readonly digest: string;
  readonly createdAt: string;
  readonly expiresAt?: string;
}

/** A reference that holds its value; a value that JSON lacks is `undefined: true`. */
export type InlineReference =
  | { readonly coatcheck: 1; readonly value: JsonValue; readonly expiresAt?: string }
  | { readonly coatcheck: 1; readonly undefined: true; readonly expiresAt?: string };

/** A reference to a value that was never kept: it says why. */
export interface UnpersistedReference {
  readonly coatcheck: 1;
  readonly unpersisted: string;
}

/** What `JSON.stringify(result)` gives: small enough for any queue or database row. */
export type Reference = RecordReference | InlineReference | UnpersistedReference;

/** Text or an object as a reference, or undefined where it is a key. */
export function referenceOf(input: Reference | string): Reference | undefined {
  if (typeof input !== "string") return parseReference(input);
  if (!/^\s*\{/.test(input)) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(input);
  } catch {
    throw notAReference("it begins like JSON, but is not whole");
  }
  return parseReference(parsed);
}

function parseReference(input: unknown): Reference {
  if (typeof input !== "object" || input === null || Array.isArray(input)) throw notAReference("it is no object");
  const own: Record<string, unknown> = { ...input };
  const { coatcheck, storage, key, writeId, size, digest, createdAt, expiresAt } = own;
  if (coatcheck === undefined) throw notAReference('it has no member "coatcheck"');
  if (coatcheck !== 1) {
    if (!isSize(coatcheck)) throw notAReference('its member "coatcheck" is no version');
    throw new ResultError(
      "UnknownFormat",
      `The reference is of version ${coatcheck}; this release reads version 1. Update @coatcheck/core.`,
    );
  }
  if (expiresAt !== undefined && !isTime(expiresAt)) throw notAReference('its member "expiresAt" is no time');
  const expiry = expiresAt === undefined ? {} : { expiresAt };
  if (typeof own["unpersisted"] === "string") return { coatcheck, unpersisted: own["unpersisted"] };
  if (key === undefined && own["undefined"] === true) return { coatcheck, undefined: true, ...expiry };
  if (key === undefined && "value" in own) return { coatcheck, value: own["value"] as JsonValue, ...expiry };
  if (typeof storage !== "string" || storage === "") throw notAReference('its member "storage" is missing');
  const problem = keyProblem(key as string);
  if (problem !== undefined) throw notAReference(`its member "key" is no key: ${problem}`);
  if (!isWriteId(writeId)) throw notAReference('its member "writeId" is missing or wrong');
  if (!isSize(size)) throw notAReference('its member "size" is missing or wrong');
  if (!isDigest(digest)) throw notAReference('its member "digest" is missing or wrong');
  if (!isTime(createdAt)) throw notAReference('its member "createdAt" is missing or wrong');
  return { coatcheck, storage, key: key as string, writeId, size, digest, createdAt, ...expiry };
}

/** The error for what was given as a reference and is none. */
export function notAReference(why: string): ResultError {
  return new ResultError(
    "NotAResult",
    `This is no reference: ${why}. Pass what JSON.stringify(result) gave, that object, or a key.`,
  );
}
