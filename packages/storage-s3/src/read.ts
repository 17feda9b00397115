import type { GetObjectCommandOutput } from "@aws-sdk/client-s3";
import type { ByteRange, DriverObject, GetOptions } from "@coatcheck/core";
import { answeredRange, getObject, LinkedAbort, type OpenedObject, plainBytes } from "@coatcheck/core/driver";
import { answerCode } from "./errors.ts";
import { etagOf, infoOf, notS3 } from "./info.ts";
import { needing, type S3Requests } from "./requests.ts";

/** Reads one object. Undefined where there is none; `"beyond"` where it ends before the range begins. */
export async function readObject(
  requests: S3Requests,
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
  requests: S3Requests,
  bucket: string,
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
  const input = {
    Bucket: bucket,
    Key: key,
    ...(range === undefined ? {} : { Range: headerOf(range) }),
    ...(version === undefined ? {} : { IfMatch: etagOf(version) }),
  };
  try {
    const output = await requests.within(
      needing("s3:GetObject", ({ client, sdk }, abortSignal) =>
        client.send(new sdk.GetObjectCommand(input), { abortSignal }),
      ),
      abort,
    );
    return opened(key, output, range, cancel);
  } catch (error) {
    cancel();
    const code = answerCode(error);
    if (code === "NoSuchKey" || (code === "PreconditionFailed" && version !== undefined)) return undefined;
    if (code === "InvalidRange") return "beyond";
    throw error;
  }
}

function headerOf({ start, end }: ByteRange): string {
  return `bytes=${start}-${end === undefined ? "" : end - 1}`;
}

function opened(
  key: string,
  output: GetObjectCommandOutput,
  range: ByteRange | undefined,
  cancel: () => void,
): OpenedObject {
  const stream = output.Body as unknown as AsyncIterable<Uint8Array> & {
    on?(event: "error", listener: () => void): void;
    destroy?(): void;
  };
  if (stream === undefined) throw notS3("no body");
  // One that is cancelled before anybody reads it fails with nobody there to hear it.
  stream.on?.("error", () => {});
  const answered = answeredRange(range, output.ContentLength, output.ContentRange);
  if (answered === undefined) throw notS3("another range than was asked for");
  const { size, start, end } = answered;
  const close = (): void => {
    cancel();
    stream.destroy?.();
  };
  return { info: infoOf(key, size, output), start, end, body: plainBytes(stream), cancel: close };
}
