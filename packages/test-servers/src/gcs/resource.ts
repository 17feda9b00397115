import type { Answer } from "../test-server.ts";
import type { Bucket, StoredObject } from "./bucket.ts";

/** JSON, as the API answers with it. */
type Json = string | number | readonly Json[] | { readonly [name: string]: Json };

/** What the JSON API says of an object. */
export function resourceOf({ name: bucket }: Bucket, object: StoredObject): { readonly [name: string]: Json } {
  const { name, generation, size, updated, contentType, metadata, crc32c } = object;
  return {
    kind: "storage#object",
    id: `${bucket}/${name}/${generation}`,
    name,
    bucket,
    generation,
    metageneration: "1",
    contentType,
    storageClass: "STANDARD",
    size: String(size),
    crc32c,
    etag: etagOf(object),
    timeCreated: updated.toISOString(),
    updated: updated.toISOString(),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

/** What the answer to a download says of the object. */
export function describe(object: StoredObject): Record<string, string> {
  return {
    "content-type": object.contentType,
    "content-length": String(object.size),
    "last-modified": object.updated.toUTCString(),
    etag: etagOf(object),
    "accept-ranges": "bytes",
    "x-goog-generation": object.generation,
    "x-goog-metageneration": "1",
    "x-goog-hash": `crc32c=${object.crc32c}`,
    "x-goog-stored-content-encoding": "identity",
    "x-goog-stored-content-length": String(object.size),
  };
}

/** An answer of JSON, with those of its fields that the request asks for. */
export function jsonAnswer(value: Json, query: URLSearchParams, status = 200): Answer {
  const fields = query.get("fields");
  const body = Buffer.from(JSON.stringify(fields === null ? value : pick(value, fieldsOf(fields))));
  const headers = { "content-type": "application/json; charset=UTF-8", "content-length": String(body.byteLength) };
  return { status, headers, chunks: [body] };
}

/** An answer without a body. */
export function emptyAnswer(status: number, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: status === 204 ? headers : { ...headers, "content-length": "0" }, chunks: [] };
}

interface Fields {
  readonly [name: string]: Fields | undefined;
}

/** `a,b(c,d)` as `{ a: {}, b: { c: {}, d: {} } }`. */
function fieldsOf(text: string): Fields {
  const parts = [...text.matchAll(/(\w+)(?:\(([^()]*)\))?/g)];
  return Object.fromEntries(parts.map(([, name, inner]) => [name!, inner === undefined ? {} : fieldsOf(inner)]));
}

function pick(value: Json, fields: Fields): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map((each) => pick(each, fields));
  if (typeof value !== "object" || Object.keys(fields).length === 0) return value;
  const picked = Object.entries(value).filter(([name]) => fields[name] !== undefined);
  return Object.fromEntries(picked.map(([name, inner]) => [name, pick(inner, fields[name]!)]));
}

function etagOf({ generation }: StoredObject): string {
  return `"${Buffer.from(generation).toString("base64")}"`;
}
