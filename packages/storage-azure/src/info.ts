import { type ObjectInfo, StorageError, type When } from "@coatcheck/core";

/** The name under which the write id stands in a blob's metadata, whose names must be those of a variable. */
export const WRITE_ID = "coatcheck_write_id";

/** What Azure says of a blob in an answer. */
interface Described {
  readonly etag?: string | undefined;
  readonly lastModified?: Date | undefined;
  readonly contentType?: string | undefined;
}

/** The ETag without its quotes: in listings it has none. */
function versionOf(etag: string | undefined): string {
  if (etag === undefined || etag === "") throw notAzure("a blob without ETag");
  return /^"(.*)"$/.exec(etag)?.[1] ?? etag;
}

/** Whether this can be a version. `*`, or a list, would be a condition of another kind. */
export function isVersion(version: string): boolean {
  return /^[\w.:+/=-]+$/.test(version);
}

/** What `If-Match` says for a version. */
export function etagOf(version: string): string {
  return `"${version}"`;
}

/** The condition of a put, as Azure has it. */
export function conditionOf(when: When): { readonly ifNoneMatch?: string; readonly ifMatch?: string } {
  if (when === "any") return {};
  return when === "absent" ? { ifNoneMatch: "*" } : { ifMatch: etagOf(when.version) };
}

/** What is known of a blob from an answer. */
export function infoOf(key: string, size: number | undefined, described: Described): ObjectInfo {
  const { lastModified: modifiedAt, contentType } = described;
  if (size === undefined || !Number.isSafeInteger(size) || size < 0) throw notAzure("a blob without length");
  if (modifiedAt === undefined || Number.isNaN(modifiedAt.getTime())) throw notAzure("a blob without date");
  const info = { key, size, version: versionOf(described.etag), modifiedAt };
  return contentType === undefined ? info : { ...info, contentType };
}

/** Throws where an answer that reads as one of a blob is a page of something else: Azure numbers each request. */
export function checkAnswer({ requestId }: { readonly requestId?: string | undefined }): void {
  if (requestId === undefined) throw notAzure("no id of the request");
}

/** The answer lacks what every answer of Azure has. */
export function notAzure(what: string): StorageError {
  const detail = `the service answered with ${what}, which Azure does not. Look at the endpoint, and at proxies before it.`;
  return new StorageError({ code: "Unavailable", detail, retryable: true });
}
