import { type LinkedAbort, type Limits, Requests, retry, type RetryOptions } from "@coatcheck/core/driver";
import { type ClientSettings, connect, type Connection } from "./client.ts";
import { Explainer, Refusal } from "./errors.ts";
import { type HttpAnswer, type HttpRequest, textOf } from "./http.ts";
import { notGcs } from "./info.ts";
import type { Place } from "./place.ts";

/** What the driver allows itself. */
export interface GcsLimits extends Limits {
  /** Chunks after which those of a stream become twice as large. */
  readonly growAfter: number;
}

/** A request to the client's endpoint. */
export interface ApiRequest extends Pick<HttpRequest, "method" | "body"> {
  /** Begins with a slash. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How one request is made. */
export interface AttemptOptions {
  readonly signal?: AbortSignal | undefined;
  /** A status, beside those of success, that is no failure. */
  readonly accept?: number;
}

/** An answer, read whole. */
export interface Answer extends Pick<HttpAnswer, "status" | "headers"> {
  readonly text: string;
}

/** Makes requests, over a client that is made by the first. */
export class GcsRequests extends Requests<Connection> {
  /** Closes the connections. */
  readonly close: () => Promise<void>;

  constructor(place: Place, settings: ClientSettings, limits: Limits) {
    let own: Promise<Connection> | undefined;
    const open = async (): Promise<Connection> => await (own = connect(place, settings));
    super(open, new Explainer(place.bucket, place.endpoint).explain, limits);
    this.close = async () => (await own?.catch(() => undefined))?.close();
  }

  /** One attempt, of which the whole answer is read. */
  async attempt(request: ApiRequest, { signal, accept }: AttemptOptions): Promise<Answer> {
    const bytes = request.body?.reduce((sum, { byteLength }) => sum + byteLength, 0) ?? 0;
    return await this.once(
      async (connection, abortSignal) => {
        const answer = await exchange(connection, request, abortSignal, accept);
        return { status: answer.status, headers: answer.headers, text: await textOf(answer) };
      },
      { signal, bytes },
    );
  }

  /** One attempt whose answer is read by the caller: `abort` ends it, and is the caller's to release. */
  async open(request: ApiRequest, abort: LinkedAbort): Promise<HttpAnswer> {
    return await this.within((connection, abortSignal) => exchange(connection, request, abortSignal), abort);
  }

  /** Calls until it succeeds, as the policy has it: for what can be repeated without harm. */
  async retry<T>(run: () => Promise<T>, options: Partial<RetryOptions> = {}): Promise<T> {
    return await retry(run, { explain: this.explain, policy: this.limits.policy, ...options });
  }
}

/** The JSON of an answer; what is none is not of the service. */
export function jsonOf<T>({ text }: Answer): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    throw notGcs("what is no JSON");
  }
}

async function exchange(
  connection: Connection,
  { method, path, query, headers = {}, body }: ApiRequest,
  signal: AbortSignal,
  accept?: number,
): Promise<HttpAnswer> {
  const parameters = new URLSearchParams(query).toString();
  const url = `${connection.endpoint}${path}${parameters === "" ? "" : `?${parameters}`}`;
  const answer = await connection.send({ method, url, headers, body }, signal);
  const { status } = answer;
  if ((status >= 200 && status < 300) || status === accept) return answer;
  throw new Refusal(status, answer.headers, await textOf(answer));
}
