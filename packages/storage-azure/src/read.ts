import type { BlobDownloadResponseParsed } from "@azure/storage-blob";
import type { ByteRange, DriverObject, GetOptions } from "@coatcheck/core";
import {
  type AnsweredObject,
  answeredRange,
  type AnswerStream,
  getObject,
  hearErrors,
  type Requests,
  wrongBytes,
} from "@coatcheck/core/driver";
import type { Connection } from "./client.ts";
import { answerCode } from "./errors.ts";
import { checkAnswer, etagOf, infoOf, notAzure } from "./info.ts";

/** The range begins at the end of the object: Azure refuses it, Azurite gives none of it. */
const BEYOND = Symbol("beyond");

/** Reads one object. Undefined where there is none; `"beyond"` where it ends before the range begins. */
export async function readObject(
  requests: Requests<Connection>,
  key: string,
  { range, signal }: GetOptions,
): Promise<DriverObject | "beyond" | undefined> {
  const { explain, limits } = requests;
  return await getObject({
    // The SDK asks for all by no range.
    range: range?.start === 0 && range.end === undefined ? undefined : range,
    explain,
    absence,
    ...limits,
    signal,
    request: async (abort, part, version) => {
      const { start = 0, end } = part ?? {};
      const answer = await requests.within(({ call }, abortSignal) => {
        const conditions = version === undefined ? {} : { ifMatch: etagOf(version) };
        const count = end === undefined ? undefined : end - start;
        // Where the body breaks off the driver reads on: the SDK does so without a limit in time, and loses errors.
        const options = { abortSignal, conditions, maxRetryRequests: 0 };
        return call(key, abortSignal, (blob) => blob.download(start, count, options));
      }, abort);
      return answered(key, answer, part);
    },
  });
}

function absence(error: unknown, version: string | undefined): "missing" | "beyond" | undefined {
  if (error === BEYOND) return "beyond";
  const code = answerCode(error);
  if (code === "BlobNotFound" || (code === "ConditionNotMet" && version !== undefined)) return "missing";
  return code === "InvalidRange" ? "beyond" : undefined;
}

function answered(key: string, answer: BlobDownloadResponseParsed, range: ByteRange | undefined): AnsweredObject {
  const stream = answer.readableStreamBody as AnswerStream | undefined;
  if (stream === undefined) throw notAzure("no body");
  hearErrors(stream);
  checkAnswer(answer);
  const bytes = answeredRange(range, answer.contentLength, answer.contentRange);
  if (bytes === undefined) throw notAzure(wrongBytes(range));
  const { size, start, end } = bytes;
  if (range !== undefined && start === end) throw BEYOND;
  return { info: infoOf(key, size, answer), start, end, stream };
}
