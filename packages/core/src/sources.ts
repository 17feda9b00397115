import { isAsyncIterable, isReadableStream, readers } from "./bytes.ts";
import { nodeBuiltin } from "./environment.ts";

/** Sources that somebody here has begun to read, or given up. */
const begun = new WeakSet<object>();

/**
 * Notes that a source is being read, and says whether somebody has read of it before: then what it gives may be less than
 * all, or nothing. False of what can be walked again, as it makes an iterator anew each time.
 */
export function beginReading(source: object): boolean {
  if (!("next" in source || "destroy" in source || "getReader" in source)) return false;
  const before = begun.has(source) || nodeBuiltin("stream")?.isDisturbed?.(source) === true;
  begun.add(source);
  return before;
}

/**
 * Tells the source of a stream that nobody will read it (on): a web stream is cancelled, a stream of Node destroyed, a
 * generator returned. What somebody else is reading, and what has ended, stays as it is.
 */
export function discard(source: unknown): void {
  if (isReadableStream(source)) {
    beginReading(source);
    // Of one that we walk too, which may be stalled: a generator on top of it would wait for its next chunk.
    (readers.get(source) ?? source).cancel().catch(() => {});
  } else if (isAsyncIterable(source)) {
    beginReading(source);
    const stream = source as Partial<{ destroy(): void } & AsyncGenerator>;
    if (typeof stream.destroy === "function") stream.destroy();
    else Promise.resolve(stream.return?.(undefined)).catch(() => {});
  }
}
