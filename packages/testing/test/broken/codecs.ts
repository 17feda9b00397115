import { type Codec, type CodecContext, ResultError } from "@coatcheck/core";
import { framed } from "../samples/framed.ts";

/** A codec that gets one thing wrong. */
export interface BrokenCodec {
  /** What it gets wrong. */
  readonly name: string;
  readonly open: () => Codec;
  /** The cases that must notice, those and no others. */
  readonly fails: readonly string[];
}

type Coding = (source: AsyncIterable<Uint8Array>, context: CodecContext) => AsyncIterable<Uint8Array>;

const right = framed();
const but = (changes: Partial<Codec>) => (): Codec => ({ ...right, ...changes });

async function all(source: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return chunks;
}

async function whole(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  return new Uint8Array(await new Blob((await all(source)) as BlobPart[]).arrayBuffer());
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
  if (bytes.byteLength > 0) yield bytes;
}

const plain: Coding = async function* (source) {
  yield* source;
};

/** Takes errors of one code for the end. */
const forgiving = (code: string): Coding =>
  async function* (source, context) {
    try {
      yield* right.decode(source, context);
    } catch (error) {
      if (!(error instanceof ResultError) || error.code !== code) throw error;
    }
  };

let count = 0;

/** Codecs that get one thing wrong. */
export const codecs: readonly BrokenCodec[] = [
  {
    name: "bytes as they are",
    open: but({ encode: plain, decode: plain }),
    fails: [
      "damage: what is cut anywhere throws, and never ends normally",
      "damage: what goes on after its end throws",
      "damage: what it did not write throws",
      "limits: more than maxBytes is TooLarge, and no more than that is given; maxBytes itself is not",
      "limits: a stream gives maxBytes at most before it is TooLarge",
    ],
  },
  {
    name: "a type that is no name",
    open: but({ type: "My Codec" }),
    fails: ["contract: type is a name, describe gives JSON with it"],
  },
  {
    name: "a description without the type",
    open: but({ describe: () => ({}) }),
    fails: ["contract: type is a name, describe gives JSON with it"],
  },
  {
    name: "another description each time",
    open: but({ describe: () => ({ type: "framed", count: count++ }) }),
    fails: ["contract: type is a name, describe gives JSON with it"],
  },
  {
    name: "an empty source has no encoding",
    open: but({
      async *encode(source, context) {
        const chunks = await all(right.encode(source, context));
        if (chunks.length > 1) yield* chunks;
      },
    }),
    fails: [
      "round trip: 0 bytes, by every way to encode and to decode",
      "round trip: in chunks of every size, empty ones too",
      "round trip: many at once come back as one by one",
      "streaming: encode takes what is read and little more: its memory is constant",
      "streaming: encode lets its source go when it is left early",
    ],
  },
  {
    name: "a source that is changed",
    open: but({
      async *encode(source, context) {
        for await (const chunk of right.encode(source, context)) yield chunk;
      },
      async encodeBytes(bytes, context) {
        const encoded = await whole(right.encode(only(bytes), context));
        bytes.fill(0);
        return encoded;
      },
    }),
    fails: [
      "round trip: 100 bytes, by every way to encode and to decode",
      "round trip: 1,000 bytes that repeat, by every way to encode and to decode",
      "round trip: 70,000 bytes, by every way to encode and to decode",
      "round trip: many bytes, by every way to encode and to decode",
    ],
  },
  {
    name: "encodeBytes in a format of its own",
    open: but({
      async encodeBytes(bytes) {
        return bytes.slice();
      },
      async decodeBytes(bytes) {
        return bytes.slice();
      },
    }),
    fails: [
      "round trip: 0 bytes, by every way to encode and to decode",
      "round trip: 1 byte, by every way to encode and to decode",
      "round trip: 100 bytes, by every way to encode and to decode",
      "round trip: 1,000 bytes that repeat, by every way to encode and to decode",
      "round trip: 70,000 bytes, by every way to encode and to decode",
      "round trip: 1 MB of zeros, by every way to encode and to decode",
      "round trip: many bytes, by every way to encode and to decode",
      "round trip: many at once come back as one by one",
      "damage: what is cut anywhere throws, and never ends normally",
      "damage: what goes on after its end throws",
      "damage: two encodings in a row throw, or give both; the second is never ignored",
      "damage: what it did not write throws",
      "limits: more than maxBytes is TooLarge, and no more than that is given; maxBytes itself is not",
    ],
  },
  {
    name: "decodeBytes that checks nothing",
    open: but({
      async decodeBytes(bytes, context) {
        const chunks: Uint8Array[] = [];
        try {
          for await (const chunk of right.decode(only(bytes), context)) chunks.push(chunk);
        } catch (error) {
          if (error instanceof ResultError && error.code === "TooLarge") throw error;
        }
        return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
      },
    }),
    fails: [
      "damage: what is cut anywhere throws, and never ends normally",
      "damage: what goes on after its end throws",
      "damage: two encodings in a row throw, or give both; the second is never ignored",
      "damage: what it did not write throws",
    ],
  },
  {
    name: "decodeBytes without a limit",
    open: but({
      async decodeBytes(bytes, context) {
        return await whole(right.decode(only(bytes), { ...context, limits: { maxBytes: Infinity } }));
      },
    }),
    fails: ["limits: more than maxBytes is TooLarge, and no more than that is given; maxBytes itself is not"],
  },
  {
    name: "a limit that is one too low",
    open: but({
      decode: (source, context) =>
        right.decode(source, { ...context, limits: { maxBytes: context.limits.maxBytes - 1 } }),
    }),
    fails: ["limits: more than maxBytes is TooLarge, and no more than that is given; maxBytes itself is not"],
  },
  {
    name: "a limit that is found out at the end",
    open: but({
      async *decode(source, context) {
        let given = 0;
        for await (const chunk of right.decode(source, { ...context, limits: { maxBytes: Infinity } })) {
          given += chunk.byteLength;
          yield chunk;
        }
        if (given > context.limits.maxBytes) throw new ResultError("TooLarge", "there was too much.");
      },
    }),
    fails: ["limits: a stream gives maxBytes at most before it is TooLarge"],
  },
  {
    name: "Corrupt where it is TooLarge",
    open: but({
      async *decode(source, context) {
        try {
          yield* right.decode(source, context);
        } catch (error) {
          if (error instanceof ResultError) throw new ResultError("Corrupt", "it is wrong.");
          throw error;
        }
      },
    }),
    fails: [
      "limits: more than maxBytes is TooLarge, and no more than that is given; maxBytes itself is not",
      "limits: a stream gives maxBytes at most before it is TooLarge",
    ],
  },
  {
    name: "a cut taken for the end",
    open: but({ decode: forgiving("Corrupt") }),
    fails: [
      "damage: what is cut anywhere throws, and never ends normally",
      "damage: what goes on after its end throws",
      "damage: two encodings in a row throw, or give both; the second is never ignored",
      "damage: what it did not write throws",
    ],
  },
  {
    name: "what goes on after the end ignored",
    open: but({
      async *decode(source, context) {
        let given = 0;
        try {
          for await (const chunk of right.decode(source, context)) {
            given += chunk.byteLength;
            yield chunk;
          }
        } catch (error) {
          const isLate = error instanceof ResultError && /more after|not the last/.test(error.message);
          if (!isLate || given === 0 || (given !== 50 && given !== 5000 && given !== 200_000)) throw error;
        }
      },
    }),
    fails: [
      "damage: what is cut anywhere throws, and never ends normally",
      "damage: what goes on after its end throws",
    ],
  },
  {
    name: "chunks of 1 byte lost",
    open: but({
      async *encode(source, context) {
        const many = async function* (): AsyncGenerator<Uint8Array, void, void> {
          let index = 0;
          for await (const chunk of source) if (chunk.byteLength !== 1 || index++ < 1) yield chunk;
        };
        yield* right.encode(many(), context);
      },
    }),
    fails: ["round trip: in chunks of every size, empty ones too"],
  },
  {
    name: "an empty chunk taken for the end",
    open: but({
      async *encode(source, context) {
        const until = async function* (): AsyncGenerator<Uint8Array, void, void> {
          for await (const chunk of source) {
            if (chunk.byteLength === 0) return;
            yield chunk;
          }
        };
        yield* right.encode(until(), context);
      },
    }),
    fails: ["round trip: in chunks of every size, empty ones too"],
  },
  {
    name: "one buffer for all chunks",
    open: but({
      async *decode(source, context) {
        const buffer = new Uint8Array(65_536);
        for await (const chunk of right.decode(source, context)) {
          buffer.set(chunk);
          yield buffer.subarray(0, chunk.byteLength);
        }
      },
    }),
    fails: [
      "round trip: 70,000 bytes, by every way to encode and to decode",
      "round trip: many bytes, by every way to encode and to decode",
      "round trip: in chunks of every size, empty ones too",
      "round trip: many at once come back as one by one",
      "round trip: chunks that were given stay as they are",
    ],
  },
  {
    name: "one state for all who encode at once",
    open: () => {
      let state: Uint8Array[] = [];
      return {
        ...right,
        async *encode(source, context) {
          state = [];
          for await (const chunk of source) {
            await Promise.resolve();
            state.push(chunk);
          }
          const collected = state;
          yield* right.encode(
            (async function* () {
              yield* collected;
            })(),
            context,
          );
        },
      };
    },
    fails: [
      "round trip: many at once come back as one by one",
      "streaming: encode takes what is read and little more: its memory is constant",
      "streaming: encode lets its source go when it is left early",
    ],
  },
  {
    name: "everything read before anything is given",
    open: but({
      async *encode(source, context) {
        const chunks = await all(source);
        yield* right.encode(
          (async function* () {
            yield* chunks;
          })(),
          context,
        );
      },
    }),
    fails: [
      "streaming: encode takes what is read and little more: its memory is constant",
      "streaming: encode lets its source go when it is left early",
    ],
  },
  {
    name: "everything decoded before anything is given",
    open: but({
      async *decode(source, context) {
        yield* await all(right.decode(source, context));
      },
    }),
    fails: [
      "streaming: decode takes what is read and little more: its memory is constant",
      "streaming: decode lets its source go when it is left early",
    ],
  },
  {
    name: "a source that is read at once",
    open: but({
      encode(source, context) {
        const encoding = right.encode(source, context)[Symbol.asyncIterator]();
        const first = encoding.next();
        first.catch(() => {});
        return (async function* () {
          for (let next = await first; next.done !== true; next = await encoding.next()) yield next.value;
        })();
      },
    }),
    fails: [
      "streaming: encode takes nothing before it is read",
      "streaming: encode lets its source go when it is left early",
    ],
  },
  {
    name: "a source that is not let go",
    open: but({
      async *decode(source, context) {
        const iterator = source[Symbol.asyncIterator]();
        const kept = { [Symbol.asyncIterator]: () => ({ next: async () => await iterator.next() }) };
        yield* right.decode(kept, context);
      },
    }),
    fails: ["streaming: decode lets its source go when it is left early"],
  },
  {
    name: "a source's error told as one's own",
    open: but({
      async *encode(source, context) {
        try {
          yield* right.encode(source, context);
        } catch (cause) {
          throw new ResultError("Corrupt", "it failed.", { cause });
        }
      },
    }),
    fails: ["streaming: encode passes the source's own error on, untouched"],
  },
  {
    name: "text thrown for what is damaged",
    open: but({
      async *decode(source, context) {
        try {
          yield* right.decode(source, context);
        } catch (error) {
          if (error instanceof ResultError && error.code === "Corrupt") throw "corrupt";
          throw error;
        }
      },
    }),
    fails: [
      "damage: what is cut anywhere throws, and never ends normally",
      "damage: what goes on after its end throws",
      "damage: two encodings in a row throw, or give both; the second is never ignored",
      "damage: what it did not write throws",
      "damage: flipped bits do no harm; where it is confidential they throw",
    ],
  },
  {
    name: "a header that must not be empty",
    open: but({
      async *encode(source, context) {
        if (context.associatedData.byteLength === 0) throw new ResultError("InvalidValue", "there is no header.");
        yield* right.encode(source, context);
      },
    }),
    fails: ["round trip: over a serializer"],
  },
  {
    name: "a source that is decoded at once",
    open: but({
      decode(source, context) {
        const decoding = right.decode(source, context)[Symbol.asyncIterator]();
        const first = decoding.next();
        first.catch(() => {});
        return (async function* () {
          try {
            for (let next = await first; next.done !== true; next = await decoding.next()) yield next.value;
          } finally {
            await decoding.return?.();
          }
        })();
      },
    }),
    fails: ["streaming: decode takes nothing before it is read"],
  },
  {
    name: "a source's error told as one's own, when decoding",
    open: but({
      async *decode(source, context) {
        try {
          yield* right.decode(source, context);
        } catch (cause) {
          throw cause instanceof ResultError ? cause : new ResultError("Corrupt", "it failed.", { cause });
        }
      },
    }),
    fails: ["streaming: decode passes the source's own error on, untouched"],
  },
  {
    name: "confidential, and readable",
    open: but({ confidential: true }),
    fails: ["secrecy: what is confidential shows nothing of its source, and no two encodings are the same"],
  },
];
