import type { IncomingHttpHeaders } from "node:http";
import { rangeOf, slice } from "../range.ts";
import type { Answer } from "../test-server.ts";
import { crc32Of, type RequestBody } from "./body.ts";
import type { Bucket, Conditions, StoredObject } from "./bucket.ts";
import { S3Error } from "./errors.ts";
import type { S3Operation } from "./server.ts";
import { strictEncode } from "./signature.ts";
import { element, elements, textOf, xmlDocument } from "./xml.ts";

/** A request, read and checked. */
export interface S3Request {
  readonly bucket: Bucket;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: RequestBody;
  readonly now: Date;
  /** Whether who asks may know which keys are there. */
  readonly mayList: boolean;
}

/** Which operation a request is. */
export function operationOf(method: string, key: string, query: URLSearchParams): S3Operation {
  const named = ((): S3Operation | undefined => {
    switch (method) {
      case "GET":
        return key === "" ? "ListObjectsV2" : "GetObject";
      case "HEAD":
        return key === "" ? undefined : "HeadObject";
      case "PUT":
        return key === "" ? undefined : query.has("uploadId") ? "UploadPart" : "PutObject";
      case "POST":
        if (query.has("delete")) return "DeleteObjects";
        return query.has("uploads")
          ? "CreateMultipartUpload"
          : query.has("uploadId")
            ? "CompleteMultipartUpload"
            : undefined;
      case "DELETE":
        return key === "" ? undefined : query.has("uploadId") ? "AbortMultipartUpload" : "DeleteObject";
      default:
        return undefined;
    }
  })();
  if (named === undefined) throw new S3Error(501, "NotImplemented", `${method} ${key}`);
  return named;
}

/** Where keys in listings are encoded otherwise than in signatures. */
const LISTED: Readonly<Record<string, string>> = { "%20": "+", "%2A": "*", "%2F": "/", "~": "%7E" };

/** Carries out a request. */
export const operations: Readonly<Record<S3Operation, (request: S3Request) => Answer>> = {
  PutObject({ bucket, key, headers, body, now }) {
    const { etag } = bucket.put(key, body.bytes, keptHeaders(headers, body.crc32), conditionsOf(headers), now);
    return empty(200, { etag, ...(body.crc32 === undefined ? {} : { "x-amz-checksum-crc32": body.crc32 }) });
  },
  CreateMultipartUpload({ bucket, key, headers }) {
    const { id } = bucket.createUpload(key, keptHeaders(headers, undefined));
    return xml(element("InitiateMultipartUploadResult", { Key: key, UploadId: id }));
  },
  UploadPart({ bucket, key, query, body }) {
    const upload = bucket.upload(query.get("uploadId")!, key);
    const { etag } = bucket.putPart(upload, Number(query.get("partNumber")), body.bytes);
    return empty(200, { etag, ...(body.crc32 === undefined ? {} : { "x-amz-checksum-crc32": body.crc32 }) });
  },
  CompleteMultipartUpload({ bucket, key, query, headers, body, now }) {
    const upload = bucket.upload(query.get("uploadId")!, key);
    const parts = elements(body.bytes.toString(), "Part").map((part) => ({
      number: Number(textOf(part, "PartNumber")),
      etag: textOf(part, "ETag") ?? "",
    }));
    const { etag } = bucket.complete(upload, parts, conditionsOf(headers), now);
    return xml(element("CompleteMultipartUploadResult", { Key: key, ETag: etag }));
  },
  AbortMultipartUpload({ bucket, key, query }) {
    bucket.uploads.delete(bucket.upload(query.get("uploadId")!, key).id);
    return empty(204);
  },
  GetObject(request) {
    const object = objectOf(request);
    const range = rangeOf(request.headers.range, object.size);
    const headers = describe(object);
    if (range === undefined) {
      const mode = request.headers["x-amz-checksum-mode"] === "ENABLED";
      return { status: 200, headers: { ...headers, ...(mode ? checksumOf(object) : {}) }, chunks: object.chunks };
    }
    if (range === "beyond") {
      const details = { ActualObjectSize: String(object.size) };
      throw new S3Error(416, "InvalidRange", "The requested range is not satisfiable", details);
    }
    const [start, end] = range;
    headers["content-range"] = `bytes ${start}-${end - 1}/${object.size}`;
    headers["content-length"] = String(end - start);
    return { status: 206, headers, chunks: slice(object.chunks, start, end) };
  },
  HeadObject: (request) => ({ status: 200, headers: describe(objectOf(request)), chunks: [] }),
  DeleteObject({ bucket, key, headers }) {
    bucket.check(key, conditionsOf(headers));
    bucket.delete(key);
    return empty(204);
  },
  DeleteObjects({ bucket, body }) {
    if (!body.checked)
      throw new S3Error(400, "InvalidRequest", "Missing required header for this request: Content-MD5");
    const keys = elements(body.bytes.toString(), "Object").map((object) => textOf(object, "Key")!);
    if (keys.length === 0 || keys.length > 1000) throw new S3Error(400, "MalformedXML", `${keys.length} keys`);
    for (const key of keys) bucket.delete(key);
    return xml(element("DeleteResult", ""));
  },
  ListObjectsV2({ bucket, query }) {
    const [prefix, after] = [query.get("prefix") ?? "", query.get("start-after") ?? ""];
    const limit = Math.min(1000, Number(query.get("max-keys") ?? 1000));
    if (!(limit >= 0)) throw new S3Error(400, "InvalidArgument", "max-keys");
    const encoded = query.get("encoding-type") === "url";
    const encode = (text: string): string =>
      encoded ? strictEncode(text).replace(/%2[0AF]|~/g, (code) => LISTED[code]!) : text;
    const keys = bucket.objects.from(prefix, after).filter((key) => key !== after);
    const contents = keys.slice(0, limit).map((key) => {
      const { etag, size, modifiedAt } = bucket.objects.get(key)!;
      return element("Contents", { Key: encode(key), LastModified: modifiedAt.toISOString(), ETag: etag, Size: size });
    });
    const page = {
      Prefix: encode(prefix),
      KeyCount: contents.length,
      MaxKeys: limit,
      IsTruncated: limit > 0 && keys.length > limit,
      EncodingType: encoded ? "url" : undefined,
    };
    const head = Object.entries(page).map(([name, value]) =>
      value === undefined ? "" : element(name, String(value).replace(/[&<]/g, "")),
    );
    return xml(element("ListBucketResult", [...head, ...contents].join("")));
  },
};

