import type { IncomingHttpHeaders } from "node:http";
import { gunzipSync } from "node:zlib";
import { rangeOf, slice } from "../range.ts";
import type { Answer } from "../test-server.ts";
import type { Bucket, Described, StoredObject } from "./bucket.ts";
import { conditionNotMet, GcsError, invalidArgument, noSuchObject } from "./errors.ts";
import { describe, emptyAnswer, jsonAnswer, resourceOf } from "./resource.ts";
import type { ObjectOperation } from "./server.ts";
import type { GcsPermission } from "./tokens.ts";

/** A request, read and checked. */
export interface GcsRequest {
  readonly bucket: Bucket;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly now: Date;
  /** Where uploads are sent to. */
  readonly url: string;
  /** Throws where who asks may not do this. */
  need(permission: GcsPermission): void;
}

/** Carries out a request. */
export const operations: Readonly<Record<ObjectOperation, (request: GcsRequest) => Answer>> = {
  "objects.get"(request) {
    request.need("storage.objects.get");
    return jsonAnswer(resourceOf(request.bucket, there(request)), request.query);
  },
  "objects.media": download,
  "signed.get": download,
  "objects.insert"(request) {
    const { described, bytes } = uploadOf(request);
    return insert(request, described, bytes);
  },
  "signed.put"(request) {
    const { key, headers, body } = request;
    const contentType = headers["content-type"];
    insert(request, { name: key, contentType, metadata: undefined, crc32c: undefined }, body);
    return emptyAnswer(200);
  },
  "objects.delete"(request) {
    const { bucket, key, query } = request;
    request.need("storage.objects.delete");
    const generation = query.get("generation") ?? undefined;
    if (generation !== undefined) bucket.object(key, generation);
    bucket.delete(key, query.get("ifGenerationMatch") ?? undefined);
    return emptyAnswer(204);
  },
  "objects.list"({ bucket, query, need }) {
    need("storage.objects.list");
    const limit = Math.min(1000, Number(query.get("maxResults") ?? 1000));
    const after = query.get("pageToken");
    const start = after === null ? (query.get("startOffset") ?? "") : Buffer.from(after, "base64url").toString();
    const keys = bucket.objects.from(query.get("prefix") ?? "", start).filter((key) => key !== after);
    const rest = after === null ? keys : keys.filter((key) => key !== start);
    const items = rest.slice(0, limit).map((key) => resourceOf(bucket, bucket.objects.get(key)!));
    const more = rest.length > limit ? { nextPageToken: Buffer.from(rest[limit - 1]!).toString("base64url") } : {};
    return jsonAnswer({ kind: "storage#objects", ...more, ...(items.length > 0 ? { items } : {}) }, query);
  },
  "uploads.start"(request) {
    const { bucket, query, headers, body, url } = request;
    const length = headers["x-upload-content-length"];
    const described = describedBy(body, query, headers["x-upload-content-type"] as string | undefined);
    checkName(described.name);
    mayWrite(request, described.name);
    const announced = length === undefined ? undefined : Number(length);
    const { id } = bucket.start(described, query.get("ifGenerationMatch") ?? undefined, announced);
    const location = `${url}/upload/storage/v1/b/${bucket.name}/o?uploadType=resumable&upload_id=${id}`;
    return emptyAnswer(200, { location, "x-guploader-uploadid": id });
  },
  "uploads.chunk"({ bucket, query, headers, body, now }) {
    const session = bucket.session(query.get("upload_id")!);
    const range =
      headers["content-range"] ??
      (body.byteLength === 0 ? "bytes */0" : `bytes 0-${body.byteLength - 1}/${body.byteLength}`);
    const [, from, to, total] = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/.exec(range) ?? [];
    if (total === undefined) throw invalidArgument(`Failed to parse Content-Range header: ${range}`);
    if (session.done !== undefined) return jsonAnswer(resourceOf(bucket, session.done), query);
    if (from !== undefined) {
      if (Number(to) - Number(from) + 1 !== body.byteLength)
        throw invalidArgument("The body is not that of its range.");
      bucket.receive(session, Number(from), body);
    }
    if (total !== "*" && session.received === Number(total)) {
      return jsonAnswer(resourceOf(bucket, bucket.finish(session, Number(total), now)), query);
    }
    return emptyAnswer(308, session.received === 0 ? {} : { range: `bytes=0-${session.received - 1}` });
  },
  "uploads.cancel"({ bucket, query }) {
    bucket.sessions.delete(bucket.session(query.get("upload_id")!).id);
    return emptyAnswer(499);
  },
};

