import type { ByteRange, DriverObject, GetOptions } from "@coatcheck/core";
import { answeredRange, getObject, LinkedAbort, type OpenedObject, plainBytes } from "@coatcheck/core/driver";
import { isBeyond, isMissingObject } from "./errors.ts";
import type { HttpAnswer } from "./http.ts";
import { infoOfHeaders, notGcs, objectPath } from "./info.ts";
import type { GcsRequests } from "./requests.ts";

/** Reads one object. Undefined where there is none; `"beyond"` where it ends before the range begins. */
export async function readObject(
  requests: GcsRequests,
  bucket: string,
  key: string,
  { range, signal }: GetOptions,
): Promise<DriverObject | "beyond" | undefined> {
  const { explain, limits } = requests;
  const open = (part: ByteRange | undefined, version: string | undefined): ReturnType<typeof openObject> =>
    openObject(requests, bucket, key, part, version, signal);
  return await getObject({ range, open, explain, ...limits, signal });
}

async function openObject(
  requests: GcsRequests,
  bucket: string,
  key: string,
  range: ByteRange | undefined,
  generation: string | undefined,
  signal: AbortSignal | undefined,
): Promise<OpenedObject | "beyond" | undefined> {
  const abort = new LinkedAbort(signal);
  // Where compressed bytes are kept, these are the object; without the header the service decompresses them.
  const headers = { "accept-encoding": "gzip", ...(range === undefined ? {} : { range: headerOf(range) }) };
  const query = { alt: "media", ...(generation === undefined ? {} : { generation }) };
  try {
    return opened(
      key,
      await requests.open({ method: "GET", path: objectPath(bucket, key), query, headers }, abort),
      range,
      abort,
    );
  } catch (error) {
    abort.release();
    if (isMissingObject(error)) return undefined;
    if (isBeyond(error)) return "beyond";
    throw error;
  }
}

function headerOf({ start, end }: ByteRange): string {
  return `bytes=${start}-${end === undefined ? "" : end - 1}`;
}

function opened(
  key: string,
  { status, headers, body }: HttpAnswer,
  range: ByteRange | undefined,
  abort: LinkedAbort,
): OpenedObject {
  const cancel = (): void => {
    abort.release();
    body.destroy();
  };
  try {
    const length = headers["content-length"];
    const size = length === undefined ? undefined : Number(length);
    const answered = answeredRange(range, size, headers["content-range"]);
    if (answered === undefined || status !== (range === undefined ? 200 : 206)) {
      throw notGcs("another range than was asked for");
    }
    return {
      info: infoOfHeaders(key, answered.size, headers),
      start: answered.start,
      end: answered.end,
      body: plainBytes(body),
      cancel,
    };
  } catch (error) {
    cancel();
    throw error;
  }
}
