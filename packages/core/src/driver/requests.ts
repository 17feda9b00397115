import type { PartLimits } from "./parts.ts";
import type { RangeLimits } from "./ranges.ts";
import { type Failure, retry, type RetryOptions, type RetryPolicy } from "./retry.ts";
import { lazy } from "./sdk.ts";
import { LinkedAbort, withTimeout } from "./timeout.ts";

/** What a driver allows itself. */
export interface Limits extends PartLimits {
  /** When and how large objects are read in ranges; without, each is read by one request. */
  readonly ranges?: RangeLimits;
  readonly policy: RetryPolicy;
  /** Milliseconds that a service may take for an answer, or for the next byte of a body. */
  readonly idleTimeout: number;
}

/** Bytes of a body that must get through in a second, at the least. */
const SLOWEST = 128 * 1024;

/** One call of an SDK. `fail` ends it with an error that the SDK does not see, as of a stream that is its body. */
export type Call<Connection, T> = (
  connection: Connection,
  abortSignal: AbortSignal,
  fail: (error: unknown) => void,
) => Promise<T>;

/** How one call is made. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes of its body: the more, the longer it may take. */
  readonly bytes?: number;
}

/** Makes requests, each with its time limit, over a connection that is made by the first. */
export class Requests<Connection> {
  readonly limits: Limits;
  readonly explain: (error: unknown) => Failure;
  /** Made by the first call, and then kept. */
  readonly connection: () => Promise<Connection>;

  constructor(connect: () => Promise<Connection>, explain: (error: unknown) => Failure, limits: Limits) {
    this.connection = lazy(connect);
    this.explain = explain;
    this.limits = limits;
  }

  /** One attempt. */
  async once<T>(call: Call<Connection, T>, { signal, bytes = 0 }: CallOptions): Promise<T> {
    const abort = new LinkedAbort(signal);
    try {
      return await this.within(call, abort, bytes);
    } finally {
      abort.release();
    }
  }

  /** One attempt whose answer has a body: `abort` ends it, and is the caller's to release. */
  async within<T>(call: Call<Connection, T>, abort: LinkedAbort, bytes = 0): Promise<T> {
    const connection = await this.connection();
    const ms = this.limits.idleTimeout + Math.ceil((bytes / SLOWEST) * 1000);
    const answer = call(connection, abort.signal, (error) => abort.abort(error));
    return await withTimeout(answer, ms, abort, "the service has not answered");
  }

  /** Attempts until one succeeds: for what can be repeated without harm. */
  async send<T>(call: Call<Connection, T>, options: CallOptions & Partial<RetryOptions> = {}): Promise<T> {
    const { explain, limits } = this;
    return await retry(() => this.once(call, options), { explain, policy: limits.policy, ...options });
  }
}
