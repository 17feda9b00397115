import {
  lazy,
  LinkedAbort,
  type PartLimits,
  retry,
  type RetryOptions,
  type RetryPolicy,
  withTimeout,
} from "@coatcheck/core/driver";
import { type ClientSettings, connect, type Connection } from "./client.ts";
import { Explainer, noteNeeded, type Permission } from "./errors.ts";
import type { Place } from "./place.ts";

/** What a driver allows itself. */
export interface Limits extends PartLimits {
  readonly policy: RetryPolicy;
  /** Milliseconds that a service may take for an answer, or for the next byte of a body. */
  readonly idleTimeout: number;
}

/** Bytes of a body that must get through in a second, at the least. */
const SLOWEST = 128 * 1024;

/** One call of the SDK. `fail` ends it with an error that the SDK does not see, as of a stream that is its body. */
export type Call<T> = (connection: Connection, abortSignal: AbortSignal, fail: (error: unknown) => void) => Promise<T>;

/** How one call is made. */
export interface CallOptions {
  /** What the request needs to be allowed. */
  readonly needs?: Permission;
  /** Bytes of its body: the more, the longer it may take. */
  readonly bytes?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Makes requests, each with its time limit, over a client that is made by the first. */
export class Requests {
  readonly limits: Limits;
  readonly explainer: Explainer;
  readonly connection: () => Promise<Connection>;
  /** DeleteObjects needs a checksum. AWS takes any; of others, many take only the one they have always asked for. */
  readonly needsMd5: boolean;
  readonly #ownClient: boolean;
  #used = false;

  constructor(place: Place, settings: ClientSettings, limits: Limits) {
    const { client, credentials } = settings;
    this.limits = limits;
    const secrets = typeof credentials === "object" ? Object.values(credentials) : [];
    this.explainer = new Explainer(place.bucket, place.endpoint, secrets, client !== undefined);
    this.needsMd5 = place.endpoint !== undefined;
    this.#ownClient = client === undefined;
    this.connection = lazy(async () => {
      this.#used = true;
      return await connect(place, settings);
    });
  }

  /** One attempt. */
  async once<T>(call: Call<T>, options: CallOptions): Promise<T> {
    const abort = new LinkedAbort(options.signal);
    try {
      return await this.within(call, abort, options);
    } finally {
      abort.release();
    }
  }

  /** One attempt whose answer has a body: `abort` ends it, and is the caller's to release. */
  async within<T>(call: Call<T>, abort: LinkedAbort, { needs, bytes = 0 }: Omit<CallOptions, "signal">): Promise<T> {
    const connection = await this.connection();
    const ms = this.limits.idleTimeout + Math.ceil((bytes / SLOWEST) * 1000);
    const answer = call(connection, abort.signal, (error) => abort.abort(error));
    try {
      return await withTimeout(answer, ms, abort, "the service has not answered");
    } catch (error) {
      if (needs !== undefined) noteNeeded(error, needs);
      throw error;
    }
  }

  /** Attempts until one succeeds: for what can be repeated without harm. */
  async send<T>(call: Call<T>, options: CallOptions & Partial<RetryOptions>): Promise<T> {
    const { explain } = this.explainer;
    return await retry(() => this.once(call, options), { explain, policy: this.limits.policy, ...options });
  }

  /** Closes the connections of a client that is our own. */
  async close(): Promise<void> {
    if (!this.#ownClient || !this.#used) return;
    const connection = await this.connection().catch(() => undefined);
    connection?.client.destroy();
  }
}
