import type { IncomingHttpHeaders } from "node:http";
import { type ObjectInfo, StorageError, type When } from "@coatcheck/core";

/** The name under which the write id stands in an object's metadata. */
export const WRITE_ID = "coatcheck-write-id";

/** The members of an object's resource that {@link infoOfResource} needs. */
export const INFO_FIELDS = "name,size,generation,updated,contentType";

/** What the JSON API says of an object. */
export interface Resource {
  readonly name?: string;
  readonly size?: string;
  readonly generation?: string;
  readonly updated?: string;
  readonly contentType?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The path of an object in the JSON API. */
export function objectPath(bucket: string, key: string): string {
  return `${bucketPath(bucket)}/${encode(key)}`;
}

/** The path of a bucket's objects in the JSON API. */
export function bucketPath(bucket: string): string {
  return `/storage/v1/b/${encode(bucket)}/o`;
}

/** The path where a bucket's objects are uploaded. */
export function uploadPath(bucket: string): string {
  return `/upload${bucketPath(bucket)}`;
}

/** Whether this can be a version: `0` is none, and would be a create. */
export function isGeneration(version: string): boolean {
  return /^[1-9]\d{0,18}$/.test(version);
}

/** The condition of a put, as GCS has it. */
export function conditionOf(when: When): { readonly ifGenerationMatch?: string } {
  if (when === "any") return {};
  return { ifGenerationMatch: when === "absent" ? "0" : when.version };
}

/** What is known of an object from its resource. */
export function infoOfResource(key: string, { size, generation, updated, contentType }: Resource): ObjectInfo {
  return infoOf(key, Number(size ?? NaN), generation, updated, contentType);
}

/** What is known of an object from the answer to a download; `size` is the whole object's. */
export function infoOfHeaders(key: string, size: number, headers: IncomingHttpHeaders): ObjectInfo {
  const generation = headers["x-goog-generation"] as string | undefined;
  return infoOf(key, size, generation, headers["last-modified"], headers["content-type"]);
}

function infoOf(
  key: string,
  size: number,
  version: string | undefined,
  modified: string | undefined,
  contentType: string | undefined,
): ObjectInfo {
  if (!Number.isSafeInteger(size) || size < 0) throw notGcs("an object without length");
  if (version === undefined || !isGeneration(version)) throw notGcs("an object without generation");
  const modifiedAt = new Date(modified ?? NaN);
  if (Number.isNaN(modifiedAt.getTime())) throw notGcs("an object without date");
  const info = { key, size, version, modifiedAt };
  return contentType === undefined ? info : { ...info, contentType };
}

/** The answer lacks what every answer of GCS has. */
export function notGcs(what: string): StorageError {
  const detail = `the service answered with ${what}, which Cloud Storage does not. Look at the endpoint, and at proxies before it.`;
  return new StorageError({ code: "Unavailable", detail, retryable: true });
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
