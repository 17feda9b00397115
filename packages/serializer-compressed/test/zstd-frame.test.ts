import { describe, expect, test } from "@jest/globals";
import { ZstdFrame } from "../src/zstd-frame.ts";

// Written by the zstd of Node 24, with a checksum: blocks that are compressed, raw and runs; lengths of 1, 2 and 4 bytes, and none.
const FRAMES: readonly [string, number, string][] = [
  ["text", 55, "KLUv/SQ3xQAAeHRoZSBjb2F0LCB0aGUgaAIANjHAt9QB3sfetw=="],
  ["noise", 40, "KLUv/SQoQQEAkg3jZYU4+urLp8gj6nwG7sGt+ozWJBVqKpp+L/imcl9J2ruIE14Dn7pkWXI="],
  ["two blocks of zeros", 200_000, "KLUv/aRADQMAVAAAEAAAAQD7/znAAgNqCADE6XRw"],
  ["nothing", 0, "KLUv/SQAAQAAmenYUQ=="],
  ["300 bytes", 300, "KLUv/WQsAE0AABBhYgEAJ6kOC6dfGGs="],
  ["a stream of three blocks", 27, "KLUv/QRYUAAAdGhlIGNvYXQsIIgAAHRoZSBoYXQsIHRoZSBjb2F0AQAATYxP4w=="],
];

/** Follows the bytes in pieces of `size`, to what was decompressed to `length` bytes. */
function follow(bytes: Uint8Array, length: number, size = bytes.byteLength): void {
  const frame = new ZstdFrame();
  for (let at = 0; at < bytes.byteLength; at += size) frame.add(bytes.subarray(at, at + size));
  frame.end(length);
}

describe.each(FRAMES)("a frame of %s", (_, length, text) => {
  const bytes = Buffer.from(text, "base64");

  test("is followed to its end in pieces of any size", () => {
    for (let size = 1; size <= bytes.byteLength; size++) expect(() => follow(bytes, length, size)).not.toThrow();
  });

  test("is refused where it is cut, and where something follows", () => {
    for (let size = 1; size < 8; size++) {
      for (let end = 0; end < bytes.byteLength; end++) {
        expect(() => follow(bytes.subarray(0, end), length, size)).toThrow("its zstd data ends too early.");
      }
      const longer = Buffer.concat([bytes, Buffer.alloc(size)]);
      expect(() => follow(longer, length, 3)).toThrow(`its zstd data has ${size} bytes behind its end.`);
    }
  });

  test("is refused where it states another length, if it states one", () => {
    const follows = (): void => follow(bytes, length + 1);
    if ((bytes[4]! & 0xe0) === 0) expect(follows).not.toThrow();
    else expect(follows).toThrow("its zstd data does not have the length it states.");
  });
});

test("what is no frame, or has no checksum, is refused at once", () => {
  expect(() => new ZstdFrame().add(Buffer.from("PK\u0003\u0004"))).toThrow("does not begin as a frame does");
  expect(() => new ZstdFrame().add(Buffer.from("KLUv/SA=", "base64"))).toThrow("has no checksum");
});
