import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import type { Codec, CodecContext } from "@coatcheck/core";
import fc from "fast-check";

/** What {@link codecSuite} runs on. */
export interface Subject {
  open(options?: { maxBytes?: number }): Codec | Promise<Codec>;
  /** Whether what it writes carries a checksum. */
  readonly isChecked: boolean;
  /** Whether streams pass in constant memory. */
  readonly streams: boolean;
}

export const contextOf = (codec: Codec, extra: Partial<CodecContext> = {}): CodecContext => ({
  description: codec.describe(),
  associatedData: new Uint8Array(),
  limits: { maxBytes: Infinity },
  ...extra,
});

export async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(Uint8Array.from(chunk));
  return Buffer.concat(chunks);
}

/** The bytes in chunks of the given sizes, which are used in turn. */
export async function* inChunks(bytes: Uint8Array, ...sizes: number[]): AsyncGenerator<Uint8Array, void, void> {
  for (let offset = 0, turn = 0; offset < bytes.byteLength; turn++) {
    const size = sizes[turn % sizes.length]!;
    yield bytes.subarray(offset, offset + size);
    offset += size;
  }
}

/** A source that counts what was asked of it. */
class Counted implements AsyncIterable<Uint8Array> {
  given = 0;
  returned = false;
  readonly #make: (index: number) => Uint8Array | undefined;

  constructor(make: (index: number) => Uint8Array | undefined) {
    this.#make = make;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return {
      next: async () => {
        const value = this.#make(this.given);
        if (value === undefined) return { done: true, value: undefined };
        this.given++;
        return { done: false, value };
      },
      return: async () => {
        this.returned = true;
        return { done: true, value: undefined };
      },
    };
  }
}

const random = (length: number, seed = 0): Uint8Array =>
  Uint8Array.from(createHash("shake256", { outputLength: length }).update(`noise ${seed}`).digest());
const text = (length: number): Uint8Array =>
  Buffer.from("the quick brown fox, ".repeat(Math.ceil(length / 21)).slice(0, length));

