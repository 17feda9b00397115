import { createHash, randomUUID } from "node:crypto";
import { crc32 } from "node:zlib";
import type { S3Credentials } from "@coatcheck/storage-s3";
import type { Observations } from "./likeness.ts";
import { encode, type ServiceAnswer, type ServiceRequest, signedRequest } from "./signed-request.ts";

/** Where the probe sends its requests. */
export interface ProbedServer {
  readonly endpoint: string;
  readonly credentials: S3Credentials;
  readonly bucket: string;
}

type Options = Partial<Omit<ServiceRequest, "endpoint" | "method" | "path">> & { readonly bucket?: string };

/** Asks a server for what the driver and its tests count on: the same requests, in the same order, on any server. */
export async function probe(server: ProbedServer): Promise<Observations> {
  const seen: Record<string, string> = {};
  const session = new Session(server, seen);
  await writes(session);
  await checksums(session);
  await reads(session);
  await listings(session);
  await uploads(session);
  await deletes(session);
  await refusals(session);
  return seen;
}

/** Sends requests under a prefix of its own, and notes the answers without what differs from run to run. */
class Session {
  readonly prefix: string = `probe-${randomUUID()}/`;
  readonly #server: ProbedServer;
  readonly #seen: Record<string, string>;

  constructor(server: ProbedServer, seen: Record<string, string>) {
    this.#server = server;
    this.#seen = seen;
  }

