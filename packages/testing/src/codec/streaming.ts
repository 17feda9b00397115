import type { Codec } from "@coatcheck/core";
import { check, equal, rejection, show } from "../assert.ts";
import { pieces } from "../chunks.ts";
import { randomBytes } from "../random.ts";
import { contextOf, encode } from "./coding.ts";
import type { CodecCase } from "./conformance.ts";

/** A source that counts what was taken from it, and knows whether it was let go. */
class Source {
  taken = 0;
  ended = false;
  readonly #chunks: readonly Uint8Array[];
  readonly #failure: { readonly error: unknown } | undefined;

  constructor(bytes: Uint8Array, failure?: { readonly error: unknown }) {
    this.#chunks = pieces(bytes, 65_536);
    this.#failure = failure;
  }

  async *stream(): AsyncGenerator<Uint8Array, void, void> {
    try {
      for (const chunk of this.#chunks) {
        this.taken += chunk.byteLength;
        yield chunk;
      }
      if (this.#failure !== undefined) throw this.#failure.error;
    } finally {
      this.ended = true;
    }
  }
}

type Direction = "encode" | "decode";

/** What goes in: random bytes to encode, or their encoding to decode. */
async function inputOf(codec: Codec, direction: Direction, largeBytes: number): Promise<Uint8Array> {
  const bytes = randomBytes(largeBytes, 4);
  return direction === "encode" ? bytes : await encode(codec, bytes);
}

/** Lets whatever still runs have its turn. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
}

function each(
  name: string,
  run: (codec: Codec, direction: Direction, largeBytes: number) => Promise<void>,
): CodecCase[] {
  return (["encode", "decode"] as const).map((direction) => ({
    name: `streaming: ${direction} ${name}`,
    run: async (codec, largeBytes) => await run(codec, direction, largeBytes),
  }));
}

/** How a codec treats its source. */
export const streaming: readonly CodecCase[] = [
  ...each("takes nothing before it is read", async (codec, direction) => {
    const source = new Source(randomBytes(100_000));
    codec[direction](source.stream(), contextOf(codec));
    await settle();
    equal(source.taken, 0, "bytes taken from the source before anything was read");
  }),
  ...each("takes what is read and little more: its memory is constant", async (codec, direction, largeBytes) => {
    const source = new Source(await inputOf(codec, direction, largeBytes));
    let given = 0;
    let ahead = 0;
    for await (const chunk of codec[direction](source.stream(), contextOf(codec))) {
      if (given === 0) await settle();
      given += chunk.byteLength;
      ahead = Math.max(ahead, source.taken - given);
    }
    const most = largeBytes / 4;
    check(ahead <= most, `${ahead} bytes of ${largeBytes} were held at once; expected ${most} at most`);
  }),
  ...each("lets its source go when it is left early", async (codec, direction, largeBytes) => {
    const source = new Source(await inputOf(codec, direction, largeBytes));
    for await (const chunk of codec[direction](source.stream(), contextOf(codec))) {
      // A header may come before anything was taken; then there is nothing yet to let go.
      if (chunk.byteLength > 0 && source.taken > 0) break;
    }
    await settle();
    check(source.ended, "the source was not let go: its return() was not called");
    check(source.taken < largeBytes, "the source was read to its end");
  }),
  ...each("passes the source's own error on, untouched", async (codec, direction) => {
    const error = new Error("the caller's own");
    const input = await inputOf(codec, direction, 300_000);
    const source = new Source(direction === "encode" ? input : input.subarray(0, 200_000), { error });
    const caught = await rejection(
      (async () => {
        for await (const chunk of codec[direction](source.stream(), contextOf(codec))) void chunk;
      })(),
      `${direction} of a source that throws`,
    );
    check(caught === error, `expected the source's own error, got ${show(caught)}`);
  }),
];
