import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { collect, Gone } from "../body.ts";
import type { ErrorAnswer, Fault } from "../faults.ts";
import { type Answer, type Orphan, type Route, TestServer } from "../test-server.ts";
import { Bucket } from "./bucket.ts";
import { GcsError, noSuchBucket } from "./errors.ts";
import { operations } from "./operations.ts";
import { jsonAnswer } from "./resource.ts";
import { verifySignedUrl } from "./signature.ts";
import { type GcsAccount, OAuthError, Tokens } from "./tokens.ts";

/** What is done to a bucket: of the JSON API, of its uploads, and by signed URLs. */
export type ObjectOperation =
  | "objects.get"
  | "objects.media"
  | "objects.insert"
  | "objects.delete"
  | "objects.list"
  | "uploads.start"
  | "uploads.chunk"
  | "uploads.cancel"
  | "signed.get"
  | "signed.put";

/** The operations that the server knows: those above, the token endpoint and the metadata server of a machine. */
export type GcsOperation = ObjectOperation | "token" | "machine";

/** Options of {@link GcsTestServer.start}. */
export interface GcsTestServerOptions {
  readonly buckets: readonly string[];
  /** The metadata server of a machine speaks for the first. */
  readonly accounts: readonly GcsAccount[];
  /** Bytes of which every chunk of an upload but the last must be a multiple. Default 256 KiB, as in GCS. */
  readonly chunkMultiple?: number;
}

/**
 * A server that speaks as much of the JSON API of Cloud Storage as storages need, strictly, with buckets in memory: tokens,
 * conditions, uploads in one request and resumable ones, ranges, listings, signed URLs; and that fails on demand. It is
 * also a token endpoint (`/token`) and the metadata server of a machine (`GCE_METADATA_HOST`).
 */
export class GcsTestServer extends TestServer<GcsOperation> {
  readonly buckets: ReadonlyMap<string, Bucket>;
  readonly #tokens: Tokens;
  readonly #chunkMultiple: number;

  private constructor(server: Server, options: GcsTestServerOptions) {
    super(server);
    this.buckets = new Map(options.buckets.map((name) => [name, new Bucket(name)]));
    this.#tokens = new Tokens(options.accounts);
    this.#chunkMultiple = options.chunkMultiple ?? 256 * 1024;
  }

  /** Listens on a free port of this machine. */
  static async start(options: GcsTestServerOptions): Promise<GcsTestServer> {
    return new GcsTestServer(await this.listen(), options);
  }

  override get orphans(): readonly Orphan[] {
    const sessions = [...this.buckets.values()].flatMap((bucket) => [...bucket.sessions.values()]);
    const open = sessions.filter(({ done }) => done === undefined);
    return open.map(({ described, received }) => ({ key: described.name, held: received }));
  }

