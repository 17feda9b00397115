import { type Codec, withCodec } from "@coatcheck/core";
import { check, equal, equalBytes, show } from "../assert.ts";
import { iterableOf, pieces } from "../chunks.ts";
import { randomBytes } from "../random.ts";
import { collect, contextOf, decoders, encode, encoders } from "./coding.ts";
import type { CodecCase } from "./conformance.ts";

const repeated = (length: number): Uint8Array => new Uint8Array(length).map((_, index) => (index % 100) + 1);

const sources: Readonly<Record<string, (largeBytes: number) => Uint8Array>> = {
  "0 bytes": () => new Uint8Array(),
  "1 byte": () => new Uint8Array([0]),
  "100 bytes": () => randomBytes(100),
  "1,000 bytes that repeat": () => repeated(1000),
  "70,000 bytes": () => randomBytes(70_000),
  "1 MB of zeros": () => new Uint8Array(1_000_000),
  "many bytes": (largeBytes) => randomBytes(largeBytes),
};

/** What is encoded comes back. */
export const roundTrips: readonly CodecCase[] = [
  {
    name: "contract: type is a name, describe gives JSON with it",
    run: async (codec) => {
      check(
        /^[a-z0-9]+(-[a-z0-9]+)*$/.test(codec.type),
        `type is ${show(codec.type)}; expected a name like compressed`,
      );
      const described = codec.describe();
      equal(described["type"], codec.type, "type that describe gives");
      equal(JSON.stringify(codec.describe()), JSON.stringify(described), "what describe gives the second time");
      equal(
        JSON.stringify(JSON.parse(JSON.stringify(described))),
        JSON.stringify(described),
        "what describe gives, as JSON",
      );
    },
  },
  ...Object.entries(sources).map(([name, make]) => ({
    name: `round trip: ${name}, by every way to encode and to decode`,
    run: async (codec: Codec, largeBytes: number) => {
      const bytes = make(largeBytes);
      const before = bytes.slice();
      for (const [how, encodeIt] of Object.entries(encoders(codec))) {
        const encoded = await encodeIt(bytes);
        equalBytes(bytes, before, `source, after ${how}`);
        for (const [way, decode] of Object.entries(decoders(codec))) {
          equalBytes(await decode(codec, encoded), bytes, `bytes by ${how}, then ${way}`);
        }
      }
    },
  })),
  {
    name: "round trip: in chunks of every size, empty ones too",
    run: async (codec) => {
      const bytes = repeated(3000);
      for (const size of [1, 2, 7, 1000, 2999, 3000]) {
        const chunks = pieces(bytes, size).flatMap((piece) => [new Uint8Array(), piece]);
        const encoded = await collect(codec.encode(iterableOf(chunks), contextOf(codec)));
        for (const back of [1, 3, 500, encoded.byteLength]) {
          const parts = pieces(encoded, back).flatMap((piece) => [piece, new Uint8Array()]);
          const decoded = await collect(codec.decode(iterableOf(parts), contextOf(codec)));
          equalBytes(decoded, bytes, `bytes by chunks of ${size}, decoded by chunks of ${back}`);
        }
      }
      for (const chunks of [[], [new Uint8Array()], [new Uint8Array(), new Uint8Array()]]) {
        const encoded = await collect(codec.encode(iterableOf(chunks), contextOf(codec)));
        const decoded = await collect(codec.decode(iterableOf([encoded]), contextOf(codec)));
        equal(decoded.byteLength, 0, `bytes of ${chunks.length} empty chunks`);
      }
    },
  },
  {
    name: "round trip: many at once come back as one by one",
    run: async (codec) => {
      await Promise.all(
        Array.from({ length: 20 }, async (_, index) => {
          const bytes = randomBytes(index * 1000, index + 1);
          const encoded = await encode(codec, bytes, 777);
          const all = await Promise.all(Object.values(decoders(codec)).map((decode) => decode(codec, encoded)));
          for (const decoded of all) equalBytes(decoded, bytes, `bytes of source ${index}, with others at once`);
        }),
      );
    },
  },
  {
    name: "round trip: chunks that were given stay as they are",
    run: async (codec) => {
      const bytes = repeated(300_000);
      const given: [chunk: Uint8Array, copy: Uint8Array][] = [];
      for await (const chunk of codec.encode(iterableOf(pieces(bytes, 50_000)), contextOf(codec)))
        given.push([chunk, chunk.slice()]);
      const encoded = await encode(codec, bytes);
      for await (const chunk of codec.decode(iterableOf(pieces(encoded, 5000)), contextOf(codec)))
        given.push([chunk, chunk.slice()]);
      for (const [chunk, copy] of given) equalBytes(chunk, copy, "a chunk, after those that followed it");
    },
  },
  {
    name: "round trip: over a serializer",
    run: async (codec) => {
      const text = withCodec(codec, {
        type: "text",
        serialize: (value: unknown) => new TextEncoder().encode(String(value)),
        deserialize: (bytes) => new TextDecoder().decode(bytes),
      });
      equal(text.type, `${codec.type}/text`, "type over a serializer");
      equal(await text.deserialize(await text.serialize("caf\u00e9")), "caf\u00e9", "a value over a serializer");
    },
  },
];
