import type { DriverBody, ObjectInfo } from "../storage/driver.ts";
import {
  type HeldPart,
  type PartLimits,
  partsAtOnce,
  partSizes,
  sliceStream,
  splitChunks,
  splitStream,
} from "./parts.ts";

/** Bytes of chunks that are copied together; more than that are sent one by one. */
const TOGETHER = 64 * 1024;

/** The body of one request. */
export interface PartBody {
  readonly size: number;
  /** Chunks can be sent again, a stream cannot. */
  readonly body: readonly Uint8Array[] | AsyncIterable<Uint8Array>;
  /** Called when it has been sent. */
  release?(): void;
}

/** The parts of one body. */
export interface BodyParts {
  /** Walks them; a second time only where they are `repeatable`. */
  walk(): Iterable<PartBody> | AsyncIterable<PartBody>;
  readonly repeatable: boolean;
  /** How many may be under way, from the one that is given. */
  readonly atOnce: (part: PartBody) => number;
}

/** The two ways in which a service takes an object. */
export interface Upload {
  /** By one request. */
  single(body: PartBody): Promise<ObjectInfo>;
  /** In parts, of which it keeps none where it fails. */
  inParts(parts: BodyParts): Promise<ObjectInfo>;
}

/**
 * Puts a body by one request where one part holds it, else in parts: as large as `size` needs, or growing where it is not
 * known. Parts too large to be held in memory are sent one by one.
 */
export async function putBody(
  body: DriverBody,
  size: number | undefined,
  limits: PartLimits,
  upload: Upload,
): Promise<ObjectInfo> {
  return await (Array.isArray(body)
    ? putChunks(body as readonly Uint8Array[], size!, limits, upload)
    : putStream(body as AsyncIterable<Uint8Array>, size, limits, upload));
}

/** Chunks as one where that is cheap or nothing has to be copied. */
export function joinedChunks(chunks: readonly Uint8Array[], size: number): Uint8Array | undefined {
  if (chunks.length === 1) return chunks[0];
  if (size > TOGETHER) return undefined;
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}

async function putChunks(
  chunks: readonly Uint8Array[],
  size: number,
  limits: PartLimits,
  upload: Upload,
): Promise<ObjectInfo> {
  const { chunksPartSize = limits.partSize } = limits;
  const partSize = partSizes(size, { ...limits, partSize: chunksPartSize })(0);
  if (size <= Math.max(partSize, limits.single ?? 0)) return await upload.single({ body: chunks, size });
  // Parts share the memory of the chunks, so their size does not bound how many there may be at once.
  const atOnce = partsAtOnce(chunksPartSize);
  return await upload.inParts({
    walk: () => ofChunks(splitChunks(chunks, partSize)),
    repeatable: true,
    atOnce: () => atOnce,
  });
}

async function putStream(
  source: AsyncIterable<Uint8Array>,
  size: number | undefined,
  limits: PartLimits,
  upload: Upload,
): Promise<ObjectInfo> {
  const { count, maxHeld } = limits;
  const sizeOf = partSizes(size, limits);
  if (size !== undefined && sizeOf(0) > maxHeld) {
    const slices = sliceStream(source, size, sizeOf(0));
    return await upload.inParts({ walk: () => slices, repeatable: false, atOnce: () => 1 });
  }
  const parts = splitStream(source, sizeOf, count);
  try {
    const first = (await parts.next()).value!;
    const second = await parts.next();
    if (second.done === true) return await upload.single(held(first));
    const all = ofStream([first, second.value], parts);
    return await upload.inParts({ walk: () => all, repeatable: false, atOnce: (part) => partsAtOnce(part.size) });
  } finally {
    // Not waited for: a source that stalls may never answer.
    parts.return().catch(() => {});
  }
}

function* ofChunks(parts: Iterable<readonly Uint8Array[]>): Generator<PartBody, void, void> {
  for (const body of parts) yield { body, size: body.reduce((sum, { byteLength }) => sum + byteLength, 0) };
}

async function* ofStream(
  first: readonly HeldPart[],
  rest: AsyncIterable<HeldPart>,
): AsyncGenerator<PartBody, void, void> {
  for (const part of first) yield held(part);
  for await (const part of rest) yield held(part);
}

function held({ chunks, size, release }: HeldPart): PartBody {
  return { body: chunks, size, release };
}