/** The cases that every compression has to pass. */
export function codecSuite(name: string, { open, isChecked, streams }: Subject): void {
  describe(name, () => {
    const encodeBytes = async (bytes: Uint8Array): Promise<Uint8Array> => {
      const codec = await open();
      return await codec.encodeBytes!(bytes, contextOf(codec));
    };
    const decodeBytes = async (
      bytes: Uint8Array,
      options?: { maxBytes?: number },
      extra?: Partial<CodecContext>,
    ): Promise<Uint8Array> => {
      const codec = await open(options);
      return await codec.decodeBytes!(bytes, contextOf(codec, extra));
    };
    const decodeStream = async (
      source: AsyncIterable<Uint8Array>,
      options?: { maxBytes?: number },
      extra?: Partial<CodecContext>,
    ): Promise<Buffer> => {
      const codec = await open(options);
      return await collect(codec.decode(source, contextOf(codec, extra)));
    };

    test.each([
      ["nothing", new Uint8Array()],
      ["one byte", new Uint8Array([7])],
      ["text", text(100_000)],
      ["noise", random(300_000)],
      ["a part of a larger buffer", new Uint8Array(random(1000).buffer, 100, 50)],
    ])("%s comes back, whole and streamed, in every combination", async (_, bytes) => {
      const codec = await open();
      const context = contextOf(codec);
      const whole = await codec.encodeBytes!(bytes, context);
      const streamed = await collect(codec.encode(inChunks(bytes, 1000, 1, 70_000), context));
      for (const encoded of [whole, streamed]) {
        expect(Buffer.from(await codec.decodeBytes!(encoded, context)).equals(bytes)).toBe(true);
        expect((await collect(codec.decode(inChunks(encoded, 999, 1), context))).equals(bytes)).toBe(true);
      }
      expect(Buffer.from(await codec.encodeBytes!(bytes, context)).equals(whole)).toBe(true);
    });

    test("any bytes come back in chunks of any size", async () => {
      const codec = await open();
      const context = contextOf(codec);
      await fc.assert(
        fc.asyncProperty(
          fc.uint8Array({ maxLength: 3000 }),
          fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 }),
          fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
          async (bytes, sizes, encodedSizes) => {
            const encoded = await collect(codec.encode(inChunks(bytes, ...sizes), context));
            const back = await collect(codec.decode(inChunks(encoded, ...encodedSizes), context));
            expect(back.equals(bytes)).toBe(true);
          },
        ),
        { numRuns: 150 },
      );
    });

    test("empty chunks are no end", async () => {
      const codec = await open();
      const none = new Uint8Array();
      const between = async function* (bytes: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
        yield none;
        for await (const chunk of inChunks(bytes, 10)) yield* [chunk, none];
      };
      const encoded = await collect(codec.encode(between(text(100)), contextOf(codec)));
      expect((await collect(codec.decode(between(encoded), contextOf(codec)))).equals(text(100))).toBe(true);
    });

    test("what it gives is a Uint8Array, and no Buffer of Node's", async () => {
      const codec = await open();
      const encoded = await codec.encodeBytes!(text(1000), contextOf(codec));
      const given = [encoded, await codec.decodeBytes!(encoded, contextOf(codec))];
      for await (const chunk of codec.encode(inChunks(text(1000), 100), contextOf(codec))) given.push(chunk);
      for await (const chunk of codec.decode(inChunks(encoded, 100), contextOf(codec))) given.push(chunk);
      expect(given.filter((bytes) => Buffer.isBuffer(bytes))).toEqual([]);
    });

    test("the input is left as it was", async () => {
      const bytes = text(1000);
      const encoded = await encodeBytes(bytes);
      const copy = Uint8Array.from(encoded);
      await decodeBytes(encoded);
      await decodeStream(inChunks(encoded, 100));
      expect(encoded).toEqual(copy);
      expect(Buffer.from(bytes).equals(text(1000))).toBe(true);
    });

    if (isChecked) {
      test("a cut anywhere is Corrupt, whole and streamed", async () => {
        const encoded = await encodeBytes(text(300));
        for (let end = 0; end < encoded.byteLength; end++) {
          const cut = encoded.subarray(0, end);
          await expect(decodeBytes(cut)).rejects.toMatchObject({ code: "Corrupt" });
          await expect(decodeStream(inChunks(cut, 7))).rejects.toMatchObject({ code: "Corrupt" });
        }
      });

      test("a flipped bit anywhere is Corrupt, or changes nothing", async () => {
        const original = Buffer.concat([text(120), random(60)]);
        const encoded = await encodeBytes(original);
        let changedNothing = 0;
        for (let bit = 0; bit < encoded.byteLength * 8; bit++) {
          const flipped = Uint8Array.from(encoded);
          flipped[bit >> 3]! ^= 1 << (bit & 7);
          for (const read of [() => decodeBytes(flipped), () => decodeStream(inChunks(flipped, 50))]) {
            const result = await read().catch((error: unknown) => error);
            if (ArrayBuffer.isView(result)) {
              changedNothing++;
              expect(Buffer.from(result as Uint8Array).equals(original)).toBe(true);
            } else expect(result).toMatchObject({ code: "Corrupt" });
          }
        }
        // The time, the system and the effort in the header of gzip mean nothing to a reader.
        expect(changedNothing).toBeLessThan(encoded.byteLength * 2);
      });

      test.each([
        ["one byte", async () => new Uint8Array([0])],
        ["three bytes", async () => new Uint8Array([1, 2, 3])],
        ["twenty zeros", async () => new Uint8Array(20)],
        ["much noise", async () => random(200_000)],
      ])("what goes on behind its end is Corrupt: %s", async (_, make) => {
        const encoded = await encodeBytes(text(1000));
        const longer = Buffer.concat([encoded, await make()]);
        await expect(decodeBytes(longer)).rejects.toMatchObject({ code: "Corrupt" });
        await expect(decodeStream(inChunks(longer, 100))).rejects.toMatchObject({ code: "Corrupt" });
        await expect(decodeStream(inChunks(longer, encoded.byteLength, 5))).rejects.toMatchObject({ code: "Corrupt" });
      });

      test("what was never compressed is Corrupt", async () => {
        for (const bytes of [text(100), random(100), new Uint8Array(100), Buffer.from("{}")]) {
          await expect(decodeBytes(bytes)).rejects.toMatchObject({ code: "Corrupt" });
          await expect(decodeStream(inChunks(bytes, 10))).rejects.toMatchObject({ code: "Corrupt" });
        }
      });
    }

    describe("limits", () => {
      test.each([
        ["its own", { maxBytes: 999 }, Infinity],
        ["the store's", {}, 999],
        ["the smaller of both", { maxBytes: 5000 }, 999],
        ["none at all", { maxBytes: 0 }, Infinity],
      ])("more than %s is TooLarge, whole and streamed", async (_, options, maxBytes) => {
        const encoded = await encodeBytes(text(1000));
        const extra = { limits: { maxBytes } };
        await expect(decodeBytes(encoded, options, extra)).rejects.toMatchObject({ code: "TooLarge" });
        await expect(decodeStream(inChunks(encoded, 10), options, extra)).rejects.toMatchObject({ code: "TooLarge" });
      });

      test("as much as the limit is not", async () => {
        const encoded = await encodeBytes(text(1000));
        expect((await decodeBytes(encoded, { maxBytes: 1000 })).byteLength).toBe(1000);
        expect((await decodeStream(inChunks(encoded, 10), { maxBytes: 1000 })).byteLength).toBe(1000);
        expect((await decodeBytes(await encodeBytes(new Uint8Array()), { maxBytes: 0 })).byteLength).toBe(0);
      });

      test("a bomb of 64 MB stops within the limit", async () => {
        const encoded = await encodeBytes(new Uint8Array(64 * 1024 * 1024));
        expect(encoded.byteLength).toBeLessThan(300_000);
        await expect(decodeBytes(encoded, { maxBytes: 100_000 })).rejects.toMatchObject({ code: "TooLarge" });
        const codec = await open({ maxBytes: 1_000_000 });
        let given = 0;
        const read = async (): Promise<void> => {
          for await (const chunk of codec.decode(inChunks(encoded, 65_536), contextOf(codec)))
            given += chunk.byteLength;
        };
        await expect(read()).rejects.toMatchObject({ code: "TooLarge" });
        expect(given).toBeLessThanOrEqual(1_000_000);
      });
    });

    describe("streams", () => {
      if (streams) {
        test("are read no further ahead than the consumer takes", async () => {
          const codec = await open();
          const source = new Counted((index) => random(65_536, index));
          let taken = 0;
          for await (const _ of codec.encode(source, contextOf(codec))) {
            taken++;
            expect(source.given).toBeLessThan(taken + 20);
            if (taken === 100) break;
          }
          expect(source.returned).toBe(true);
        });

        test("64 MB pass with a few chunks alive at a time", async () => {
          const codec = await open();
          const chunk = new Uint8Array(65_536);
          const source = new Counted((index) => (index < 1024 ? chunk : undefined));
          let length = 0;
          let largest = 0;
          for await (const part of codec.decode(codec.encode(source, contextOf(codec)), contextOf(codec))) {
            length += part.byteLength;
            largest = Math.max(largest, part.byteLength);
          }
          expect(length).toBe(64 * 1024 * 1024);
          expect(largest).toBeLessThan(20 * 1024 * 1024);
        });
      }

      test.each(["encode", "decode"] as const)(
        "%s: an error of the source's own comes through as it is",
        async (direction) => {
          const codec = await open();
          const encoded = await encodeBytes(random(200_000));
          const failure = new TypeError("the disk is gone");
          async function* failing(): AsyncGenerator<Uint8Array, void, void> {
            yield encoded.subarray(0, 100_000);
            throw failure;
          }
          const read = collect(codec[direction](failing(), contextOf(codec)));
          await expect(read).rejects.toBe(failure);
        },
      );

      test.each(["encode", "decode"] as const)("%s: leaving early returns the source", async (direction) => {
        const codec = await open();
        const bytes = random(2_000_000);
        const encoded = direction === "encode" ? bytes : await encodeBytes(bytes);
        const size = 10_000;
        const source = new Counted((index) =>
          index * size < encoded.byteLength ? encoded.subarray(index * size, (index + 1) * size) : undefined,
        );
        for await (const _ of codec[direction](source, contextOf(codec))) break;
        expect(source.returned || source.given * size >= encoded.byteLength).toBe(true);
        if (streams) expect(source.returned).toBe(true);
      });

      test.each(["encode", "decode"] as const)(
        "%s: what is aborted before it starts reads nothing",
        async (direction) => {
          const codec = await open();
          const source = new Counted(() => new Uint8Array(10));
          const reason = new Error("no longer wanted");
          const context = contextOf(codec, { signal: AbortSignal.abort(reason) });
          await expect(collect(codec[direction](source, context))).rejects.toBe(reason);
          expect(source.given).toBeLessThan(2);
        },
      );

      test.each(["encode", "decode"] as const)("%s: an abort on the way ends it with its reason", async (direction) => {
        const codec = await open();
        const encoded = direction === "encode" ? random(65_536) : await encodeBytes(random(3_000_000));
        const controller = new AbortController();
        const reason = { why: "no longer wanted" };
        const source = new Counted((index) => {
          if (index === 5) controller.abort(reason);
          if (direction === "encode") return encoded;
          return index * 65_536 < encoded.byteLength
            ? encoded.subarray(index * 65_536, (index + 1) * 65_536)
            : undefined;
        });
        const context = contextOf(codec, { signal: controller.signal });
        await expect(collect(codec[direction](source, context))).rejects.toBe(reason);
        expect(source.given).toBeLessThan(20);
      });
    });
  });
}
