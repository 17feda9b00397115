import { brotliCompress, brotliDecompress, deflateRawSync, inflateRawSync, type BrotliOptions } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { ConfigurationError } from "@coatcheck/core";
import { compressed, type StreamingCompression, type WholeCompression } from "@coatcheck/serializer-compressed";
import { json } from "@coatcheck/serializer-json";
import { codecSuite, collect, contextOf, inChunks } from "./suite.ts";

const done =
  (resolve: (bytes: Buffer) => void, reject: (error: Error) => void) =>
  (error: Error | null, bytes: Buffer): void =>
    error === null ? resolve(bytes) : reject(error);

/** As the documentation shows it. */
const brotli: WholeCompression = {
  name: "brotli",
  compress: (bytes) =>
    new Promise<Buffer>((resolve, reject) => brotliCompress(bytes, { params: { 1: 4 } }, done(resolve, reject))),
  decompress: (bytes, { maxBytes }) => {
    const options: BrotliOptions = maxBytes > 0 && maxBytes < 2 ** 31 ? { maxOutputLength: maxBytes } : {};
    return new Promise<Buffer>((resolve, reject) => brotliDecompress(bytes, options, done(resolve, reject)));
  },
};
/** Frames of a length and as many bytes of deflate. */
const framed: StreamingCompression = {
  name: "framed",
  streaming: true,
  async *compress(source) {
    for await (const chunk of source) {
      const body = deflateRawSync(chunk, { level: 1 });
      const length = Buffer.alloc(4);
      length.writeUInt32LE(body.byteLength);
      yield Buffer.concat([length, body]);
    }
  },
  async *decompress(source) {
    let held: Buffer = Buffer.alloc(0);
    for await (const chunk of source) {
      held = Buffer.concat([held, chunk]);
      while (held.byteLength >= 4 && held.byteLength >= 4 + held.readUInt32LE()) {
        const end = 4 + held.readUInt32LE();
        yield inflateRawSync(held.subarray(4, end));
        held = held.subarray(end);
      }
    }
    if (held.byteLength > 0) throw new Error("the last frame is cut");
  },
};

/** One that needs no library, and no promise: each byte turned around. */
const turned: WholeCompression = {
  name: "turned",
  compress: (bytes) => bytes.map((byte) => byte ^ 0xff),
  decompress: (bytes) => bytes.map((byte) => byte ^ 0xff),
};

describe("a compression of one's own", () => {
  codecSuite("over whole buffers", {
    open: (options = {}) => compressed(json(), { ...options, codec: brotli }).codecs[0]!,
    isChecked: false,
    streams: false,
  });
  codecSuite("over streams", {
    open: (options = {}) => compressed(json(), { ...options, codec: framed }).codecs[0]!,
    isChecked: false,
    streams: true,
  });

  test("streams of the web will do", async () => {
    const { from } = ReadableStream as unknown as {
      from(source: AsyncIterable<Uint8Array>): ReadableStream<BufferSource>;
    };
    const web: StreamingCompression = {
      name: "deflate",
      streaming: true,
      compress: (source) => from(source).pipeThrough(new CompressionStream("deflate")),
      decompress: (source) => from(source).pipeThrough(new DecompressionStream("deflate")),
    };
    const serializer = compressed(json(), { codec: web });
    expect(await serializer.deserialize(await serializer.serialize({ a: [1, 2n] }))).toEqual({ a: [1, 2n] });
  });

  test("its name is what the result says it was written with", async () => {
    const serializer = compressed(json(), { codec: turned });
    expect(serializer.codecs[0]!.describe()).toEqual({ type: "compressed", codec: "turned" });
    const bytes = await serializer.serialize({ a: 1 });
    expect(bytes[0]).toBe("{".charCodeAt(0) ^ 0xff);
    expect(await serializer.deserialize(bytes)).toEqual({ a: 1 });
  });

  test("the limit reaches decompress, and holds where it is not heeded", async () => {
    let given: number | undefined;
    const heedless: WholeCompression = {
      ...turned,
      decompress: (bytes, { maxBytes }) => ((given = maxBytes), new Uint8Array(bytes.byteLength * 10)),
    };
    const codec = compressed(json(), { codec: heedless, maxBytes: 50 }).codecs[0]!;
    await expect(codec.decodeBytes!(new Uint8Array(10), contextOf(codec))).rejects.toMatchObject({ code: "TooLarge" });
    expect(given).toBe(50);
  });

  test("what decompress throws is Corrupt, with its error as the cause; what compress throws comes through", async () => {
    const failure = new Error("checksum differs");
    const fail = (): never => {
      throw failure;
    };
    const codec = compressed(json(), { codec: { ...turned, compress: fail, decompress: fail } }).codecs[0]!;
    const context = contextOf(codec);
    const expected = {
      code: "Corrupt",
      cause: failure,
      message: expect.stringContaining("checksum differs") as unknown,
    };
    await expect(codec.decodeBytes!(new Uint8Array(1), context)).rejects.toMatchObject(expected);
    await expect(collect(codec.decode(inChunks(new Uint8Array(1), 1), context))).rejects.toMatchObject(expected);
    await expect(codec.encodeBytes!(new Uint8Array(1), context)).rejects.toBe(failure);
    await expect(collect(codec.encode(inChunks(new Uint8Array(1), 1), context))).rejects.toBe(failure);
  });

  test("what is no Uint8Array is an error that names the function", async () => {
    const wrong = (() => "text") as never;
    const codec = compressed(json(), { codec: { ...turned, compress: wrong, decompress: wrong } }).codecs[0]!;
    await expect(codec.encodeBytes!(new Uint8Array(1), contextOf(codec))).rejects.toThrow(
      /compress\(\) of "turned" has to give a Uint8Array, and gave string/,
    );
    await expect(codec.decodeBytes!(new Uint8Array(1), contextOf(codec))).rejects.toThrow(ConfigurationError);
  });
});
