import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type ErrorAnswer, failInstead, type Fault, Faults, sendAnswer } from "../faults.ts";
import { Gone, readRequestBody } from "./body.ts";
import { Bucket } from "./bucket.ts";
import { S3Error } from "./errors.ts";
import { type Answer, operationOf, operations } from "./operations.ts";
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
export class S3TestServer {
  readonly url: string;
  readonly region: string;
  readonly buckets: ReadonlyMap<string, Bucket>;
  /** Added to the server's clock, in milliseconds. */
  clockOffset = 0;
  /** Every request that came, the failed ones too, in order. */
  readonly requests: {
    readonly operation: S3Operation;
    readonly key: string;
    readonly headers: IncomingMessage["headers"];
  }[] = [];
  readonly #server: Server;
  readonly #accounts: ReadonlyMap<string, S3Account>;
  readonly #faults = new Faults<S3Operation>();

  private constructor(server: Server, options: S3TestServerOptions) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.region = options.region ?? "us-east-1";
    this.buckets = new Map(options.buckets.map((name) => [name, new Bucket(options.minPartSize)]));
    this.#accounts = new Map(options.accounts.map((account) => [account.accessKeyId, account]));
    server.on("request", (request: IncomingMessage, response: ServerResponse) => void this.#answer(request, response));
  }

  /** Listens on a free port of this machine. */
  static async start(options: S3TestServerOptions): Promise<S3TestServer> {
    // A body may come slowly; and what stalls on purpose must not be ended here.
    const server = createServer({ requestTimeout: 0, keepAliveTimeout: 60_000 });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new S3TestServer(server, options);
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Has something go wrong with the next requests that it fits. */
  inject(fault: Fault<S3Operation>): void {
    this.#faults.add(fault);
  }

  /** Forgets the faults that have not come and the requests that have. */
  reset(): void {
    this.#faults.clear();
    this.requests.length = 0;
  }

  /** How many requests of each operation came. */
  get counts(): Partial<Record<S3Operation, number>> {
    const counts: Partial<Record<S3Operation, number>> = {};
    for (const { operation } of this.requests) counts[operation] = (counts[operation] ?? 0) + 1;
    return counts;
  }

  /** The parts, by key, of uploads that are neither complete nor aborted. */
  get orphans(): { readonly key: string; readonly parts: number }[] {
    const uploads = [...this.buckets.values()].flatMap((bucket) => [...bucket.uploads.values()]);
    return uploads.map(({ key, parts }) => ({ key, parts: parts.size }));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.sendDate = false;
    response.setHeader("date", new Date(this.#now()).toUTCString());
    response.setHeader("x-amz-request-id", "TESTREQUEST");
    try {
      const url = new URL(request.url!, this.url);
      const [, bucket = "", ...rest] = url.pathname.split("/");
      const key = decodeURIComponent(rest.join("/"));
      const operation = operationOf(request.method!, key, url.searchParams);
      this.requests.push({ operation, key, headers: request.headers });
      const before = this.#faults.take("request", operation);
      const fail = (error: ErrorAnswer): void => sendError(asS3Error(error), request, response);
      if (before !== undefined) return failInstead(before.action, request, response, fail);
      const answer = await this.#run(operation, bucket, key, url, request);
      const after = this.#faults.take("answer", operation);
      if (after !== undefined) return failInstead(after.action, request, response, fail);
      const body = Buffer.concat(answer.chunks);
      sendAnswer(response, { ...answer, body }, this.#faults.take("answer body", operation));
    } catch (error) {
      if (error instanceof Gone || (request.destroyed === true && !request.complete)) return;
      const known = error instanceof S3Error ? error : new S3Error(500, "InternalError", String(error));
      request.resume();
      sendError(known, request, response);
    }
  }

  async #run(
    operation: S3Operation,
    bucketName: string,
    key: string,
    url: URL,
    request: IncomingMessage,
  ): Promise<Answer> {
    const now = this.#now();
    const { signer, payloadHash } = verifySignature(request, url, this.#accounts, this.region, now);
    const bucket = this.buckets.get(decodeURIComponent(bucketName));
    if (bucket === undefined) throw new S3Error(404, "NoSuchBucket", "The specified bucket does not exist");
    if (signer.denied?.includes(operation) === true) throw new S3Error(403, "AccessDenied", "Access Denied");
    if (Buffer.byteLength(key) > 1024) throw new S3Error(400, "KeyTooLongError", "Your key is too long");
    const body = await readRequestBody(request, payloadHash, this.#faults.take("request body", operation));
    const mayList = signer.denied?.includes("ListObjectsV2") !== true;
    const { headers } = request;
    return operations[operation]({ bucket, key, query: url.searchParams, headers, body, now: new Date(now), mayList });
  }

  #now(): number {
    return Date.now() + this.clockOffset;
  }
}

function asS3Error({ status, code, headers }: ErrorAnswer): S3Error {
  return new S3Error(status, code, code, {}, headers);
}

function sendError(error: S3Error, request: IncomingMessage, response: ServerResponse): void {
  const { status, code, message, details, headers } = error;
  const body =
    request.method === "HEAD" || status === 304
      ? ""
      : xmlDocument(element("Error", { Code: code, Message: message, ...details }));
  response.writeHead(status, { "content-type": "application/xml", ...headers });
  response.end(body);
}