  async send(method: string, key: string | undefined, options: Options = {}): Promise<ServiceAnswer> {
    const { bucket = this.#server.bucket, ...rest } = options;
    const path =
      key === undefined ? `/${bucket}` : `/${bucket}/${(this.prefix + key).split("/").map(encode).join("/")}`;
    return await signedRequest({
      endpoint: this.#server.endpoint,
      credentials: this.#server.credentials,
      method,
      path,
      ...rest,
    });
  }

  /** Sends it and notes what came: the status, the code of an error, the headers that are named, what `more` makes of it. */
  async note(
    name: string,
    method: string,
    key: string | undefined,
    options: Options = {},
    headers: readonly string[] = [],
    more: (body: string) => string = () => "",
  ): Promise<ServiceAnswer> {
    const answer = await this.send(method, key, options);
    const body = answer.body.toString();
    const code = /<Code>([^<]+)<\/Code>/.exec(body)?.[1] ?? "";
    const named = headers.map((header) => `${header}: ${String(answer.headers[header] ?? "none")}`).join(", ");
    this.say(name, [`${answer.status}`, code, named, more(body)].filter((part) => part !== "").join(" "));
    return answer;
  }

  say(name: string, text: string): void {
    if (Object.hasOwn(this.#seen, name)) throw new Error(`The probe has ${name} twice.`);
    this.#seen[name] = text.replaceAll(this.prefix, "").replaceAll(encode(this.prefix), "");
  }

  get server(): ProbedServer {
    return this.#server;
  }
}

function decodeXml(text: string): string {
  const names: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
  return text.replace(/&(?:#(\d+)|(\w+));/g, (_, code: string | undefined, name: string) =>
    code === undefined ? names[name]! : String.fromCodePoint(Number(code)),
  );
}

const etagOf = (bytes: string | Uint8Array): string => `"${createHash("md5").update(bytes).digest("hex")}"`;

function crcOf(bytes: string): string {
  const digest = Buffer.alloc(4);
  digest.writeUInt32BE(crc32(bytes));
  return digest.toString("base64");
}

async function writes(s: Session): Promise<void> {
  await s.note("put", "PUT", "a", { body: "first" }, ["etag"]);
  await s.note("put, empty", "PUT", "empty", { body: "" }, ["etag"]);
  await s.note("put, If-None-Match: *, on nothing", "PUT", "b", { body: "b", headers: { "if-none-match": "*" } });
  await s.note("put, If-None-Match: *, on an object", "PUT", "b", { body: "c", headers: { "if-none-match": "*" } });
  await s.note("put, If-None-Match: an ETag", "PUT", "a", { body: "c", headers: { "if-none-match": etagOf("x") } });
  await s.note("put, If-Match: its ETag", "PUT", "b", { body: "c", headers: { "if-match": etagOf("b") } });
  await s.note("put, If-Match: its ETag without quotes", "PUT", "b", {
    body: "d",
    headers: { "if-match": etagOf("c").slice(1, -1) },
  });
  await s.note("put, If-Match: another ETag", "PUT", "b", { body: "e", headers: { "if-match": etagOf("x") } });
  await s.note("put, If-Match: an ETag, on nothing", "PUT", "none", {
    body: "e",
    headers: { "if-match": etagOf("x") },
  });
  await s.note("put, If-Match: *, on nothing", "PUT", "none", { body: "e", headers: { "if-match": "*" } });
  await s.note("get after the puts", "GET", "b", {}, [], (body) => body);
}

async function checksums(s: Session): Promise<void> {
  const md5 = (text: string): string => createHash("md5").update(text).digest("base64");
  const trailer = (text: string, crc: string): Options => ({
    body: `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n0\r\nx-amz-checksum-crc32:${crc}\r\n\r\n`,
    headers: {
      "content-encoding": "aws-chunked",
      "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
      "x-amz-decoded-content-length": String(Buffer.byteLength(text)),
      "x-amz-trailer": "x-amz-checksum-crc32",
    },
  });
  await s.note("put, right Content-MD5", "PUT", "c", { body: "c", headers: { "content-md5": md5("c") } });
  await s.note("put, wrong Content-MD5", "PUT", "c", { body: "c", headers: { "content-md5": md5("x") } });
  await s.note("put, right CRC32", "PUT", "c", { body: "c", headers: { "x-amz-checksum-crc32": crcOf("c") } }, [
    "x-amz-checksum-crc32",
  ]);
  await s.note("put, wrong CRC32", "PUT", "c", { body: "c", headers: { "x-amz-checksum-crc32": crcOf("x") } });
  const other = createHash("sha256").update("x").digest("hex");
  await s.note("put, wrong x-amz-content-sha256", "PUT", "c", {
    body: "c",
    headers: { "x-amz-content-sha256": other },
  });
  await s.note("put, UNSIGNED-PAYLOAD", "PUT", "c", {
    body: "c",
    headers: { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" },
  });
  await s.note("put, in chunks, right trailer", "PUT", "trailer", trailer("in chunks", crcOf("in chunks")), ["etag"]);
  await s.note("get of what came in chunks", "GET", "trailer", {}, [], (body) => body);
  await s.note("put, in chunks, wrong trailer", "PUT", "trailer", trailer("in chunks", crcOf("x")));
  await s.note("get with x-amz-checksum-mode", "GET", "trailer", { headers: { "x-amz-checksum-mode": "ENABLED" } }, [
    "x-amz-checksum-crc32",
  ]);
}

async function reads(s: Session): Promise<void> {
  const shown = ["content-length", "content-type", "etag", "accept-ranges", "x-amz-meta-id"];
  await s.send("PUT", "typed", {
    body: "0123456789",
    headers: { "content-type": "text/plain", "x-amz-meta-id": "one" },
  });
  await s.note("get", "GET", "typed", {}, shown, (body) => body);
  await s.note("head", "HEAD", "typed", {}, shown);
  await s.note("get, no content type given", "GET", "a", {}, ["content-type"]);
  const dated = await s.send("GET", "typed");
  s.say(
    "get, form of Last-Modified",
    String(dated.headers["last-modified"])
      .replace(/\d/g, "9")
      .replace(/[A-Z][a-z]{2}/g, "Abc"),
  );
  const shown10 = (body: string): string => (/^\d+$/.test(body) ? body : "");
  const ranges = ["0-0", "5-", "5-100", "9-9", "10-", "10-20", "5-2", "-3", "-0", "0-1,3-4", "x"];
  for (const range of ranges) {
    const headers = { range: `bytes=${range}` };
    await s.note(`get, bytes=${range} of 10 bytes`, "GET", "typed", { headers }, ["content-range"], shown10);
  }
  await s.note("get, bytes=0-0 of no bytes", "GET", "empty", { headers: { range: "bytes=0-0" } }, ["content-range"]);
  for (const method of ["GET", "HEAD"]) {
    const name = method.toLowerCase();
    const etag = etagOf("0123456789");
    await s.note(`${name}, If-Match: its ETag`, method, "typed", { headers: { "if-match": etag } });
    await s.note(`${name}, If-Match: another ETag`, method, "typed", { headers: { "if-match": etagOf("x") } });
    await s.note(`${name}, If-None-Match: its ETag`, method, "typed", { headers: { "if-none-match": etag } });
    await s.note(`${name}, no such key`, method, "none");
    await s.note(`${name}, no such key, If-Match`, method, "none", { headers: { "if-match": etag } });
  }
  const both = { "if-match": etagOf("0123456789"), range: "bytes=2-3" };
  await s.note("get, If-Match and a range", "GET", "typed", { headers: both }, ["content-range"], (body) => body);
  await s.note("get, another If-Match and a range", "GET", "typed", { headers: { ...both, "if-match": etagOf("x") } });
}

async function listings(s: Session): Promise<void> {
  const names = ["B", "a", "a b", "a+b", "a%2Fb", "a&b<c>", "b/c", "b0", "ä", "\u{fffd}", "😀", "'()*!~"];
  for (const name of names) await s.send("PUT", `list/${name}`, { body: name });
  const list = async (name: string, query: Record<string, string>): Promise<void> => {
    const asked = { "list-type": "2", prefix: `${s.prefix}list/`, ...query };
    await s.note(name, "GET", undefined, { query: asked }, [], (body) => {
      const texts = (tag: string): string[] =>
        [...body.matchAll(new RegExp(`<${tag}>([^<]*)</${tag}>`, "g"))].map((match) => match[1]!);
      const fields = ["KeyCount", "MaxKeys", "IsTruncated", "EncodingType"].map((tag) => `${tag}=${texts(tag).join()}`);
      const keys = texts("Key").map((key) => decodeXml(key).replace(s.prefix, "").replace("list/", ""));
      return [...fields, ...keys].join(" ");
    });
  };
  await list("list", {});
  await list("list, encoded", { "encoding-type": "url" });
  await list("list, max-keys=2", { "encoding-type": "url", "max-keys": "2" });
  await list("list, max-keys=0", { "max-keys": "0" });
  await list("list, max-keys=5000", { "max-keys": "5000", prefix: `${s.prefix}list/b` });
  await list("list, max-keys=x", { "max-keys": "x" });
  await list("list, start-after a key", { "encoding-type": "url", "start-after": `${s.prefix}list/b/c` });
  await list("list, start-after no key", { "encoding-type": "url", "start-after": `${s.prefix}list/b` });
  await list("list, start-after the last", { "start-after": `${s.prefix}list/~` });
  await list("list, of nothing", { prefix: `${s.prefix}nothing/` });
  await s.note(
    "list, ETag and size",
    "GET",
    undefined,
    { query: { "list-type": "2", prefix: `${s.prefix}list/B` } },
    [],
    (body) =>
      [decodeXml(/<ETag>([^<]*)<\/ETag>/.exec(body)?.[1] ?? ""), /<Size>(\d+)<\/Size>/.exec(body)?.[1]].join(" "),
  );
}

async function uploads(s: Session): Promise<void> {
  const five = Buffer.alloc(5 * 2 ** 20, 1);
  const begin = async (key: string): Promise<string> => {
    const { body } = await s.send("POST", key, { query: { uploads: "" }, headers: { "x-amz-meta-id": "upload" } });
    return /<UploadId>([^<]+)</.exec(body.toString())![1]!;
  };
  const part = (uploadId: string, number: number): Record<string, string> => ({ partNumber: String(number), uploadId });
  const listed = (...parts: readonly (readonly [number, string])[]): string => {
    const all = parts.map(([number, etag]) => `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag></Part>`);
    return `<CompleteMultipartUpload>${all.join("")}</CompleteMultipartUpload>`;
  };
  const etag = (body: string): string => decodeXml(/<ETag>([^<]*)<\/ETag>/.exec(body)?.[1] ?? "");

  const first = await begin("parts");
  await s.note("upload a part", "PUT", "parts", { query: part(first, 1), body: five }, ["etag"]);
  await s.note("upload part 2", "PUT", "parts", { query: part(first, 2), body: "end" }, ["etag"]);
  await s.note("upload part 0", "PUT", "parts", { query: part(first, 0), body: "end" });
  await s.note("upload part 10001", "PUT", "parts", { query: part(first, 10_001), body: "end" });
  const whole = listed([1, etagOf(five)], [2, etagOf("end")]);
  const complete = async (name: string, key: string, uploadId: string, body: string, headers = {}): Promise<void> => {
    await s.note(`complete, ${name}`, "POST", key, { query: { uploadId }, body, headers }, [], etag);
  };
  await s.note("get while the upload is under way", "GET", "parts");
  await complete("no parts", "parts", first, listed());
  await complete("parts out of order", "parts", first, listed([2, etagOf("end")], [1, etagOf(five)]));
  await complete("another ETag", "parts", first, listed([1, etagOf("x")], [2, etagOf("end")]));
  await complete("a part that is not there", "parts", first, listed([1, etagOf(five)], [3, etagOf("end")]));
  await complete("If-Match: an ETag, on nothing", "parts", first, whole, { "if-match": etagOf("x") });
  await complete("If-None-Match: *, on nothing", "parts", first, whole, { "if-none-match": "*" });
  await s.note("head of what came in parts", "HEAD", "parts", {}, ["etag", "content-length", "x-amz-meta-id"]);
  await complete("again", "parts", first, whole);

  const second = await begin("parts");
  await s.send("PUT", "parts", { query: part(second, 1), body: "second" });
  const single = listed([1, etagOf("second")]);
  await complete("If-None-Match: *, on an object", "parts", second, single, { "if-none-match": "*" });
  await complete("If-Match: another ETag", "parts", second, single, { "if-match": etagOf("x") });
  const { headers } = await s.send("HEAD", "parts");
  await complete("If-Match: its ETag", "parts", second, single, { "if-match": String(headers.etag) });

  const third = await begin("small");
  for (const number of [1, 2]) await s.send("PUT", "small", { query: part(third, number), body: "small" });
  await complete("a part that is too small", "small", third, listed([1, etagOf("small")], [2, etagOf("small")]));
  await s.note("abort", "DELETE", "small", { query: { uploadId: third } });
  await s.note("abort again", "DELETE", "small", { query: { uploadId: third } });
  await s.note("upload a part after abort", "PUT", "small", { query: part(third, 1), body: "small" });
  await complete("after abort", "small", third, listed([1, etagOf("small")]));
}

async function deletes(s: Session): Promise<void> {
  for (const key of ["gone", "kept", "many/1", "many/2"]) await s.send("PUT", key, { body: key });
  await s.note("delete", "DELETE", "gone");
  await s.note("delete of nothing", "DELETE", "gone");
  await s.note("delete, If-Match: its ETag", "DELETE", "kept", { headers: { "if-match": etagOf("kept") } });
  await s.send("PUT", "kept", { body: "kept" });
  await s.note("delete, If-Match: another ETag", "DELETE", "kept", { headers: { "if-match": etagOf("x") } });
  await s.note("delete, If-Match, of nothing", "DELETE", "none", { headers: { "if-match": etagOf("x") } });
  const many = (...keys: readonly string[]): string =>
    `<Delete><Quiet>true</Quiet>${keys.map((key) => `<Object><Key>${s.prefix}${key}</Key></Object>`).join("")}</Delete>`;
  const send = async (name: string, body: string, checked = true): Promise<void> => {
    const headers: Record<string, string> = checked
      ? { "content-md5": createHash("md5").update(body).digest("base64") }
      : {};
    await s.note(name, "POST", undefined, { query: { delete: "" }, body, headers }, [], (text) =>
      text.includes("<Error>") ? "Error" : "",
    );
  };
  await send("delete of many, one of which is not there", many("many/1", "never"));
  await s.note("head after the delete of many", "HEAD", "many/1");
  await send("delete of many, without a checksum", many("many/2"), false);
  await send("delete of many, of none", many());
  await send("delete of many, of 1,001", many(...Array.from({ length: 1001 }, (_, index) => String(index))));
}

async function refusals(s: Session): Promise<void> {
  const { credentials } = s.server;
  const missing = { bucket: "no-such-bucket" };
  await s.note("get, no such bucket", "GET", "a", missing);
  await s.note("put, no such bucket", "PUT", "a", { ...missing, body: "a" });
  await s.note("head, no such bucket", "HEAD", "a", missing);
  await s.note("delete, no such bucket", "DELETE", "a", missing);
  await s.note("list, no such bucket", "GET", undefined, { ...missing, query: { "list-type": "2" } });
  await s.note("an access key that nobody knows", "GET", "a", {
    credentials: { ...credentials, accessKeyId: "nobody" },
  });
  await s.note("a wrong secret", "GET", "a", { credentials: { ...credentials, secretAccessKey: "wrong-secret" } });
  await s.note("a session token that nobody gave", "GET", "a", {
    credentials: { ...credentials, sessionToken: "token" },
  });
  await s.note("no signature", "GET", "a", { unsigned: true });
  await s.note("another region", "GET", "a", { region: "eu-west-1" });
  await s.note("a clock that is an hour late", "GET", "a", { at: new Date(Date.now() - 3_600_000) });
  await s.note(
    "a key of 1,024 bytes",
    "PUT",
    `${"k".repeat(200)}/`.repeat(5).slice(0, 1024 - s.prefix.length - 1) + "k",
    { body: "k" },
  );
  await s.note(
    "a key of 1,025 bytes",
    "PUT",
    `${"k".repeat(200)}/`.repeat(5).slice(0, 1025 - s.prefix.length - 1) + "k",
    { body: "k" },
  );
  await s.note("an error has a request id", "GET", "none", {}, [], (body) =>
    /<RequestId>[^<]/.test(body) ? "in its body" : "",
  );
}
