import { expect, test } from "@jest/globals";
import * as zlib from "node:zlib";
import { ConfigurationError, ResultError } from "@coatcheck/core";
import { compressed } from "@coatcheck/serializer-compressed";
import { json } from "@coatcheck/serializer-json";
import { codecSuite, collect, contextOf, inChunks } from "./suite.ts";

interface Zstd {
  zstdCompressSync?(bytes: Uint8Array, options?: object): Buffer;
  zstdDecompressSync?(bytes: Uint8Array): Buffer;
}
const { zstdCompressSync, zstdDecompressSync } = zlib as Zstd;
const text = Buffer.from("a result, and another result, ".repeat(1000));

if (zstdCompressSync === undefined || zstdDecompressSync === undefined) {
  const needs = /zstd needs Node 22\.15, 23\.8 or later, and this is Node \d+\.\d+\.\d+/;

  test(`not run, for want of zstd in Node ${process.version}: its compression suite`, () => {
    process.stderr.write(
      `skipped: the suite of zstd: Node ${process.version} has no zstd; npm run test:runtimes runs it on newer ones\n`,
    );
  });

  test("zstd is refused when it is set up, saying what it needs", () => {
    expect(() => compressed(json(), { codec: "zstd" })).toThrow(ConfigurationError);
    expect(() => compressed(json(), { codec: "zstd" })).toThrow(needs);
  });

  test("a result that was written with zstd says what it needs, before anything is read", async () => {
    const codec = compressed(json()).codecs[0]!;
    const context = contextOf(codec, { description: { type: "compressed", codec: "zstd" } });
    const read = codec.decodeBytes!(text, context) as Promise<Uint8Array>;
    await expect(read).rejects.toThrow(needs);
    await expect(read).rejects.toMatchObject({ code: "UnknownSerializer" });
    expect(() => codec.decode(inChunks(text, 10), context)).toThrow(ResultError);
  });
} else {
  codecSuite("zstd", {
    open: (options = {}) => compressed(json(), { ...options, codec: "zstd" }).codecs[0]!,
    isChecked: true,
    streams: true,
  });

  test("a frame that states another length than it has is refused, whole and in pieces of any size", async () => {
    const codec = compressed(json(), { codec: "zstd" }).codecs[0]!;
    // One byte, it says, and then has an empty block with the checksum of nothing.
    const forged = Buffer.from("KLUv/SQBAQAAmenYUQ==", "base64");
    await expect(codec.decodeBytes!(forged, contextOf(codec))).rejects.toMatchObject({ code: "Corrupt" });
    for (const size of [1, 2, 7, 8, 100]) {
      const read = collect(codec.decode(inChunks(forged, size), contextOf(codec)));
      await expect(read).rejects.toMatchObject({ code: "Corrupt" });
    }
    for (const length of [0, 1, 255, 256, 257, 65_791, 65_792, 300_000]) {
      const encoded = await codec.encodeBytes!(new Uint8Array(length), contextOf(codec));
      expect((await collect(codec.decode(inChunks(encoded, 3), contextOf(codec)))).byteLength).toBe(length);
    }
  });

  test("its frames carry a checksum, and others are refused", async () => {
    const codec = compressed(json(), { codec: "zstd" }).codecs[0]!;
    for (const bytes of [
      await codec.encodeBytes!(text, contextOf(codec)),
      await collect(codec.encode(inChunks(text, 99), contextOf(codec))),
    ]) {
      expect(bytes[4]! & 4).toBe(4);
      expect(zstdDecompressSync(bytes).equals(text)).toBe(true);
    }
    const unchecked = zstdCompressSync(text);
    await expect(codec.decodeBytes!(unchecked, contextOf(codec))).rejects.toThrow(/no checksum/);
    await expect(collect(codec.decode(inChunks(unchecked, 3), contextOf(codec)))).rejects.toThrow(/no checksum/);
  });

  test("the level counts, and what was written with any of them is read by any instance", async () => {
    const rows = Buffer.from(
      JSON.stringify(Array.from({ length: 5000 }, (_, id) => ({ id, name: `user ${id * 7919}` }))),
    );
    const sizes: number[] = [];
    for (const level of [1, 19]) {
      const codec = compressed(json(), { codec: "zstd", level }).codecs[0]!;
      const bytes = await codec.encodeBytes!(rows, contextOf(codec));
      sizes.push(bytes.byteLength);
      const other = compressed(json()).codecs[0]!;
      const back = await other.decodeBytes!(bytes, contextOf(codec));
      expect(Buffer.from(back).equals(rows)).toBe(true);
    }
    expect(sizes[1]).not.toBe(sizes[0]);
  });
}
