import { type ByteRange, type DriverObject, type GetOptions, type ObjectInfo, StorageError } from "@coatcheck/core";
import { LinkedAbort, type OpenBody, readBody } from "@coatcheck/core/driver";
import { isBeyond, isMissingObject } from "./errors.ts";
import type { HttpAnswer } from "./http.ts";
import { infoOfHeaders, notGcs, objectPath } from "./info.ts";
import type { Requests } from "./requests.ts";

interface Opened extends OpenBody {
  readonly answer: HttpAnswer;
}

/** Reads one object: a download that is resumed where its body breaks off. */
export class Reader {
  readonly #requests: Requests;
  readonly #bucket: string;

  constructor(requests: Requests, bucket: string) {
    this.#requests = requests;
    this.#bucket = bucket;
  }

  /** Undefined where there is no such object; `"beyond"` where it ends before the range begins. */
  async get(key: string, { range, signal }: GetOptions): Promise<DriverObject | "beyond" | undefined> {
    const { limits, explainer } = this.#requests;
    const { policy, idleTimeout } = limits;
    const { explain } = explainer;
    return await this.#requests.retry(
      async () => {
        const first = await this.#open(key, headerOf(range), undefined, signal);
        if (typeof first !== "object") return first;
        try {
          const { info, start, end } = placeOf(key, first.answer, range);
          const reopen = async (offset: number): Promise<OpenBody | undefined> => {
            const rest = await this.#open(key, `bytes=${start + offset}-${end - 1}`, info.version, signal);
            if (rest === "beyond") throw new StorageError({ code: "Corrupt", detail: fewer(info.size) });
            return rest;
          };
          const length = end - start;
          return { info, ...readBody(first, { length, reopen, explain, policy, idleTimeout, signal }) };
        } catch (error) {
          first.cancel();
          throw error;
        }
      },
      { signal },
    );
  }

  async #open(
    key: string,
    range: string | undefined,
    generation: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Opened | "beyond" | undefined> {
    const abort = new LinkedAbort(signal);
    // Where compressed bytes are kept, these are the object; without the header the service decompresses them.
    const headers = { "accept-encoding": "gzip", ...(range === undefined ? {} : { range }) };
    const query = { alt: "media", ...(generation === undefined ? {} : { generation }) };
    try {
      const call = { method: "GET", path: objectPath(this.#bucket, key), query, headers } as const;
      const answer = await this.#requests.open(call, abort);
      return { answer, ...bodyOf(answer, abort) };
    } catch (error) {
      abort.release();
      if (isMissingObject(error)) return undefined;
      if (isBeyond(error)) return "beyond";
      throw error;
    }
  }
}

function headerOf(range: ByteRange | undefined): string | undefined {
  if (range === undefined) return undefined;
  return `bytes=${range.start}-${range.end === undefined ? "" : range.end - 1}`;
}

function bodyOf({ body }: HttpAnswer, abort: LinkedAbort): OpenBody {
  return {
    body: withoutBuffers(body),
    cancel: () => {
      abort.release();
      body.destroy();
    },
  };
}

async function* withoutBuffers(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  for await (const { buffer, byteOffset, byteLength } of stream) yield new Uint8Array(buffer, byteOffset, byteLength);
}

/** The object, and which of its bytes the answer has. */
function placeOf(
  key: string,
  { status, headers }: HttpAnswer,
  range: ByteRange | undefined,
): { readonly info: ObjectInfo; readonly start: number; readonly end: number } {
  if (range === undefined) {
    if (status !== 200) throw notGcs("a part of the object where all was asked for");
    const info = infoOfHeaders(key, headers["content-length"], headers);
    return { info, start: 0, end: info.size };
  }
  const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers["content-range"] ?? "") ?? [];
  if (total === undefined) throw notGcs("all of the object where a range was asked for");
  const info = infoOfHeaders(key, total, headers);
  const [start, end] = [Number(first), Number(last) + 1];
  if (start !== range.start || end !== Math.min(range.end ?? info.size, info.size)) throw notGcs("another range");
  return { info, start, end };
}

function fewer(size: number): string {
  return `the object has fewer than the ${size} bytes that the service announced. Read it again.`;
}
