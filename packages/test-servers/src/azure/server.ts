import { createHmac } from "node:crypto";
import { Agent, type IncomingMessage, request as send, type Server, type ServerResponse } from "node:http";
import { collect, Gone } from "../body.ts";
import type { ErrorAnswer } from "../faults.ts";
import { type Answer, type Route, TestServer } from "../test-server.ts";
import { type AzureAccount, Azurite } from "./azurite.ts";
import { type AzureOperation, operationOf } from "./operations.ts";

/** The account of every {@link AzureTestServer}. */
const ACCOUNT: AzureAccount = {
  name: "testaccount",
  key: Buffer.from("the key of the account for tests, which is no secret").toString("base64"),
};

/**
 * Azurite, behind a proxy that counts requests and fails on demand. What the proxy passes on, it passes on as it is, so
 * that signatures hold. Its clock is only what its answers say.
 */
export class AzureTestServer extends TestServer<AzureOperation> {
  readonly account: AzureAccount = ACCOUNT;
  readonly #azurite: Azurite;
  readonly #agent = new Agent({ keepAlive: true });

  private constructor(server: Server, azurite: Azurite) {
    super(server);
    this.#azurite = azurite;
  }

  /** Starts Azurite with these containers, and the proxy, which listens on a free port of this machine. */
  static async start({ containers }: { readonly containers: readonly string[] }): Promise<AzureTestServer> {
    const azurite = await Azurite.start(ACCOUNT);
    for (const container of containers) await createContainer(`http://127.0.0.1:${azurite.port}`, container);
    return new AzureTestServer(await TestServer.listen(), azurite);
  }

  /** Ends every connection, and Azurite. */
  override async close(): Promise<void> {
    await super.close();
    this.#agent.destroy();
    await this.#azurite.close();
  }

  /** Where the account is: with an emulator its name is in the path. */
  get endpoint(): string {
    return `${this.url}/${this.account.name}`;
  }

  /** What connects to the account. */
  get connectionString(): string {
    const { name, key } = this.account;
    return `DefaultEndpointsProtocol=http;AccountName=${name};AccountKey=${key};BlobEndpoint=${this.endpoint};`;
  }

  protected override route(request: IncomingMessage, url: URL): Route<AzureOperation> {
    const [, , , ...rest] = url.pathname.split("/");
    const key = decodeURIComponent(rest.join("/"));
    return {
      operation: operationOf(request.method!, key, url.searchParams),
      key,
      run: async (fault) => {
        try {
          return await this.#forward(request, await collect(request, fault));
        } catch (error) {
          // What came of a body that was cut reaches Azurite, which has to make nothing of it.
          if (error instanceof Gone) await this.#forward(request, error.received, true).catch(() => {});
          throw error;
        }
      },
    };
  }

  protected override sendError(error: unknown, request: IncomingMessage, response: ServerResponse): void {
    this.sendFault({ status: 502, code: String(error) }, request, response);
  }

  protected override sendFault(
    { status, code, headers }: ErrorAnswer,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    const body = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`;
    response.writeHead(status, { "content-type": "application/xml", "x-ms-error-code": code, ...headers });
    response.end(request.method === "HEAD" || status === 304 ? "" : body);
  }

  async #forward(request: IncomingMessage, body: Buffer, cut = false): Promise<Answer> {
    const { method = "GET", url: path = "/", headers: asked } = request;
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const options = { host: "127.0.0.1", port: this.#azurite.port, agent: this.#agent };
      const upstream = send({ ...options, method, path, headers: asked }, resolve).once("error", reject);
      if (cut) upstream.write(body, () => upstream.destroy());
      else upstream.end(body);
    });
    const chunks: Buffer[] = [];
    for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
    // The date is the proxy's.
    const { date: _, ...headers } = answer.headers;
    return { status: answer.statusCode!, headers: headers as Record<string, string>, chunks };
  }
}

/** Create Container, signed with the account's key. */
async function createContainer(url: string, container: string): Promise<void> {
  const path = `/${ACCOUNT.name}/${container}`;
  const named = { "x-ms-date": new Date().toUTCString(), "x-ms-version": "2021-12-02" };
  const canonical = [...Object.entries(named).map(([name, value]) => `${name}:${value}`), `/${ACCOUNT.name}${path}`];
  // The method, eleven headers that are not sent, those of Azure's own, and what is asked for.
  const text = ["PUT", ...Array.from({ length: 11 }, () => ""), ...canonical, "restype:container"].join("\n");
  const signature = createHmac("sha256", Buffer.from(ACCOUNT.key, "base64")).update(text).digest("base64");
  const headers = { ...named, authorization: `SharedKey ${ACCOUNT.name}:${signature}` };
  const answer = await fetch(`${url}${path}?restype=container`, { method: "PUT", headers });
  if (!answer.ok) throw new Error(`Azurite did not make the container ${container}: ${await answer.text()}`);
}
