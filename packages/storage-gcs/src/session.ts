import { StorageError } from "@coatcheck/core";
import { Refusal } from "./errors.ts";
import { notGcs, type Resource } from "./info.ts";
import { type Answer, type ApiRequest, type AttemptOptions, jsonOf, type GcsRequests } from "./requests.ts";

/** The answer to a chunk of an upload that is not at its end. */
const INCOMPLETE = 308;
/** The answer to who cancels an upload. */
const CANCELLED = 499;

/**
 * A resumable upload. What is sent shows to nobody before its end, where the condition it was started with is looked at
 * once more. The address of a session is a secret: who has it can write.
 */
export class Session {
  readonly #requests: GcsRequests;
  readonly #path: string;
  readonly #signal: AbortSignal | undefined;
  /** Bytes that the service has; undefined where it must be asked. */
  #kept: number | undefined = 0;

  private constructor(requests: GcsRequests, path: string, signal: AbortSignal | undefined) {
    this.#requests = requests;
    this.#path = path;
    this.#signal = signal;
  }

  /** Starts one by `call`, the request that describes the object. */
  static async start(requests: GcsRequests, call: ApiRequest, options: AttemptOptions): Promise<Session> {
    const { headers } = await requests.attempt(call, options);
    const { location } = headers;
    if (location === undefined) throw notGcs("an upload without address");
    // The host is that of the client: it is the one that the token is for.
    const { pathname, search } = new URL(location, "http://host");
    return new Session(requests, pathname + search, options.signal);
  }

  /** Has the service keep the bytes of `chunks`, which begin at `start`; repeats what it can. */
  async send(chunks: readonly Uint8Array[], start: number, signal: AbortSignal): Promise<void> {
    const end = start + sizeOf(chunks);
    await this.#requests.retry(
      async () => {
        for (let kept = await this.#keptBytes(signal); kept < end; kept = this.#kept!) {
          await this.#put(rest(chunks, start, kept), kept, "*", signal);
          if (this.#kept! <= kept) throw stuck();
        }
      },
      { signal },
    );
  }

  /** One attempt to send the last bytes, which begin at `start`, and to make the object: gives what it is. */
  async finish(chunks: readonly Uint8Array[], start: number): Promise<Resource> {
    const total = start + sizeOf(chunks);
    const before = this.#kept === undefined ? await this.#ask(String(total), this.#signal) : undefined;
    if (before !== undefined) return before;
    for (;;) {
      const kept = this.#kept!;
      const made = await this.#put(rest(chunks, start, kept), kept, String(total), this.#signal);
      if (made !== undefined) return made;
      if (this.#kept! <= kept) throw stuck();
    }
  }

  /**
   * Ends an upload that is not complete. Not ended by the caller's signal: it is what cleans up after an abort. A service
   * that does not answer is not waited for long; it forgets the upload after a week.
   */
  async cancel(): Promise<void> {
    const request: ApiRequest = { method: "DELETE", path: this.#path };
    const { policy } = this.#requests.limits;
    const signal = AbortSignal.timeout(10_000);
    const end = async (): Promise<Answer> => await this.#requests.attempt(request, { signal, accept: CANCELLED });
    await this.#requests.retry(end, { signal, policy: { ...policy, budget: 10_000 } }).catch(() => {});
  }

  async #keptBytes(signal: AbortSignal): Promise<number> {
    if (this.#kept === undefined) await this.#ask("*", signal);
    return this.#kept!;
  }

  /** Asks how much was kept; gives the object where it is made. */
  async #ask(total: string, signal: AbortSignal | undefined): Promise<Resource | undefined> {
    return await this.#exchange([], `bytes */${total}`, signal);
  }

  async #put(
    chunks: readonly Uint8Array[],
    start: number,
    total: string,
    signal: AbortSignal | undefined,
  ): Promise<Resource | undefined> {
    const size = sizeOf(chunks);
    const range = size === 0 ? "*" : `${start}-${start + size - 1}`;
    return await this.#exchange(chunks, `bytes ${range}/${total}`, signal);
  }

  async #exchange(
    body: readonly Uint8Array[],
    range: string,
    signal: AbortSignal | undefined,
  ): Promise<Resource | undefined> {
    this.#kept = undefined;
    const call: ApiRequest = { method: "PUT", path: this.#path, headers: { "content-range": range }, body };
    let answer: Answer;
    try {
      answer = await this.#requests.attempt(call, { signal, accept: INCOMPLETE });
    } catch (error) {
      throw error instanceof Refusal && (error.status === 404 || error.status === 410) ? gone(error) : error;
    }
    if (answer.status !== INCOMPLETE) return jsonOf<Resource>(answer);
    const { range: kept } = answer.headers as { range?: string };
    this.#kept = kept === undefined ? 0 : Number(/^bytes=0-(\d+)$/.exec(kept)?.[1] ?? NaN) + 1;
    if (Number.isNaN(this.#kept)) throw notGcs("no range of what it kept");
    return undefined;
  }
}

/** What is left of chunks that begin at `start`, from `kept` on. */
function rest(chunks: readonly Uint8Array[], start: number, kept: number): readonly Uint8Array[] {
  if (kept < start) {
    const detail = `the service has ${kept} bytes of the upload, of ${start} that it said it had. Put it again.`;
    throw new StorageError({ code: "Unavailable", detail });
  }
  let skip = kept - start;
  const left: Uint8Array[] = [];
  for (const chunk of chunks) {
    const piece = chunk.subarray(Math.min(skip, chunk.byteLength));
    skip -= chunk.byteLength - piece.byteLength;
    if (piece.byteLength > 0) left.push(piece);
  }
  return left;
}

function sizeOf(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

function stuck(): StorageError {
  const detail = "the service took a chunk and kept nothing of it. Try again later.";
  return new StorageError({ code: "Unavailable", detail, retryable: true });
}

function gone({ status }: Refusal): StorageError {
  const detail = `the upload is not there any more: it took more than a week, or somebody ended it (${status}). Put it again.`;
  return new StorageError({ code: "Unavailable", detail });
}
