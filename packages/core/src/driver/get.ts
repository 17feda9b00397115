import { StorageError } from "../errors.ts";
import type { ByteRange, DriverObject, ObjectInfo } from "../storage/driver.ts";
import { type RangeLimits, readInRanges } from "./ranges.ts";
import { type AnswerStream, type OpenBody, readBody, type ReadBodyOptions } from "./read.ts";
import { retry } from "./retry.ts";
import { LinkedAbort } from "./timeout.ts";

/** The answer to a get. */
export interface AnsweredObject {
  readonly info: ObjectInfo;
  /** Where in the object its body begins, and where it ends. */
  readonly start: number;
  readonly end: number;
  /** Given to {@link hearErrors} already. */
  readonly stream: AnswerStream;
}

/** Options of {@link getObject}. */
export interface GetObjectOptions extends Omit<ReadBodyOptions, "length" | "reopen"> {
  readonly range?: ByteRange | undefined;
  /** When and how large bodies are read in ranges; without, each is read by one request. */
  readonly ranges?: RangeLimits | undefined;
  /** One attempt to get a range, or all, of that version where one is given. An abort ends it, and the stream it gave. */
  readonly request: (
    abort: LinkedAbort,
    range: ByteRange | undefined,
    version: string | undefined,
  ) => Promise<AnsweredObject>;
  /**
   * What a failure says where it is no failure: `"missing"`, there is no such object, or not of that version any more;
   * `"beyond"`, it ends before the range begins.
   */
  readonly absence: (error: unknown, version: string | undefined) => "missing" | "beyond" | undefined;
}

type OpenedObject = OpenBody & Omit<AnsweredObject, "stream">;

/**
 * Gets an object whose body is read on from where it breaks off, of the same version. Undefined where there is none;
 * `"beyond"` where it ends before the range begins.
 */
export async function getObject(options: GetObjectOptions): Promise<DriverObject | "beyond" | undefined> {
  const { range, ranges, explain, policy, signal } = options;
  const first = await retry(() => openObject(options, range, undefined), { explain, policy, signal });
  if (typeof first !== "object") return first;
  const { info, start, end } = first;
  const length = end - start;
  const openRange = async (from: number, to: number): Promise<OpenBody | undefined> => {
    const rest = await openObject(options, { start: start + from, end: start + to }, info.version);
    if (rest !== "beyond") return rest;
    const detail = `the object has fewer than the ${info.size} bytes that the service announced. Read it again.`;
    throw new StorageError({ code: "Corrupt", detail });
  };
  if (ranges !== undefined && length > 2 * ranges.size) {
    return { info, ...readInRanges(first, { ...options, ranges, length, open: openRange }) };
  }
  return { info, ...readBody(first, { ...options, length, reopen: (offset) => openRange(offset, length) }) };
}

async function openObject(
  { request, absence, signal }: GetObjectOptions,
  range: ByteRange | undefined,
  version: string | undefined,
): Promise<OpenedObject | "beyond" | undefined> {
  const abort = new LinkedAbort(signal);
  try {
    const { info, start, end, stream } = await request(abort, range, version);
    return { info, start, end, stream, abort };
  } catch (error) {
    // The answer may be what is wrong, and its body still to come.
    abort.abort(error);
    abort.release();
    const absent = absence(error, version);
    if (absent === undefined) throw error;
    return absent === "missing" ? undefined : absent;
  }
}

/**
 * The size of the whole object, and which of its bytes an answer has, by its `Content-Length` and `Content-Range`.
 * Undefined where they are not of the range that was asked for.
 */
export function answeredRange(
  range: ByteRange | undefined,
  contentLength: number | undefined,
  contentRange: string | undefined,
): { readonly size: number; readonly start: number; readonly end: number } | undefined {
  if (range === undefined) {
    return contentLength === undefined ? undefined : { size: contentLength, start: 0, end: contentLength };
  }
  const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(contentRange ?? "") ?? [];
  const [size, start, end] = [Number(total), Number(first), Number(last) + 1];
  return start === range.start && end === Math.min(range.end ?? size, size) ? { size, start, end } : undefined;
}

/** What an answer has where {@link answeredRange} is undefined. */
export function wrongBytes(range: ByteRange | undefined): string {
  return range === undefined ? "an object without length" : "another range than was asked for";
}

/** What a `Range` header says for a range of bytes. */
export function rangeHeader({ start, end }: ByteRange): string {
  return `bytes=${start}-${end === undefined ? "" : end - 1}`;
}
