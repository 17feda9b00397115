import { type ObjectInfo, StorageError, type When } from "@coatcheck/core";

/** The name under which the write id stands in an object's metadata. */
export const WRITE_ID = "coatcheck-write-id";

/** What S3 says of an object in an answer. */
interface Described {
  readonly ETag?: string | undefined;
  readonly LastModified?: Date | undefined;
  readonly ContentType?: string | undefined;
}

/** The ETag without its quotes: in listings some services leave them out. */
export function versionOf(etag: string | undefined): string {
  if (etag === undefined || etag === "") throw notS3("an object without ETag");
  return /^"(.*)"$/.exec(etag)?.[1] ?? etag;
}

/** Whether this can be a version, which stands in a header. `*` would be a condition of another kind. */
export function isVersion(version: string): boolean {
  return version !== "*" && /^(?:[!#-~]+|W\/"[!#-~]+")$/.test(version);
}

/** What `If-Match` says for a version. */
export function etagOf(version: string): string {
  return version.startsWith("W/") ? version : `"${version}"`;
}

/** The condition of a put, as S3 has it. */
export function conditionOf(when: When): { readonly IfNoneMatch?: string; readonly IfMatch?: string } {
  if (when === "any") return {};
  return when === "absent" ? { IfNoneMatch: "*" } : { IfMatch: etagOf(when.version) };
}

/** What is known of an object from the answer to a get or head. */
export function infoOf(key: string, size: number | undefined, described: Described): ObjectInfo {
  const { LastModified: modifiedAt, ContentType: contentType } = described;
  if (size === undefined || !Number.isSafeInteger(size) || size < 0) throw notS3("an object without length");
  if (modifiedAt === undefined || Number.isNaN(modifiedAt.getTime())) throw notS3("an object without date");
  const info = { key, size, version: versionOf(described.ETag), modifiedAt };
  return contentType === undefined ? info : { ...info, contentType };
}

/** The answer lacks what every answer of S3 has. */
export function notS3(what: string): StorageError {
  const detail = `the service answered with ${what}, which S3 does not. Look at the endpoint, and at proxies before it.`;
  return new StorageError({ code: "Unavailable", detail, retryable: true });
}
