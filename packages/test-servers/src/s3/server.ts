import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { ErrorAnswer, Fault } from "../faults.ts";
import { type Answer, type Orphan, type Route, TestServer } from "../test-server.ts";
import { readRequestBody } from "./body.ts";
import { Bucket } from "./bucket.ts";
import { S3Error } from "./errors.ts";
import { operationOf, operations } from "./operations.ts";
import { type Signer, verifySignature } from "./signature.ts";
import { element, xmlDocument } from "./xml.ts";

/** The operations that the server knows. */
export type S3Operation =
  | "GetObject"
  | "HeadObject"
  | "PutObject"
  | "DeleteObject"
  | "DeleteObjects"
  | "ListObjectsV2"
  | "CreateMultipartUpload"
  | "UploadPart"
  | "CompleteMultipartUpload"
  | "AbortMultipartUpload";

const REQUEST_ID = "TESTREQUEST";

/** Somebody who may use the server. */
export interface S3Account extends Signer {
  /** What this one may not do; without ListObjectsV2, a missing key is forbidden, not missing. */
  readonly denied?: readonly S3Operation[];
}

/** Options of {@link S3TestServer.start}. */
export interface S3TestServerOptions {
  readonly buckets: readonly string[];
  readonly accounts: readonly S3Account[];
  /** Default us-east-1. */
  readonly region?: string;
  /** Bytes that every part but the last must have. Default 5 MiB, as in S3. */
  readonly minPartSize?: number;
}

/**
 * A server that speaks as much of the protocol of S3 as storages need, strictly, with buckets in memory and in the path:
 * signatures, checksums, conditions, parts, ranges, listings; and that fails on demand.
 */
export class S3TestServer extends TestServer<S3Operation> {
  readonly region: string;
  readonly buckets: ReadonlyMap<string, Bucket>;
  readonly #accounts: ReadonlyMap<string, S3Account>;

  private constructor(server: Server, options: S3TestServerOptions) {
    super(server);
    this.region = options.region ?? "us-east-1";
    this.buckets = new Map(options.buckets.map((name) => [name, new Bucket(options.minPartSize)]));
    this.#accounts = new Map(options.accounts.map((account) => [account.accessKeyId, account]));
  }

  /** Listens on a free port of this machine. */
  static async start(options: S3TestServerOptions): Promise<S3TestServer> {
    return new S3TestServer(await this.listen(), options);
  }

  override get orphans(): readonly Orphan[] {
    const uploads = [...this.buckets.values()].flatMap((bucket) => [...bucket.uploads.values()]);
    return uploads.map(({ key, parts }) => ({ key, held: parts.size }));
  }

  protected override route(request: IncomingMessage, url: URL): Route<S3Operation> {
    const [, bucket = "", ...rest] = url.pathname.split("/");
    const key = decodeURIComponent(rest.join("/"));
    const operation = operationOf(request.method!, key, url.searchParams);
    return { operation, key, run: async (fault) => await this.#run(operation, bucket, key, url, request, fault) };
  }

  protected override sendError(error: unknown, request: IncomingMessage, response: ServerResponse): void {
    const known = error instanceof S3Error ? error : new S3Error(500, "InternalError", String(error));
    const { status, code, message, details, headers } = known;
    const body =
      request.method === "HEAD" || status === 304
        ? ""
        : xmlDocument(element("Error", { Code: code, Message: message, ...details, RequestId: REQUEST_ID }));
    response.writeHead(status, { "content-type": "application/xml", "x-amz-request-id": REQUEST_ID, ...headers });
    response.end(body);
  }

  protected override sendFault(
    { status, code, headers }: ErrorAnswer,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    this.sendError(new S3Error(status, code, code, {}, headers), request, response);
  }

  async #run(
    operation: S3Operation,
    bucketName: string,
    key: string,
    url: URL,
    request: IncomingMessage,
    fault: Fault<S3Operation> | undefined,
  ): Promise<Answer> {
    const now = this.now();
    const { signer, payloadHash } = verifySignature(request, url, this.#accounts, this.region, now);
    const bucket = this.buckets.get(decodeURIComponent(bucketName));
    if (bucket === undefined) throw new S3Error(404, "NoSuchBucket", "The specified bucket does not exist");
    if (signer.denied?.includes(operation) === true) throw new S3Error(403, "AccessDenied", "Access Denied");
    if (Buffer.byteLength(key) > 1024) throw new S3Error(400, "KeyTooLongError", "Your key is too long");
    const body = await readRequestBody(request, payloadHash, fault);
    const mayList = signer.denied?.includes("ListObjectsV2") !== true;
    const { headers } = request;
    const answer = operations[operation]({
      bucket,
      key,
      query: url.searchParams,
      headers,
      body,
      now: new Date(now),
      mayList,
    });
    return { ...answer, headers: { "x-amz-request-id": REQUEST_ID, ...answer.headers } };
  }
}