  protected override route(request: IncomingMessage, url: URL): Route<GcsOperation> {
    const method = request.method!;
    // Not that of the URL, which takes a segment of two dots for the folder above.
    const path = request.url!.split("?")[0]!;
    if (path === "/token") {
      return { operation: "token", key: "", run: async (fault) => await this.#token(request, url, fault) };
    }
    if (path.startsWith("/computeMetadata/")) {
      return { operation: "machine", key: "", run: async () => this.#machine(path, request, url) };
    }
    const [, upload, bucket, encoded] = /^(\/upload)?(?:\/storage\/v1)?\/b\/([^/]+)\/o(?:\/([^/]+))?$/.exec(path) ?? [];
    if (bucket !== undefined) {
      const key = decodeURIComponent(encoded ?? "");
      const operation = operationOf(method, upload !== undefined, key, url.searchParams);
      const account = (): GcsAccount | undefined => this.#tokens.bearer(request, this.now());
      return {
        operation,
        key,
        run: async (fault) => await this.#run(operation, bucket, key, url, request, account, fault),
      };
    }
    const [, signed, name] = /^\/([^/]+)\/(.+)$/.exec(path) ?? [];
    if (signed === undefined || (method !== "GET" && method !== "PUT"))
      throw new GcsError(404, "notFound", "Not Found");
    const operation = method === "GET" ? "signed.get" : "signed.put";
    const key = decodeURIComponent(name!);
    const account = (): GcsAccount => verifySignedUrl(request, url, this.#tokens, this.now());
    return {
      operation,
      key,
      run: async (fault) => await this.#run(operation, signed, key, url, request, account, fault),
    };
  }

  async #run(
    operation: ObjectOperation,
    bucketName: string,
    key: string,
    url: URL,
    request: IncomingMessage,
    accountOf: () => GcsAccount | undefined,
    fault: Fault<GcsOperation> | undefined,
  ): Promise<Answer> {
    const account = accountOf();
    const bucket = this.buckets.get(decodeURIComponent(bucketName));
    if (bucket === undefined) throw noSuchBucket();
    const { headers } = request;
    const query = url.searchParams;
    const body = await this.#body(operation, bucket, query, request, fault);
    return operations[operation]({
      bucket,
      key,
      query,
      headers,
      body,
      now: new Date(this.now()),
      url: this.url,
      need: (permission) => {
        const what = `${permission} access to the Google Cloud Storage ${permission.endsWith("list") ? "bucket" : "object"}`;
        const tail = `Permission '${permission}' denied on resource (or it may not exist).`;
        if (account === undefined)
          throw new GcsError(401, "required", `Anonymous caller does not have ${what}. ${tail}`);
        if (account.denied?.includes(permission) !== true) return;
        throw new GcsError(403, "forbidden", `${account.email} does not have ${what}. ${tail}`);
      },
    });
  }

  async #body(
    operation: ObjectOperation,
    bucket: Bucket,
    query: URLSearchParams,
    request: IncomingMessage,
    fault: Fault<GcsOperation> | undefined,
  ): Promise<Buffer> {
    const [, start, total] = /^bytes (\d+)-\d+\/(.+)$/.exec(request.headers["content-range"] ?? "") ?? [];
    if (operation !== "uploads.chunk" || start === undefined) return await collect(request, fault);
    const keep = (bytes: Buffer): void => bucket.receive(bucket.session(query.get("upload_id")!), Number(start), bytes);
    const whole = (bytes: Buffer): number => bytes.byteLength - (bytes.byteLength % this.#chunkMultiple);
    try {
      const body = await collect(request, fault);
      if (total !== "*" || whole(body) === body.byteLength) return body;
      throw new GcsError(400, "badRequest", `A chunk must be a multiple of ${this.#chunkMultiple} bytes.`);
    } catch (error) {
      // What came of a chunk that is cut is kept, as far as it is whole.
      if (error instanceof Gone) keep(error.received.subarray(0, whole(error.received)));
      throw error;
    }
  }

  async #token(request: IncomingMessage, url: URL, fault: Fault<GcsOperation> | undefined): Promise<Answer> {
    const form = new URLSearchParams((await collect(request, fault)).toString());
    try {
      return jsonAnswer(this.#tokens.exchange(form, this.now()), url.searchParams);
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      const { code, message } = error;
      return jsonAnswer({ error: code, error_description: message }, url.searchParams, 400);
    }
  }

  #machine(path: string, request: IncomingMessage, url: URL): Answer {
    if (request.headers["metadata-flavor"] !== "Google")
      throw new GcsError(403, "forbidden", "Missing Metadata-Flavor");
    const flavoured = (answer: Answer): Answer => ({
      ...answer,
      headers: { ...answer.headers, "metadata-flavor": "Google" },
    });
    if (path.endsWith("/token")) {
      return flavoured(jsonAnswer(this.#tokens.ofMachine(this.now()), url.searchParams));
    }
    if (path.endsWith("/instance")) return flavoured(jsonAnswer({}, url.searchParams));
    throw new GcsError(404, "notFound", "Not Found");
  }

  protected override sendError(error: unknown, request: IncomingMessage, response: ServerResponse): void {
    const known = error instanceof GcsError ? error : new GcsError(500, "internalError", String(error));
    // The answer to a download has the message alone.
    const media = request.url!.includes("alt=media");
    const type = media ? "text/html; charset=UTF-8" : "application/json; charset=UTF-8";
    response.writeHead(known.status, { "content-type": type, ...known.headers });
    response.end(media ? known.message : known.json);
  }

  protected override sendFault(
    { status, code, headers }: ErrorAnswer,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    this.sendError(new GcsError(status, code, code, headers), request, response);
  }
}

function operationOf(method: string, upload: boolean, key: string, query: URLSearchParams): ObjectOperation {
  const named = ((): ObjectOperation | undefined => {
    if (upload) {
      if (method === "POST") return query.get("uploadType") === "resumable" ? "uploads.start" : "objects.insert";
      return method === "PUT" ? "uploads.chunk" : method === "DELETE" ? "uploads.cancel" : undefined;
    }
    if (method === "DELETE" && key !== "") return "objects.delete";
    if (method !== "GET") return undefined;
    if (key === "") return "objects.list";
    return query.get("alt") === "media" ? "objects.media" : "objects.get";
  })();
  if (named === undefined) throw new GcsError(405, "methodNotAllowed", `${method} is not known here.`);
  return named;
}
