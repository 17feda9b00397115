import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { DriverBody, ObjectInfo } from "@coatcheck/core";
import {
  type BodyParts,
  joinedChunks,
  type PartBody,
  type PartLimits,
  putBody,
  type Upload,
} from "@coatcheck/core/driver";

const limits: PartLimits = { partSize: 100, maxHeld: 400, count: 20, maxSize: 2000 };
const info: ObjectInfo = { key: "key", size: 0, version: "1", modifiedAt: new Date(0) };
const bytesOf = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index % 251);

async function* streamOf(bytes: Uint8Array, piece: number): AsyncGenerator<Uint8Array, void, void> {
  for (let at = 0; at < bytes.byteLength; at += piece) yield await Promise.resolve(bytes.subarray(at, at + piece));
}

/** Takes a body either way, and keeps its parts. */
class Recorder implements Upload {
  parts: number[][] = [];
  how = "";
  repeatable: boolean | undefined;

  async single(part: PartBody): Promise<ObjectInfo> {
    this.how = "single";
    await this.#take(part);
    return info;
  }

  async inParts({ walk, repeatable, atOnce }: BodyParts): Promise<ObjectInfo> {
    this.how = "parts";
    this.repeatable = repeatable;
    for (let round = 0; round < (repeatable ? 2 : 1); round++) {
      this.parts = [];
      for await (const part of walk()) {
        expect(atOnce(part)).toBeGreaterThanOrEqual(1);
        await this.#take(part);
      }
    }
    return info;
  }

  get all(): number[] {
    return this.parts.flat();
  }

  async #take({ body, size, release }: PartBody): Promise<void> {
    const part: number[] = [];
    for await (const chunk of body) part.push(...chunk);
    expect(part).toHaveLength(size);
    this.parts.push(part);
    release?.();
  }
}

test("chunks, which are in memory as they are, go in larger parts, or whole, where the limits say so; streams do not", async () => {
  const sent = async (body: DriverBody, more: Partial<PartLimits>): Promise<[string, number[]]> => {
    const recorder = new Recorder();
    await putBody(body, 1000, { ...limits, ...more }, recorder);
    return [recorder.how, recorder.parts.map(({ length }) => length)];
  };
  const chunks = [bytesOf(1000)];
  expect(await sent(chunks, { chunksPartSize: 400 })).toEqual(["parts", [400, 400, 200]]);
  expect(await sent(chunks, { chunksPartSize: 1000 })).toEqual(["single", [1000]]);
  expect(await sent(chunks, { single: 1000 })).toEqual(["single", [1000]]);
  const inParts = ["parts", Array.from({ length: 10 }, () => 100)];
  expect(await sent(chunks, {})).toEqual(inParts);
  expect(await sent(streamOf(bytesOf(1000), 70), { chunksPartSize: 400, single: 1000 })).toEqual(inParts);
});

test("any body arrives whole: by one request where a part holds it, else in parts that hold as much as they may", async () => {
  const shape = fc.tuple(fc.integer({ min: 0, max: 1900 }), fc.integer({ min: 1, max: 500 }), fc.nat(2));
  await fc.assert(
    fc.asyncProperty(shape, async ([length, piece, kind]) => {
      const bytes = bytesOf(length);
      const chunks: Uint8Array[] = [];
      for await (const chunk of streamOf(bytes, piece)) chunks.push(chunk);
      const recorder = new Recorder();
      const body = kind === 0 ? chunks : streamOf(bytes, piece);
      await putBody(body, kind === 2 ? undefined : length, limits, recorder);
      expect(recorder.all).toEqual([...bytes]);
      expect(recorder.how).toBe(length <= 100 ? "single" : "parts");
      if (length > 100) {
        expect(recorder.repeatable).toBe(kind === 0);
        expect(recorder.parts.length).toBeLessThanOrEqual(20);
        for (const part of recorder.parts.slice(0, -1)) expect(part.length).toBeGreaterThanOrEqual(100);
      }
    }),
  );
});

test("parts that are too large to be held are streams, sent one by one", async () => {
  const few = { ...limits, count: 2, partSize: 10, maxHeld: 20, maxSize: 10 * 2 ** 20 };
  const bytes = bytesOf(2 ** 21 + 5);
  let streams = 0;
  let size = 0;
  await putBody(streamOf(bytes, 65_536), bytes.byteLength, few, {
    single: () => Promise.reject(new Error("in parts")),
    async inParts({ walk, repeatable, atOnce }) {
      for await (const part of walk()) {
        expect([Array.isArray(part.body), repeatable, atOnce(part)]).toEqual([false, false, 1]);
        streams++;
        for await (const chunk of part.body) size += chunk.byteLength;
      }
      return info;
    },
  });
  expect([streams, size]).toEqual([2, bytes.byteLength]);
});

test("chunks are copied together only where that is cheap", () => {
  const large = bytesOf(70_000);
  expect(joinedChunks([large], large.byteLength)).toBe(large);
  expect(joinedChunks([large, large], 2 * large.byteLength)).toBe(undefined);
  expect(joinedChunks([bytesOf(3), bytesOf(2)], 5)).toEqual(Uint8Array.of(0, 1, 2, 0, 1));
  expect(joinedChunks([], 0)).toEqual(new Uint8Array(0));
});
