import { StorageError } from "../errors.ts";
import type { ByteRange, DriverObject, ObjectInfo } from "../storage/driver.ts";
import { type RangeLimits, readInRanges } from "./ranges.ts";
import { type OpenBody, readBody, type ReadBodyOptions } from "./read.ts";
import { retry } from "./retry.ts";

/** The answer to a get. */
export interface OpenedObject extends OpenBody {
  readonly info: ObjectInfo;
  /** Where in the object its body begins, and where it ends. */
  readonly start: number;
  readonly end: number;
}

/** Options of {@link getObject}. */
export interface GetObjectOptions extends Omit<ReadBodyOptions, "length" | "reopen"> {
  readonly range?: ByteRange | undefined;
  /** When and how large bodies are read in ranges; without, each is read by one request. */
  readonly ranges?: RangeLimits | undefined;
  /**
   * One attempt to get a range, or all. With a version, undefined where that is there no more. `"beyond"`: the object ends
   * before the range begins.
   */
  readonly open: (
    range: ByteRange | undefined,
    version: string | undefined,
  ) => Promise<OpenedObject | "beyond" | undefined>;
}

/**
 * Gets an object whose body is read on from where it breaks off, of the same version. Undefined where there is none;
 * `"beyond"` where it ends before the range begins.
 */
export async function getObject(options: GetObjectOptions): Promise<DriverObject | "beyond" | undefined> {
  const { range, ranges, open, explain, policy, signal } = options;
  const first = await retry(() => open(range, undefined), { explain, policy, signal });
  if (typeof first !== "object") return first;
  const { info, start, end } = first;
  const length = end - start;
  const openRange = async (from: number, to: number): Promise<OpenBody | undefined> => {
    const rest = await open({ start: start + from, end: start + to }, info.version);
    if (rest !== "beyond") return rest;
    const detail = `the object has fewer than the ${info.size} bytes that the service announced. Read it again.`;
    throw new StorageError({ code: "Corrupt", detail });
  };
  if (ranges !== undefined && length > 2 * ranges.size) {
    return { info, ...readInRanges(first, { ...options, ranges, length, open: openRange }) };
  }
  return { info, ...readBody(first, { ...options, length, reopen: (offset) => openRange(offset, length) }) };
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

/** Bytes as plain Uint8Arrays: what Node's streams give are Buffers, which others see in another way. */
export async function* plainBytes(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  for await (const { buffer, byteOffset, byteLength } of stream) yield new Uint8Array(buffer, byteOffset, byteLength);
}
