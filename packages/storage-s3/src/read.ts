import type { GetObjectCommandOutput } from "@aws-sdk/client-s3";
import { type ByteRange, type DriverObject, type GetOptions, type ObjectInfo, StorageError } from "@coatcheck/core";
import { LinkedAbort, type OpenBody, readBody, retry } from "@coatcheck/core/driver";
import { answerCode } from "./errors.ts";
import { etagOf, infoOf, notS3 } from "./info.ts";
import type { Requests } from "./requests.ts";

interface Opened extends OpenBody {
  readonly output: GetObjectCommandOutput;
}

/** Reads one object: a get that is resumed where its body breaks off. */
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
    const first = await retry(() => this.#open(key, headerOf(range), undefined, signal), { explain, policy, signal });
    if (typeof first !== "object") return first;
    try {
      const { info, start, end } = placeOf(key, first.output, range);
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
  }

  async #open(
    key: string,
    range: string | undefined,
    version: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Opened | "beyond" | undefined> {
    const abort = new LinkedAbort(signal);
    const input = {
      Bucket: this.#bucket,
      Key: key,
      ...(range === undefined ? {} : { Range: range }),
      ...(version === undefined ? {} : { IfMatch: etagOf(version) }),
    };
    try {
      const output = await this.#requests.within(
        ({ client, sdk }, abortSignal) => client.send(new sdk.GetObjectCommand(input), { abortSignal }),
        abort,
        { needs: "s3:GetObject" },
      );
      return { output, ...bodyOf(output, abort) };
    } catch (error) {
      abort.release();
      const code = answerCode(error);
      if (code === "NoSuchKey" || (code === "PreconditionFailed" && version !== undefined)) return undefined;
      if (code === "InvalidRange") return "beyond";
      throw error;
    }
  }
}

function headerOf(range: ByteRange | undefined): string | undefined {
  if (range === undefined) return undefined;
  return `bytes=${range.start}-${range.end === undefined ? "" : range.end - 1}`;
}

function bodyOf({ Body }: GetObjectCommandOutput, abort: LinkedAbort): OpenBody {
  const stream = Body as unknown as AsyncIterable<Uint8Array> & {
    on?(event: "error", listener: () => void): void;
    destroy?(): void;
  };
  if (stream === undefined) throw notS3("no body");
  // One that is cancelled before anybody reads it fails with nobody there to hear it.
  stream.on?.("error", () => {});
  return {
    body: withoutBuffers(stream),
    cancel: () => {
      abort.abort(new TypeError("The object was cancelled."));
      abort.release();
      stream.destroy?.();
    },
  };
}

async function* withoutBuffers(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  for await (const { buffer, byteOffset, byteLength } of stream) yield new Uint8Array(buffer, byteOffset, byteLength);
}

/** The object, and which of its bytes the answer has. */
function placeOf(
  key: string,
  output: GetObjectCommandOutput,
  range: ByteRange | undefined,
): { readonly info: ObjectInfo; readonly start: number; readonly end: number } {
  if (range === undefined) {
    const info = infoOf(key, output.ContentLength, output);
    return { info, start: 0, end: info.size };
  }
  const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(output.ContentRange ?? "") ?? [];
  if (total === undefined) throw notS3("all of the object where a range was asked for");
  const info = infoOf(key, Number(total), output);
  const [start, end] = [Number(first), Number(last) + 1];
  if (start !== range.start || end !== Math.min(range.end ?? info.size, info.size)) throw notS3("another range");
  return { info, start, end };
}

function fewer(size: number): string {
  return `the object has fewer than the ${size} bytes that the service announced. Read it again.`;
}
