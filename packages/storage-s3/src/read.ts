import type { GetObjectCommandOutput } from "@aws-sdk/client-s3";
import type { ByteRange, DriverObject, GetOptions } from "@coatcheck/core";
import {
  type AnsweredObject,
  answeredRange,
  type AnswerStream,
  getObject,
  hearErrors,
  rangeHeader,
  wrongBytes,
} from "@coatcheck/core/driver";
import { answerCode } from "./errors.ts";
import { etagOf, infoOf, notS3 } from "./info.ts";
import { needing, type S3Requests } from "./requests.ts";
import { checkAnswer } from "./send.ts";

/** Reads one object. Undefined where there is none; `"beyond"` where it ends before the range begins. */
export async function readObject(
  requests: S3Requests,
  bucket: string,
  key: string,
  { range, signal }: GetOptions,
): Promise<DriverObject | "beyond" | undefined> {
  const { explain, limits } = requests;
  return await getObject({
    range,
    explain,
    absence,
    ...limits,
    signal,
    request: async (abort, part, version) => {
      const input = {
        Bucket: bucket,
        Key: key,
        ...(part === undefined ? {} : { Range: rangeHeader(part) }),
        ...(version === undefined ? {} : { IfMatch: etagOf(version) }),
      };
      const get = needing("s3:GetObject", ({ send, sdk }, abortSignal) =>
        send(new sdk.GetObjectCommand(input), abortSignal),
      );
      return answered(key, await requests.within(get, abort), part);
    },
  });
}

function absence(error: unknown, version: string | undefined): "missing" | "beyond" | undefined {
  const code = answerCode(error);
  if (code === "NoSuchKey" || (code === "PreconditionFailed" && version !== undefined)) return "missing";
  return code === "InvalidRange" ? "beyond" : undefined;
}

function answered(key: string, output: GetObjectCommandOutput, range: ByteRange | undefined): AnsweredObject {
  const stream = output.Body as unknown as AnswerStream | undefined;
  if (stream === undefined) throw notS3("no body");
  hearErrors(stream);
  checkAnswer(output);
  const bytes = answeredRange(range, output.ContentLength, output.ContentRange);
  if (bytes === undefined) throw notS3(wrongBytes(range));
  const { size, start, end } = bytes;
  return { info: infoOf(key, size, output), start, end, stream };
}
