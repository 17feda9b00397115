import { lazy, LinkedAbort, retry, type RetryOptions, type RetryPolicy, withTimeout } from "@coatcheck/core/driver";
import { type ClientSettings, connect, type Connection } from "./client.ts";
import { Explainer, Refusal } from "./errors.ts";
import { type HttpAnswer, type HttpRequest, textOf } from "./http.ts";
import { notGcs } from "./info.ts";
import type { Place } from "./place.ts";

/** What a driver allows itself. */
export interface Limits {
  /** Bytes of a chunk of a stream. What is not larger is sent in one request. */
  readonly partSize: number;
  /** Bytes of a chunk, at most: they double each time after `growAfter` of them. */
  readonly maxHeld: number;
  readonly growAfter: number;
  /** Bytes of an object, at most. */
  readonly maxSize: number;
  readonly policy: RetryPolicy;
  /** Milliseconds that a service may take for an answer, or for the next byte of a body. */
  readonly idleTimeout: number;
}

/** Bytes of a body that must get through in a second, at the least. */
const SLOWEST = 128 * 1024;

/** A request to the client's endpoint. */
export interface Call {
  readonly method: HttpRequest["method"];
  /** Begins with a slash. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Chunks, which can be sent again. */
  readonly body?: readonly Uint8Array[];
}

/** How one call is made. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Statuses, beside those of success, that are no failure. */
  readonly accept?: readonly number[];
}

/** An answer, read whole. */
export interface Answer extends Pick<HttpAnswer, "status" | "headers"> {
  readonly text: string;
}

/** Makes requests, each with its time limit, over a client that is made by the first. */
export class Requests {
  readonly limits: Limits;
  readonly explainer: Explainer;
  readonly connection: () => Promise<Connection>;
  #used = false;

  constructor(place: Place, settings: ClientSettings, limits: Limits) {
    this.limits = limits;
    this.explainer = new Explainer(place.bucket, place.endpoint);
    this.connection = lazy(async () => {
      this.#used = true;
      return await connect(place, settings);
    });
  }

  /** One attempt. */
  async once(call: Call, { signal, accept }: CallOptions): Promise<Answer> {
    return await this.during(
      async (abort) => {
        const answer = await this.#send(call, abort, accept);
        return { status: answer.status, headers: answer.headers, text: await textOf(answer) };
      },
      signal,
      bytesOf(call),
    );
  }

  /** One attempt whose answer has a body that is read by the caller: `abort` ends it, and is the caller's to release. */
  async open(call: Call, abort: LinkedAbort): Promise<HttpAnswer> {
    return await this.#within(this.#send(call, abort, undefined), abort, 0);
  }

  /** Attempts until one succeeds: for what can be repeated without harm. */
  async send(call: Call, options: CallOptions & Partial<RetryOptions> = {}): Promise<Answer> {
    return await this.retry(() => this.once(call, options), options);
  }

  /** Calls until it succeeds, as the policy has it. */
  async retry<T>(run: () => Promise<T>, options: Partial<RetryOptions> = {}): Promise<T> {
    return await retry(run, { explain: this.explainer.explain, policy: this.limits.policy, ...options });
  }

  /** Runs what listens to the abort it is given, within the time that a request with a body of so many `bytes` may take. */
  async during<T>(run: (abort: LinkedAbort) => Promise<T>, signal: AbortSignal | undefined, bytes = 0): Promise<T> {
    const abort = new LinkedAbort(signal);
    try {
      return await this.#within(run(abort), abort, bytes);
    } finally {
      abort.release();
    }
  }

  async #within<T>(answer: Promise<T>, abort: LinkedAbort, bytes: number): Promise<T> {
    const ms = this.limits.idleTimeout + Math.ceil((bytes / SLOWEST) * 1000);
    return await withTimeout(answer, ms, abort, "the service has not answered");
  }

  async #send(call: Call, { signal }: LinkedAbort, accept: readonly number[] | undefined): Promise<HttpAnswer> {
    const connection = await this.connection();
    const query = new URLSearchParams(call.query).toString();
    const url = `${connection.endpoint}${call.path}${query === "" ? "" : `${call.path.includes("?") ? "&" : "?"}${query}`}`;
    const answer = await connection.send(
      { method: call.method, url, headers: call.headers ?? {}, body: call.body },
      signal,
    );
    const { status } = answer;
    if ((status >= 200 && status < 300) || accept?.includes(status) === true) return answer;
    throw new Refusal(status, answer.headers, await textOf(answer));
  }

  /** Closes the connections. */
  async close(): Promise<void> {
    if (!this.#used) return;
    const connection = await this.connection().catch(() => undefined);
    connection?.close();
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

function bytesOf({ body = [] }: Call): number {
  return body.reduce((sum, { byteLength }) => sum + byteLength, 0);
}