function download(request: GcsRequest): Answer {
  request.need("storage.objects.get");
  const { bucket, key, headers, query } = request;
  const object = there(request);
  const match = query.get("ifGenerationMatch");
  if (match !== null && match !== object.generation) throw conditionNotMet();
  const described = describe(object);
  if (bucket.compressed.has(key)) {
    described["x-goog-stored-content-encoding"] = "gzip";
    if (headers["accept-encoding"]?.includes("gzip") !== true) return decompressed(object, described);
    described["content-encoding"] = "gzip";
  }
  const range = rangeOf(headers.range, object.size);
  if (range === undefined) return { status: 200, headers: described, chunks: object.chunks };
  if (range === "beyond") {
    const unsatisfied = { "content-range": `bytes */${object.size}` };
    throw new GcsError(416, "requestedRangeNotSatisfiable", "The requested range cannot be satisfied.", unsatisfied);
  }
  const [start, end] = range;
  described["content-range"] = `bytes ${start}-${end - 1}/${object.size}`;
  described["content-length"] = String(end - start);
  return { status: 206, headers: described, chunks: slice(object.chunks, start, end) };
}

/** All of it, whatever range is asked for, and without its length: as GCS has it. */
function decompressed({ chunks }: StoredObject, described: Record<string, string>): Answer {
  const headers = Object.entries(described).filter(([name]) => name !== "content-length");
  return { status: 200, headers: Object.fromEntries(headers), chunks: [gunzipSync(Buffer.concat(chunks))] };
}

function insert(request: GcsRequest, described: Described, bytes: Buffer): Answer {
  const { bucket, query, now } = request;
  checkName(described.name);
  mayWrite(request, described.name);
  const object = bucket.put(described, [bytes], query.get("ifGenerationMatch") ?? undefined, now);
  return jsonAnswer(resourceOf(bucket, object), query);
}

// As GCS has it: who may not list is not told what is not there.
function there({ bucket, key, query, need }: GcsRequest): ReturnType<Bucket["object"]> {
  if (!bucket.objects.has(key)) {
    need("storage.objects.list");
    throw noSuchObject(bucket.name, key);
  }
  return bucket.object(key, query.get("generation") ?? undefined);
}

// To replace an object is to delete the one that is there.
function mayWrite({ bucket, need }: GcsRequest, key: string): void {
  need("storage.objects.create");
  if (bucket.objects.has(key)) need("storage.objects.delete");
}

function checkName(name: string): void {
  const bytes = Buffer.byteLength(name);
  if (bytes === 0) throw new GcsError(400, "required", "Required");
  if (bytes > 1024) {
    const message = `The maximum object length is 1024 characters, but got a name with ${bytes} characters: ''${name}''`;
    throw invalidArgument(message);
  }
  if (/[\r\n]/.test(name) || name === "." || name === "..")
    throw invalidArgument(`Disallowed unicode characters present in object name ''${name}''`);
}

/** The object's description and bytes, sent in one request: as `multipart/related`, or bare. */
function uploadOf({ query, headers, body }: GcsRequest): { readonly described: Described; readonly bytes: Buffer } {
  if (query.get("uploadType") === "media") {
    return { described: describedBy(Buffer.from("{}"), query, headers["content-type"]), bytes: body };
  }
  const [, boundary] = /^multipart\/related;.*boundary="?([^";]+)"?/.exec(headers["content-type"] ?? "") ?? [];
  if (boundary === undefined) throw invalidArgument("The upload is not multipart/related.");
  const second = body.indexOf(`--${boundary}`, body.indexOf(`--${boundary}`) + 1);
  const json = partOf(body.subarray(body.indexOf(`--${boundary}`), second));
  const end = body.lastIndexOf(`\r\n--${boundary}--`);
  if (second === -1 || end === -1) throw invalidArgument("The parts of the upload have no end.");
  const media = partOf(body.subarray(second, end + 2));
  const [, contentType] = /^content-type:\s*(.+)$/im.exec(media.headers) ?? [];
  return { described: describedBy(json.bytes, query, contentType?.trim()), bytes: media.bytes };
}

/** One part, with its boundary before it and the end of its line. */
function partOf(part: Buffer): { readonly headers: string; readonly bytes: Buffer } {
  const blank = part.indexOf("\r\n\r\n");
  if (blank === -1) throw invalidArgument("A part of the upload has no headers.");
  return { headers: part.toString("latin1", 0, blank), bytes: part.subarray(blank + 4, part.byteLength - 2) };
}

function describedBy(json: Buffer, query: URLSearchParams, mediaType: string | undefined): Described {
  let given: Record<string, unknown>;
  try {
    given = JSON.parse(json.byteLength === 0 ? "{}" : json.toString()) as Record<string, unknown>;
  } catch {
    throw new GcsError(400, "parseError", "Parse Error");
  }
  const { name, contentType, metadata, crc32c } = given as Partial<Described>;
  return { name: query.get("name") ?? name ?? "", contentType: contentType ?? mediaType, metadata, crc32c };
}
