import type { BlobDownloadResponseParsed } from "@azure/storage-blob";
import type { ByteRange, DriverObject, GetOptions } from "@coatcheck/core";
import {
  answeredRange,
  getObject,
  LinkedAbort,
  type OpenedObject,
  plainBytes,
  type Requests,
} from "@coatcheck/core/driver";
import { blobOf } from "./blob.ts";
import type { Connection } from "./client.ts";
import { answerCode } from "./errors.ts";
import { etagOf, infoOf, notAzure } from "./info.ts";

/** Reads one object. Undefined where there is none; `"beyond"` where it ends before the range begins. */
export async function readObject(
  requests: Requests<Connection>,
  key: string,
  { range, signal }: GetOptions,
): Promise<DriverObject | "beyond" | undefined> {
  const { explain, limits } = requests;
  const open = (part: ByteRange | undefined, version: string | undefined): ReturnType<typeof openObject> =>
    openObject(requests, key, part, version, signal);
  // The SDK asks for all by no range.
  const asked = range?.start === 0 && range.end === undefined ? undefined : range;
  return await getObject({ range: asked, open, explain, ...limits, signal });
}

async function openObject(
  requests: Requests<Connection>,
  key: string,
  range: ByteRange | undefined,
  version: string | undefined,
  signal: AbortSignal | undefined,
): Promise<OpenedObject | "beyond" | undefined> {
  const abort = new LinkedAbort(signal);
  const cancel = (): void => {
    abort.abort(new TypeError("The object was cancelled."));
    abort.release();
  };
  const { start = 0, end } = range ?? {};
  try {
    const answer = await requests.within(({ client }, abortSignal) => {
      const conditions = version === undefined ? {} : { ifMatch: etagOf(version) };
      const count = end === undefined ? undefined : end - start;
      // Where the body breaks off the driver reads on: the SDK does so without a limit in time, and loses errors.
      return blobOf(client, key).download(start, count, { abortSignal, conditions, maxRetryRequests: 0 });
    }, abort);
    const object = opened(key, answer, range, cancel);
    if (range === undefined || object.start < object.end) return object;
    // Azure refuses a range that begins at the end, Azurite gives none of it.
    object.cancel();
    return "beyond";
  } catch (error) {
    cancel();
    const code = answerCode(error);
    if (code === "BlobNotFound" || (code === "ConditionNotMet" && version !== undefined)) return undefined;
    if (code === "InvalidRange") return "beyond";
    throw error;
  }
}

function opened(
  key: string,
  answer: BlobDownloadResponseParsed,
  range: ByteRange | undefined,
  cancel: () => void,
): OpenedObject {
  const { contentLength, contentRange } = answer;
  const stream = answer.readableStreamBody as (AsyncIterable<Uint8Array> & NodeJS.ReadableStream) | undefined;
  if (stream === undefined) throw notAzure("no body");
  // One that is cancelled before anybody reads it fails with nobody there to hear it.
  stream.on("error", () => {});
  const answered = answeredRange(range, contentLength, contentRange);
  if (answered === undefined) throw notAzure("another range than was asked for");
  const { size, start, end } = answered;
  const close = (): void => {
    cancel();
    (stream as { destroy?(): void }).destroy?.();
  };
  return { info: infoOf(key, size, answer), start, end, body: plainBytes(stream), cancel: close };
}
