import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createContext, runInContext } from "node:vm";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import type { Codec } from "@coatcheck/core";
import { compressed, type CompressedOptions } from "@coatcheck/serializer-compressed";
import { json } from "@coatcheck/serializer-json";
import { buildSync } from "esbuild";
import { codecSuite, collect, contextOf, inChunks } from "./suite.ts";

const onNode = (options: CompressedOptions = {}): Codec => compressed(json(), options).codecs[0]!;

/** The package as a browser gets it, in a world that has web globals and nothing of Node. */
const inBrowser: (options?: CompressedOptions) => Codec = (() => {
  const packages = join(__dirname, "../..");
  const { outputFiles } = buildSync({
    stdin: {
      contents:
        'import { compressed } from "@coatcheck/serializer-compressed"; import { json } from "@coatcheck/serializer-json"; globalThis.open = (options) => compressed(json(), options).codecs[0];',
      resolveDir: __dirname,
    },
    bundle: true,
    write: false,
    platform: "browser",
    format: "iife",
    logLevel: "error",
    alias: Object.fromEntries(
      ["core/src/serializer", "core/src", "serializer-compressed/src", "serializer-json/src"].map((path) => [
        `@coatcheck/${path.replace("/src", "")}`,
        join(packages, path, "index.ts"),
      ]),
    ),
    external: ["@coatcheck/storage-*", "@coatcheck/serializer-msgpack", "@coatcheck/serializer-encrypted"],
    tsconfigRaw: "{}",
  });
  const world = createContext({ TextEncoder, TextDecoder, ReadableStream, AbortSignal, setTimeout, crypto, URL });
  runInContext(outputFiles[0]!.text, world);
  expect(runInContext("typeof process + typeof require + typeof Buffer", world)).toBe("undefinedundefinedundefined");
  return (world as { open(options?: CompressedOptions): Codec }).open;
})();

codecSuite("gzip by node:zlib", { open: onNode, isChecked: true, streams: true });
codecSuite("gzip by fflate", { open: inBrowser, isChecked: true, streams: true });

const text = Buffer.from("a result, and another result, ".repeat(1000));

describe("gzip", () => {
  test("what one writes the other reads, and gzip of anybody else too", async () => {
    const [node, browser] = [onNode(), inBrowser()];
    const written = [
      await node.encodeBytes!(text, contextOf(node)),
      await browser.encodeBytes!(text, contextOf(browser)),
      await collect(node.encode(inChunks(text, 100), contextOf(node))),
      await collect(browser.encode(inChunks(text, 100), contextOf(browser))),
      gzipSync(text),
    ];
    for (const bytes of written) {
      expect(gunzipSync(bytes).equals(text)).toBe(true);
      for (const codec of [node, browser]) {
        expect(Buffer.from(await codec.decodeBytes!(bytes, contextOf(codec))).equals(text)).toBe(true);
      }
    }
  });

  test("a header with a name, a comment and more is read", async () => {
    const plain = gzipSync(text);
    const fields = Buffer.concat([Buffer.from([4, 0]), Buffer.from("abcd"), Buffer.from("name\0comment\0")]);
    const header = Buffer.from([...plain.subarray(0, 3), 4 | 8 | 16, ...plain.subarray(4, 10)]);
    const named = Buffer.concat([header, fields, plain.subarray(10)]);
    for (const codec of [onNode(), inBrowser()]) {
      expect(Buffer.from(await codec.decodeBytes!(named, contextOf(codec))).equals(text)).toBe(true);
    }
  });

  test("a second member is refused: it would be a longer value", async () => {
    const twice = Buffer.concat([gzipSync(text), gzipSync(text)]);
    for (const codec of [onNode(), inBrowser()]) {
      await expect(codec.decodeBytes!(twice, contextOf(codec))).rejects.toMatchObject({ code: "Corrupt" });
      await expect(collect(codec.decode(inChunks(twice, 100), contextOf(codec)))).rejects.toMatchObject({
        code: "Corrupt",
      });
    }
  });

  test("a forged length or checksum is Corrupt, and so are bytes before the trailer", async () => {
    const plain = gzipSync(text);
    const forged = [1, 4, 5, 8].map((fromEnd) => {
      const bytes = Buffer.from(plain);
      bytes[bytes.byteLength - fromEnd]! ^= 1;
      return bytes;
    });
    for (const extra of [1, 3, 8, 20]) {
      forged.push(Buffer.concat([plain.subarray(0, -8), Buffer.alloc(extra), plain.subarray(-8)]));
    }
    for (const bytes of forged) {
      for (const codec of [onNode(), inBrowser()]) {
        await expect(codec.decodeBytes!(bytes, contextOf(codec))).rejects.toMatchObject({ code: "Corrupt" });
        await expect(collect(codec.decode(inChunks(bytes, 9), contextOf(codec)))).rejects.toMatchObject({
          code: "Corrupt",
        });
      }
    }
  });

  test("equal input gives equal output, without time and system", async () => {
    for (const codec of [onNode(), inBrowser()]) {
      const whole = await codec.encodeBytes!(text, contextOf(codec));
      const streamed = await collect(codec.encode(inChunks(text, 1000), contextOf(codec)));
      for (const bytes of [whole, streamed]) {
        expect([...bytes.subarray(0, 4)]).toEqual([0x1f, 0x8b, 8, 0]);
        expect([...bytes.subarray(4, 8)]).toEqual([0, 0, 0, 0]);
        expect(bytes[9]).toBe(255);
      }
      expect(Buffer.from(await codec.encodeBytes!(text, contextOf(codec))).equals(whole)).toBe(true);
    }
  });

  test("a higher level is smaller", async () => {
    const sizes = await Promise.all(
      [onNode, inBrowser].map(async (open) =>
        Promise.all(
          [0, 1, 9].map(async (level) => {
            const codec = open({ level });
            return (await codec.encodeBytes!(text, contextOf(codec))).byteLength;
          }),
        ),
      ),
    );
    for (const [none, low, high] of sizes) {
      expect(none).toBeGreaterThan(text.byteLength);
      expect(high).toBeLessThanOrEqual(low!);
    }
  });

  test("zstd is refused at once where there is no Node, saying what it needs", () => {
    expect(() => inBrowser({ codec: "zstd" })).toThrow(/zstd needs Node 22\.15, 23\.8 or later, and this is not Node/);
  });
});

test("fflate is loaded on first use only, and not at all on Node", () => {
  const source = readFileSync(join(__dirname, "../src/gzip-web.ts"), "utf8");
  expect(source).not.toMatch(/^import \{[^}]*\} from "fflate"/m);
  const loaded = Object.keys(createRequire(__filename).cache ?? {}).filter((file) => file.includes("fflate"));
  expect(loaded).toEqual([]);
});
