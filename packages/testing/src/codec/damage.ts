import { type Codec, ResultError } from "@coatcheck/core";
import { check, equal, equalBytes, firstDifferentByte, rejection, show } from "../assert.ts";
import { iterableOf, join, pieces } from "../chunks.ts";
import { randomBytes, randomNumbers } from "../random.ts";
import { contextOf, type Decode, decoders, encode } from "./coding.ts";
import type { CodecCase } from "./conformance.ts";

async function expectError(decode: Promise<unknown>, what: string): Promise<void> {
  const error = await rejection(decode, what);
  const isError = error instanceof Error || Object.prototype.toString.call(error) === "[object Error]";
  check(isError, `${what}: threw ${show(error)}, which is no Error`);
}

async function everyWay(codec: Codec, run: (decode: Decode, way: string) => Promise<void>): Promise<void> {
  for (const [way, decode] of Object.entries(decoders(codec))) await run(decode, way);
}

/** About `count` places in 0 to `length`, both ends among them. */
function places(length: number, count: number): number[] {
  if (length === 0) return [];
  const step = Math.max(1, length / count);
  const found = new Set([length - 1]);
  for (let at = 0; at < length; at += step) found.add(Math.floor(at));
  return [...found];
}

/** The same source, encoded: small and large, of what repeats and what does not. */
async function encodings(codec: Codec): Promise<readonly (readonly [source: Uint8Array, encoded: Uint8Array])[]> {
  const all = [new Uint8Array(), randomBytes(50), new Uint8Array(5000).fill(7), randomBytes(200_000)];
  return await Promise.all(all.map(async (source) => [source, await encode(codec, source)] as const));
}

/** What is not as it was written. */
export const damage: readonly CodecCase[] = [
  {
    name: "damage: what is cut anywhere throws, and never ends normally",
    run: async (codec) => {
      for (const [source, encoded] of await encodings(codec)) {
        for (const end of places(encoded.byteLength, 60)) {
          const cut = encoded.slice(0, end);
          await everyWay(codec, async (decode, way) => {
            await expectError(
              decode(codec, cut),
              `${way}: ${source.byteLength} bytes, cut after ${end} of ${encoded.byteLength}`,
            );
          });
        }
      }
    },
  },
  {
    name: "damage: what goes on after its end throws",
    run: async (codec) => {
      for (const [source, encoded] of await encodings(codec)) {
        const more: Readonly<Record<string, Uint8Array>> = {
          "a zero": new Uint8Array(1),
          "100 zeros": new Uint8Array(100),
          "random bytes": randomBytes(40, 9),
          "its first byte": encoded.subarray(0, 1),
        };
        for (const [name, extra] of Object.entries(more)) {
          if (extra.byteLength === 0) continue;
          await everyWay(codec, async (decode, way) => {
            await expectError(
              decode(codec, join([encoded, extra])),
              `${way}: ${source.byteLength} bytes, and ${name} after them`,
            );
          });
        }
      }
    },
  },
  {
    name: "damage: two encodings in a row throw, or give both; the second is never ignored",
    run: async (codec) => {
      for (const [source, encoded] of await encodings(codec)) {
        await everyWay(codec, async (decode, way) => {
          const twice = await decode(codec, join([encoded, encoded])).catch(async (error: unknown) => {
            await expectError(Promise.reject(error), `${way}: two encodings in a row`);
          });
          if (twice !== undefined) equalBytes(twice, join([source, source]), `${way}: bytes of two encodings in a row`);
        });
      }
    },
  },
  {
    name: "damage: what it did not write throws",
    run: async (codec) => {
      const empty = await encode(codec, new Uint8Array());
      const strange: Readonly<Record<string, Uint8Array>> = {
        ...(empty.byteLength === 0 ? {} : { nothing: new Uint8Array() }),
        text: new TextEncoder().encode("this is no encoding of anything"),
        zeros: new Uint8Array(1000),
        "random bytes": randomBytes(5000, 3),
        "0xff": new Uint8Array(64).fill(0xff),
      };
      for (const [name, bytes] of Object.entries(strange)) {
        await everyWay(codec, async (decode, way) => await expectError(decode(codec, bytes), `${way}: ${name}`));
      }
    },
  },
  {
    name: "damage: flipped bits do no harm; where it is confidential they throw",
    run: async (codec) => {
      const random = randomNumbers(5);
      for (const [source, encoded] of await encodings(codec)) {
        for (const at of places(encoded.byteLength, 60)) {
          const flipped = encoded.slice();
          flipped[at]! ^= 1 << Math.floor(random() * 8);
          await everyWay(codec, async (decode, way) => {
            const what = `${way}: ${source.byteLength} bytes, byte ${at} of ${encoded.byteLength} changed`;
            const decoding = decode(codec, flipped, 10_000_000);
            if (codec.confidential === true) await expectError(decoding, what);
            else await decoding.catch(async (error: unknown) => await expectError(Promise.reject(error), what));
          });
        }
      }
    },
  },
  {
    name: "limits: more than maxBytes is TooLarge, and no more than that is given; maxBytes itself is not",
    run: async (codec) => {
      for (const length of [1, 1000, 300_000]) {
        const source = new Uint8Array(length).fill(7);
        const encoded = await encode(codec, source);
        await everyWay(codec, async (decode, way) => {
          equal((await decode(codec, encoded, length)).byteLength, length, `${way}: bytes with maxBytes ${length}`);
          for (const maxBytes of [length - 1, 0]) {
            const what = `${way}: ${length} bytes with maxBytes ${maxBytes}`;
            const error = await rejection(decode(codec, encoded, maxBytes), what);
            check(error instanceof ResultError, `${what}: expected a ResultError TooLarge, got ${show(error)}`);
            equal(error.code, "TooLarge", `${what}: code`);
          }
        });
      }
    },
  },
  {
    name: "limits: a stream gives maxBytes at most before it is TooLarge",
    run: async (codec, largeBytes) => {
      const encoded = await encode(codec, new Uint8Array(largeBytes));
      let given = 0;
      const error = await rejection(
        (async () => {
          const stream = codec.decode(iterableOf(pieces(encoded, 65_536)), contextOf(codec, 100_000));
          for await (const chunk of stream) given += chunk.byteLength;
        })(),
        "a stream with maxBytes 100,000",
      );
      check(
        error instanceof ResultError && error.code === "TooLarge",
        `expected a ResultError TooLarge, got ${show(error)}`,
      );
      check(given <= 100_000, `${given} bytes were given before it was TooLarge, with maxBytes 100,000`);
    },
  },
  {
    name: "secrecy: what is confidential shows nothing of its source, and no two encodings are the same",
    run: async (codec) => {
      if (codec.confidential !== true) {
        equal(codec.confidential ?? false, false, "confidential, where it is not true");
        return;
      }
      const source = new TextEncoder().encode("the secret that nobody may read. ".repeat(100));
      const [one, other] = [await encode(codec, source), await encode(codec, source)];
      check(firstDifferentByte(one, other) !== undefined, "the same source was encoded to the same bytes twice");
      const text = new TextDecoder("latin1").decode(one);
      check(!text.includes("secret"), "the source can be read in the encoding");
      const context = contextOf(codec);
      const moved = { ...context, associatedData: new TextEncoder().encode("another header\n") };
      const decoding = (async () => {
        for await (const chunk of codec.decode(iterableOf([one]), moved)) void chunk;
      })();
      await expectError(decoding, "decode with other associatedData");
    },
  },
];
