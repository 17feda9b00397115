import { createHash, createHmac } from "node:crypto";
import type { PutObjectCommand } from "@aws-sdk/client-s3";
import type { SignOptions } from "@coatcheck/core";
import { checkSigning } from "@coatcheck/core/driver";
import type { Connection } from "./client.ts";
import type { S3Requests } from "./requests.ts";

interface HttpRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly method: string;
}

/**
 * A URL signed with the client's credentials, for the place where the client would send the request; nothing is sent. A
 * put by it takes any bytes, and what it writes has no write id. The URL ends with the credentials, where those end before.
 */
export async function signedUrl(
  requests: S3Requests,
  bucket: string,
  key: string,
  options: SignOptions,
): Promise<string> {
  checkSigning(options);
  const { operation, expiresIn, signal } = options;
  return await requests.send(
    async (connection, abortSignal) => {
      const { config } = connection.client;
      const request = await requestOf(connection, bucket, key, operation, abortSignal);
      const [credentials, region] = await Promise.all([config.credentials(), config.region()]);
      return presigned(request, { ...credentials, region }, Math.floor(expiresIn / 1000), new Date());
    },
    { signal },
  );
}

/** The request as the client would send it, without headers. */
async function requestOf(
  { client, sdk }: Connection,
  bucket: string,
  key: string,
  operation: "get" | "put",
  abortSignal: AbortSignal,
): Promise<HttpRequest> {
  const input = { Bucket: bucket, Key: key };
  const command = operation === "get" ? new sdk.GetObjectCommand(input) : new sdk.PutObjectCommand(input);
  let request: HttpRequest | undefined;
  const capture = (_next: unknown) => (args: { request: unknown }) => {
    request = args.request as HttpRequest;
    return Promise.resolve({ response: {}, output: { $metadata: {} } });
  };
  // Before checksums, which are of a body that is not known, and before it is sent.
  (command as PutObjectCommand).middlewareStack.add(capture as never, { step: "build", priority: "high" });
  await client.send(command as InstanceType<typeof sdk.GetObjectCommand>, { abortSignal });
  return request!;
}

/** Signature version 4 in the query, over an unsigned payload and no header but the host. */
function presigned(
  { protocol, hostname, port, path, method }: HttpRequest,
  credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
    readonly region: string;
  },
  seconds: number,
  now: Date,
): string {
  const host = port === undefined ? hostname : `${hostname}:${port}`;
  const time = now.toISOString().replace(/[-:]|\.\d+/g, "");
  const day = time.slice(0, 8);
  const scope = `${day}/${credentials.region}/s3/aws4_request`;
  const parameters: [string, string][] = [
    ["X-Amz-Algorithm", "AWS4-HMAC-SHA256"],
    ["X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"],
    ["X-Amz-Credential", `${credentials.accessKeyId}/${scope}`],
    ["X-Amz-Date", time],
    ["X-Amz-Expires", String(seconds)],
    ...(credentials.sessionToken === undefined
      ? []
      : [["X-Amz-Security-Token", credentials.sessionToken] as [string, string]]),
    ["X-Amz-SignedHeaders", "host"],
  ];
  const query = parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
  const canonical = [method, path, query, `host:${host}`, "", "host", "UNSIGNED-PAYLOAD"].join("\n");
  const text = ["AWS4-HMAC-SHA256", time, scope, createHash("sha256").update(canonical).digest("hex")].join("\n");
  let key: string | Buffer = `AWS4${credentials.secretAccessKey}`;
  for (const part of scope.split("/")) key = createHmac("sha256", key).update(part).digest();
  const signature = createHmac("sha256", key).update(text).digest("hex");
  return `${protocol}//${host}${path}?${query}&X-Amz-Signature=${signature}`;
}
