import { expect, jest, test } from "@jest/globals";
import fc from "fast-check";
import {
  PART_LIMITS,
  partsAtOnce,
  partSizes,
  sendParts,
  sliceStream,
  splitChunks,
  splitStream,
} from "@coatcheck/core/driver";

const MIB = 2 ** 20;
const s3 = { ...PART_LIMITS, count: 10_000, maxSize: 5 * 2 ** 40 };

async function* source(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, void> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}

const chunked = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 });
const join = (chunks: readonly Uint8Array[]): number[] => chunks.flatMap((chunk) => [...chunk]);

test("parts of known size: 8 MiB where that holds it, else just enough, up to the largest object", () => {
  fc.assert(
    fc.property(
      fc.maxSafeNat().map((size) => size % (s3.maxSize + 1)),
      (size) => {
        const part = partSizes(size, s3)(0);
        expect(part * s3.count).toBeGreaterThanOrEqual(size);
        expect(part % MIB).toBe(0);
        if (part > s3.partSize) expect((part - MIB) * s3.count).toBeLessThan(size);
        else expect(part).toBe(s3.partSize);
      },
    ),
  );
  expect(() => partSizes(s3.maxSize + 1, s3)).toThrow(/takes 5497558138880 at most/);
});

test("parts of unknown size: 8 MiB for the first gigabytes, then growing to 64 MiB, 500 GB in all", () => {
  const sizeOf = partSizes(undefined, s3);
  expect([0, 999, 1000, 2000, 3000, 9999].map((index) => sizeOf(index) / MIB)).toEqual([8, 8, 16, 32, 64, 64]);
  let total = 0;
  for (let index = 0; index < s3.count; index++) total += sizeOf(index);
  expect(total).toBeGreaterThan(500e9);
});

test("parts at once, with the one being filled, take 256 MiB at most", () => {
  for (const size of [8, 16, 32, 64].map((mib) => mib * MIB)) {
    expect(partsAtOnce(size)).toBeGreaterThanOrEqual(1);
    expect((partsAtOnce(size) + 1) * size).toBeLessThanOrEqual(256 * MIB);
  }
  expect(partsAtOnce(525 * MIB)).toBe(1);
});

test("splitStream: the same bytes in full parts, the last of which may be shorter, with memory reused or not", async () => {
  await fc.assert(
    fc.asyncProperty(chunked, fc.integer({ min: 1, max: 50 }), fc.boolean(), async (chunks, size, reuse) => {
      const parts: number[][] = [];
      for await (const part of splitStream(source(chunks), () => size, 1000)) {
        parts.push(join(part.chunks));
        expect(part.size).toBe(parts.at(-1)!.length);
        if (reuse) part.release();
      }
      expect(parts.flat()).toEqual(join(chunks));
      expect(parts.length).toBe(Math.max(1, Math.ceil(join(chunks).length / size)));
      for (const part of parts.slice(0, -1)) expect(part.length).toBe(size);
    }),
  );
});

test("splitStream: no byte is copied twice, though the first part takes little memory as long as the stream is short", async () => {
  const memory = async (length: number): Promise<{ taken: number; copied: number }> => {
    let copied = 0;
    const set = jest.spyOn(Uint8Array.prototype, "set").mockImplementation(function (this: Uint8Array, from, at = 0) {
      copied += from.length;
      Uint8Array.prototype.fill.call(this, from[0]!, at, at + from.length);
    });
    const chunks = Array.from({ length: length / 1000 }, (_, index) => new Uint8Array(1000).fill(index));
    let taken = 0;
    for await (const { chunks: blocks } of splitStream(source(chunks), () => 8 * MIB, 10)) {
      taken += blocks.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
    }
    set.mockRestore();
    return { taken, copied };
  };
  expect(await memory(1000)).toEqual({ taken: 65_536, copied: 1000 });
  expect(await memory(300_000)).toEqual({ taken: 524_288, copied: 300_000 });
  expect(await memory(20_000_000)).toEqual({ taken: 3 * 8 * MIB, copied: 20_000_000 });
});

test("splitStream: parts that are held keep their bytes while others are filled, whatever the source does with its chunks", async () => {
  const chunk = new Uint8Array(10);
  async function* reusing(): AsyncGenerator<Uint8Array, void, void> {
    for (let value = 0; value < 9; value++) yield await Promise.resolve(chunk.fill(value));
  }
  const parts: Uint8Array[] = [];
  for await (const part of splitStream(reusing(), () => 30, 10)) parts.push(...part.chunks);
  expect(parts.map((part) => [part[0], part[29]])).toEqual([
    [0, 2],
    [3, 5],
    [6, 8],
  ]);
});

test("splitStream: more than the parts hold is TooLarge", async () => {
  const all = async (length: number): Promise<number> => {
    let parts = 0;
    for await (const _ of splitStream(source([new Uint8Array(length)]), () => 10, 3)) parts++;
    return parts;
  };
  expect(await all(30)).toBe(3);
  await expect(all(31)).rejects.toMatchObject({ code: "TooLarge" });
});

test("splitChunks: the same bytes in full parts, without a copy", () => {
  fc.assert(
    fc.property(chunked, fc.integer({ min: 1, max: 50 }), (chunks, size) => {
      const parts = [...splitChunks(chunks, size)];
      expect(join(parts.flat())).toEqual(join(chunks));
      for (const part of parts.slice(0, -1)) expect(join(part).length).toBe(size);
      const memory = new Set<ArrayBufferLike>(chunks.map(({ buffer }) => buffer));
      for (const piece of parts.flat()) expect(memory.has(piece.buffer)).toBe(true);
    }),
  );
});

test("sliceStream: streams that follow one another have the bytes of the whole", async () => {
  await fc.assert(
    fc.asyncProperty(chunked, fc.integer({ min: 1, max: 50 }), async (chunks, size) => {
      const total = join(chunks).length;
      const bytes: number[] = [];
      for await (const part of sliceStream(source(chunks.filter(({ byteLength }) => byteLength > 0)), total, size)) {
        const before = bytes.length;
        for await (const piece of part.body) bytes.push(...piece);
        expect(bytes.length - before).toBe(part.size);
      }
      expect(bytes).toEqual(join(chunks));
    }),
  );
});

test("sendParts: what each gave, in order, with as many at once as may be", async () => {
  let now = 0;
  let most = 0;
  const send = async (part: number): Promise<string> => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, part % 3));
    now--;
    return `part ${part}`;
  };
  const parts = Array.from({ length: 20 }, (_, index) => index);
  expect(await sendParts(parts, () => 4, send, undefined)).toEqual(parts.map((part) => `part ${part}`));
  expect(most).toBe(4);
});

test("sendParts: a failure aborts the others, waits for them, and lets go of the source though it stalls", async () => {
  const own = new Error("of a part");
  let running = 0;
  let returned = false;
  const parts: AsyncIterable<number> = {
    [Symbol.asyncIterator]: () => {
      let at = 0;
      return {
        next: () => (at < 3 ? Promise.resolve({ done: false, value: at++ }) : new Promise<never>(() => {})),
        return: () => {
          returned = true;
          return new Promise<never>(() => {});
        },
      };
    },
  };
  const send = async (part: number, _index: number, signal: AbortSignal): Promise<void> => {
    running++;
    await new Promise<void>((resolve) => {
      if (part === 1) setTimeout(resolve, 5);
      else signal.addEventListener("abort", () => setTimeout(resolve, 5));
    });
    running--;
    if (part === 1) throw own;
  };
  await expect(sendParts(parts, () => 10, send, undefined)).rejects.toBe(own);
  expect([running, returned]).toEqual([0, true]);
});
