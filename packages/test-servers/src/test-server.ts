import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { Gone } from "./body.ts";
import { type ErrorAnswer, failInstead, type Fault, Faults, sendAnswer } from "./faults.ts";

/** What is sent back. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly chunks: readonly Buffer[];
}

/** A request whose operation is known, and what carries it out. */
export interface Route<Operation extends string> {
  readonly operation: Operation;
  readonly key: string;
  /** `fault` is one in the middle of the request's body. */
  run(fault: Fault<Operation> | undefined): Promise<Answer>;
}

/** An upload in parts that is neither finished nor given up. */
export interface Orphan {
  readonly key: string;
  /** How many bytes or parts came. */
  readonly held: number;
}

/** What the servers have in common: connections, a log of requests, a clock that can be set, and faults on demand. */
export abstract class TestServer<Operation extends string> {
  readonly url: string;
  /** Added to the server's clock, in milliseconds. */
  clockOffset = 0;
  /** Every request that came, the failed ones too, in order. */
  readonly requests: {
    readonly operation: Operation;
    readonly key: string;
    /** Path and query. */
    readonly url: string;
    readonly headers: IncomingHttpHeaders;
  }[] = [];
  /** How many faults came to pass, by where. */
  readonly hits: Record<Fault<Operation>["at"], number> = {
    request: 0,
    "request body": 0,
    answer: 0,
    "answer body": 0,
  };
  readonly #server: Server;
  readonly #faults = new Faults<Operation>();

  protected constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("request", (request: IncomingMessage, response: ServerResponse) => void this.#answer(request, response));
  }

  /** Listens on a free port of this machine. */
  protected static async listen(): Promise<Server> {
    // A body may come slowly; and what stalls on purpose must not be ended here.
    const server = createServer({ requestTimeout: 0, keepAliveTimeout: 60_000 });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  /** Finds out what a request is; throws where it is nothing that the server knows. */
  protected abstract route(request: IncomingMessage, url: URL): Route<Operation>;

  /** Writes what a route threw, as the protocol has it. */
  protected abstract sendError(error: unknown, request: IncomingMessage, response: ServerResponse): void;

  /** Writes an error that was asked for, as the protocol has it. */
  protected abstract sendFault(error: ErrorAnswer, request: IncomingMessage, response: ServerResponse): void;

  /** Ends every connection. */
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** How many connections are open. */
  async connections(): Promise<number> {
    return await new Promise((resolve, reject) =>
      this.#server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
    );
  }

  /** Has something go wrong with the next requests that it fits. */
  inject(fault: Fault<Operation>): void {
    this.#faults.add(fault);
  }

  /** Forgets the faults that have not come and the requests that have. */
  reset(): void {
    this.#faults.clear();
    this.requests.length = 0;
  }

  /** The uploads in parts that were left behind. None where a service shows none, as Azure does. */
  get orphans(): readonly Orphan[] {
    return [];
  }

  /** How many requests of each operation came. */
  get counts(): Partial<Record<Operation, number>> {
    const counts: Partial<Record<Operation, number>> = {};
    for (const { operation } of this.requests) counts[operation] = (counts[operation] ?? 0) + 1;
    return counts;
  }

  /** The server's clock. */
  protected now(): number {
    return Date.now() + this.clockOffset;
  }

  #take(at: Fault<Operation>["at"], operation: Operation): Fault<Operation> | undefined {
    const fault = this.#faults.take(at, operation);
    if (fault !== undefined) this.hits[at]++;
    return fault;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.sendDate = false;
    response.setHeader("date", new Date(this.now()).toUTCString());
    try {
      const { operation, key, run } = this.route(request, new URL(request.url!, this.url));
      this.requests.push({ operation, key, url: request.url!, headers: request.headers });
      const fail = (error: ErrorAnswer): void => this.sendFault(error, request, response);
      const before = this.#take("request", operation);
      if (before !== undefined) return failInstead(before.action, request, response, fail);
      const answer = await run(this.#take("request body", operation));
      const after = this.#take("answer", operation);
      if (after !== undefined) return failInstead(after.action, request, response, fail);
      send(response, answer, this.#take("answer body", operation));
    } catch (error) {
      if (error instanceof Gone || (request.destroyed === true && !request.complete)) return;
      request.resume();
      this.sendError(error, request, response);
    }
  }
}

function send(response: ServerResponse, answer: Answer, fault: Fault<string> | undefined): void {
  if (fault !== undefined) return sendAnswer(response, { ...answer, body: Buffer.concat(answer.chunks) }, fault);
  response.writeHead(answer.status, answer.headers);
  for (const chunk of answer.chunks) response.write(chunk);
  response.end();
}
