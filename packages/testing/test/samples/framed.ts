import { type Codec, type CodecContext, ResultError } from "@coatcheck/core";

const { imul } = Math;
/** Bytes in a frame. */
const FRAME = 4096;

/**
 * Frames of bytes, each with its length and a sum: `[length: 4 bytes] [sum: 4 bytes] [bytes]`; one of length 0 is the
 * last. What is cut, changed or goes on after its end is found.
 */
export function framed(): Codec {
  return { type: "framed", describe: () => ({ type: "framed" }), encode, decode };
}

async function* encode(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  let index = 0;
  for await (const chunk of source) {
    for (let at = 0; at < chunk.byteLength; at += FRAME) yield frame(chunk.subarray(at, at + FRAME), index++);
  }
  yield frame(new Uint8Array(), index);
}

async function* decode(
  source: AsyncIterable<Uint8Array>,
  context: CodecContext,
): AsyncGenerator<Uint8Array, void, void> {
  let rest = new Uint8Array();
  let given = 0;
  let index = 0;
  let ended = false;
  for await (const chunk of source) {
    if (chunk.byteLength === 0) continue;
    rest = joined(rest, chunk);
    for (let found = unframed(rest, index); found !== undefined; found = unframed(rest, index)) {
      if (ended) throw new ResultError("Corrupt", "there is more after the last frame.");
      rest = rest.subarray(8 + found.byteLength);
      index++;
      ended = found.byteLength === 0;
      given += found.byteLength;
      if (given > context.limits.maxBytes)
        throw new ResultError("TooLarge", `there are over ${context.limits.maxBytes} bytes.`);
      if (!ended) yield found;
    }
  }
  if (!ended || rest.byteLength > 0) throw new ResultError("Corrupt", "the last frame is missing or not the last.");
}

function frame(bytes: Uint8Array, index: number): Uint8Array {
  const whole = new Uint8Array(8 + bytes.byteLength);
  const view = new DataView(whole.buffer);
  view.setUint32(0, bytes.byteLength);
  view.setUint32(4, sum(bytes, index));
  whole.set(bytes, 8);
  return whole;
}

/** The bytes of the frame at the start, or undefined where not all of it is there yet. */
function unframed(bytes: Uint8Array, index: number): Uint8Array | undefined {
  if (bytes.byteLength < 8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const length = view.getUint32(0);
  if (length > FRAME) throw new ResultError("Corrupt", `a frame says it has ${length} bytes, which is more than fit.`);
  if (bytes.byteLength < 8 + length) return undefined;
  const found = bytes.slice(8, 8 + length);
  if (sum(found, index) !== view.getUint32(4)) throw new ResultError("Corrupt", "the sum of a frame is another.");
  return found;
}

/** FNV-1a, begun with the number of the frame, so that none can change places. */
function sum(bytes: Uint8Array, index: number): number {
  let value = imul(0x811c9dc5 ^ (index + 1), 0x01000193);
  for (let at = 0; at < bytes.byteLength; at++) value = imul(value ^ bytes[at]!, 0x01000193);
  return value >>> 0;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(a.byteLength + b.byteLength);
  whole.set(a);
  whole.set(b, a.byteLength);
  return whole;
}
