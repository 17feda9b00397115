import type { ByteRange, DriverObject, GetOptions } from "@coatcheck/core";
import {
  type AnsweredObject,
  answeredRange,
  getObject,
  rangeHeader,
  shortText,
  wrongBytes,
} from "@coatcheck/core/driver";
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
  return await getObject({
    range,
    explain,
    absence,
    ...limits,
    signal,
    request: async (abort, part, generation) => {
      // Where compressed bytes are kept, these are the object; without the header the service decompresses them.
      const headers = { "accept-encoding": "gzip", ...(part === undefined ? {} : { range: rangeHeader(part) }) };
      const query = { alt: "media", ...(generation === undefined ? {} : { generation }) };
      const answer = await requests.open({ method: "GET", path: objectPath(bucket, key), query, headers }, abort);
      return answered(key, answer, part);
    },
  });
}

function absence(error: unknown): "missing" | "beyond" | undefined {
  if (isMissingObject(error)) return "missing";
  return isBeyond(error) ? "beyond" : undefined;
}

function answered(key: string, answer: HttpAnswer, range: ByteRange | undefined): AnsweredObject {
  const { status, headers, body: stream } = answer;
  const length = headers["content-length"];
  const bytes = answeredRange(range, length === undefined ? undefined : Number(length), headers["content-range"]);
  if (bytes === undefined || status !== (range === undefined ? 200 : 206)) {
    throw notGcs(wrongBytes(range));
  }
  // The service says how it keeps the bytes: other ones were compressed on the way, as was offered.
  const kept = headers["x-goog-stored-content-encoding"];
  const encoded = headers["content-encoding"];
  if (encoded !== undefined && kept !== undefined && kept !== encoded) {
    throw notGcs(`bytes in the encoding ${shortText(encoded)} that are not kept so`);
  }
  const { size, start, end } = bytes;
  return { info: infoOfHeaders(key, size, headers), start, end, stream };
}
