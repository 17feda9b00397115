import { conformanceClasses } from "../../packages/testing/src/serializer/kinds/classes.ts";
import type { Entry } from "./library.ts";

/** What one would pick instead, each in its mode that carries most. */
export const peers: readonly Entry[] = [
  {
    name: "JSON",
    how: "`JSON.stringify`, `JSON.parse`",
    open: async () => ({
      write: (value) => JSON.stringify(value),
      read: (text: string) => JSON.parse(text) as unknown,
    }),
  },
  {
    name: "v8",
    how: "`serialize`, `deserialize` of node:v8",
    async open() {
      const { serialize, deserialize } = await import("node:v8");
      return { write: serialize, read: (bytes: Uint8Array) => deserialize(bytes) as unknown };
    },
  },
  {
    name: "structuredClone",
    how: "for comparison: it writes no bytes",
    open: async () => ({ write: (value) => structuredClone(value), read: (value: never) => value }),
  },
  {
    name: "msgpackr, records",
    how: "`new Packr({ useRecords: true })`",
    package: "msgpackr",
    async open() {
      const { Packr } = await import("msgpackr");
      const packr = (): InstanceType<typeof Packr> => new Packr({ useRecords: true });
      return {
        write: (value) => Buffer.from(packr().pack(value)),
        read: (bytes: Uint8Array) => packr().unpack(bytes) as unknown,
      };
    },
  },
  {
    name: "msgpackr, clone",
    how: "`new Packr({ structuredClone: true, moreTypes: true })`",
    package: "msgpackr",
    async open() {
      const { Packr } = await import("msgpackr");
      const packr = (): InstanceType<typeof Packr> => new Packr({ structuredClone: true, moreTypes: true });
      return {
        write: (value) => Buffer.from(packr().pack(value)),
        read: (bytes: Uint8Array) => packr().unpack(bytes) as unknown,
      };
    },
  },
  {
    name: "cbor-x",
    how: "`new Encoder({ structuredClone: true })`",
    package: "cbor-x",
    async open() {
      const { Encoder } = await import("cbor-x");
      const encoder = (): InstanceType<typeof Encoder> => new Encoder({ structuredClone: true });
      return {
        write: (value) => Buffer.from(encoder().encode(value)),
        read: (bytes: Uint8Array) => encoder().decode(bytes) as unknown,
      };
    },
  },
  {
    name: "superjson",
    how: "`stringify`, `parse`, with the classes registered",
    package: "superjson",
    async open() {
      const { SuperJSON } = await import("superjson");
      const superjson = new SuperJSON();
      for (const each of conformanceClasses) superjson.registerClass(each as new () => object);
      return {
        write: (value) => superjson.stringify(value),
        read: (text: string) => superjson.parse(text),
      };
    },
  },
  {
    name: "devalue",
    how: "`stringify`, `parse`",
    package: "devalue",
    async open() {
      const { stringify, parse } = await import("devalue");
      return { write: (value) => stringify(value), read: (text: string) => parse(text) as unknown };
    },
  },
  {
    name: "seroval",
    how: "`toJSON`, `fromJSON`, which run no code, with `JSON.stringify` between them",
    package: "seroval",
    async open() {
      const { toJSON, fromJSON } = await import("seroval");
      return {
        write: (value) => JSON.stringify(toJSON(value)),
        read: (text: string) => fromJSON(JSON.parse(text) as never),
      };
    },
  },
  {
    name: "turbo-stream",
    how: "`encode`, `decode`, the text collected between them",
    package: "turbo-stream",
    async open() {
      const { encode, decode } = await import("turbo-stream");
      return {
        async write(value) {
          const chunks: string[] = [];
          for await (const chunk of encode(value) as unknown as AsyncIterable<string>) chunks.push(chunk);
          return chunks.join("");
        },
        read: (text: string) => decode(new Blob([text]).stream().pipeThrough(new TextDecoderStream())),
      };
    },
  },
  {
    name: "flatted",
    how: "`stringify`, `parse`",
    package: "flatted",
    async open() {
      const { stringify, parse } = await import("flatted");
      return { write: (value) => stringify(value), read: (text: string) => parse(text) as unknown };
    },
  },
  {
    name: "telejson",
    how: "`stringify`, `parse`, `maxDepth` 1,000,000",
    package: "telejson",
    async open() {
      const { stringify, parse } = await import("telejson");
      return {
        write: (value) => stringify(value, { maxDepth: 1_000_000 }),
        read: (text: string) => parse(text) as unknown,
      };
    },
  },
  {
    name: "bson",
    how: "`serialize`, `deserialize` of `{ value }`",
    package: "bson",
    async open() {
      const { serialize, deserialize } = await import("bson");
      return {
        write: (value) => serialize({ value }, { ignoreUndefined: false }),
        read: (bytes: Uint8Array) =>
          deserialize(bytes, { useBigInt64: true, promoteBuffers: true })["value"] as unknown,
      };
    },
  },
  {
    name: "@msgpack/msgpack",
    how: "`encode`, `decode`, `useBigInt64`",
    package: "@msgpack/msgpack",
    async open() {
      const { encode, decode } = await import("@msgpack/msgpack");
      return {
        write: (value) => encode(value, { useBigInt64: true, maxDepth: 1_000_000 }),
        read: (bytes: Uint8Array) => decode(bytes, { useBigInt64: true }),
      };
    },
  },
  {
    name: "notepack.io",
    how: "`encode`, `decode`",
    package: "notepack.io",
    async open() {
      // It has no types.
      const { encode, decode } = ((await import("notepack.io" as string)) as { default: Notepack }).default;
      return { write: encode, read: decode };
    },
  },
];

interface Notepack {
  encode(value: unknown): Buffer;
  decode(bytes: Buffer): unknown;
}
