import { createHash, createHmac } from "node:crypto";
import { type IncomingHttpHeaders, request as httpRequest } from "node:http";
import type { S3Credentials } from "@coatcheck/storage-s3";

/** A request to a service of AWS, or to what speaks its protocol, without an SDK. */
export interface ServiceRequest {
  readonly endpoint: string;
  readonly credentials: S3Credentials;
  /** Default `s3`. */
  readonly service?: "s3" | "sts";
  readonly method: string;
  /** As it goes over the wire: encoded. Default `/`. */
  readonly path?: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** Default us-east-1. */
  readonly region?: string;
  /** When it says that it was signed; default now. */
  readonly at?: Date;
  /** Leave the signature out. */
  readonly unsigned?: boolean;
}

/** An answer, read to its end. */
export interface ServiceAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Sends a request with a signature of version 4 over it and its body, on a connection of its own. */
export async function signedRequest(given: ServiceRequest): Promise<ServiceAnswer> {
  const { endpoint, credentials, service = "s3", method, path = "/", query = {}, body = "" } = given;
  const { region = "us-east-1", at = new Date(), unsigned = false } = given;
  const { host, hostname, port } = new URL(endpoint);
  const time = at.toISOString().replace(/[-:]|\.\d+/g, "");
  const scope = `${time.slice(0, 8)}/${region}/${service}/aws4_request`;
  const payloadHash = given.headers?.["x-amz-content-sha256"] ?? createHash("sha256").update(body).digest("hex");
  const headers: Record<string, string> = {
    ...given.headers,
    host,
    "x-amz-date": time,
    "x-amz-content-sha256": payloadHash,
    ...(credentials.sessionToken === undefined ? {} : { "x-amz-security-token": credentials.sessionToken }),
  };
  const search = Object.entries(query)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join("&");
  const names = Object.keys(headers).sort();
  const lines = names.map((name) => `${name}:${headers[name]!.trim()}`);
  const canonical = [method, path, search, ...lines, "", names.join(";"), payloadHash].join("\n");
  const text = ["AWS4-HMAC-SHA256", time, scope, createHash("sha256").update(canonical).digest("hex")].join("\n");
  let key: string | Buffer = `AWS4${credentials.secretAccessKey}`;
  for (const part of scope.split("/")) key = createHmac("sha256", key).update(part).digest();
  const signature = createHmac("sha256", key).update(text).digest("hex");
  if (!unsigned)
    headers.authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
  return await new Promise((resolve, reject) => {
    const full = search === "" ? path : `${path}?${search}`;
    const request = httpRequest({ hostname, port, method, path: full, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", reject);
      response.once("end", () => {
        resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) });
      });
    });
    request.once("error", reject);
    request.end(body);
  });
}

/** As signatures need it: all but letters, digits and `-._~`. */
export function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