function foundObject({ bucket, key, mayList }: S3Request): StoredObject {
  const object = bucket.objects.get(key);
  if (object !== undefined) return object;
  // As S3 has it: who may not list is not told what is not there.
  if (!mayList) throw new S3Error(403, "AccessDenied", "Access Denied");
  throw new S3Error(404, "NoSuchKey", "The specified key does not exist.", { Key: key });
}

/** The object, if it is there and the conditions of a read hold. */
function objectOf(request: S3Request): StoredObject {
  const object = foundObject(request);
  const { ifMatch, ifNoneMatch } = conditionsOf(request.headers);
  if (ifMatch !== undefined) request.bucket.check(request.key, { ifMatch, ifNoneMatch: undefined });
  if (ifNoneMatch === "*" || ifNoneMatch === object.etag) throw new S3Error(304, "NotModified", "Not Modified");
  return object;
}

function conditionsOf(headers: IncomingHttpHeaders): Conditions {
  return { ifMatch: headers["if-match"], ifNoneMatch: headers["if-none-match"] };
}

function keptHeaders(headers: IncomingHttpHeaders, crc32: string | undefined): Record<string, string> {
  const kept: Record<string, string> = { "content-type": headers["content-type"] ?? "binary/octet-stream" };
  for (const [name, value] of Object.entries(headers)) if (name.startsWith("x-amz-meta-")) kept[name] = String(value);
  return crc32 === undefined ? kept : { ...kept, "x-amz-checksum-crc32": crc32 };
}

function describe({ size, etag, modifiedAt, headers }: StoredObject): Record<string, string> {
  const { "x-amz-checksum-crc32": _, ...kept } = headers;
  const described = { ...kept, etag, "last-modified": modifiedAt.toUTCString(), "accept-ranges": "bytes" };
  return { ...described, "content-length": String(size) };
}

function checksumOf({ headers, chunks }: StoredObject): Record<string, string> {
  if (headers["x-amz-checksum-crc32"] === undefined) return {};
  return { "x-amz-checksum-crc32": crc32Of(Buffer.concat(chunks)), "x-amz-checksum-type": "FULL_OBJECT" };
}

function xml(root: string): Answer {
  const bytes = Buffer.from(xmlDocument(root.replace(">", ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/">')));
  const headers = { "content-type": "application/xml", "content-length": String(bytes.byteLength) };
  return { status: 200, headers, chunks: [bytes] };
}

function empty(status: number, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: status === 204 ? headers : { ...headers, "content-length": "0" }, chunks: [] };
}
