import type { Values } from "./kind.ts";

/** Kinds of values that are no objects. */
export type PrimitiveKind =
  | "undefined at the root"
  | "undefined in objects"
  | "undefined in arrays"
  | "-0"
  | "NaN and the infinities"
  | "numbers at the edges"
  | "BigInt up to 64 bits"
  | "BigInt above 64 bits"
  | "BigInt of 70,000 bits"
  | "NUL and emoji in strings"
  | "lone surrogates in short strings"
  | "lone surrogates in long strings"
  | "a string of 100 MB"
  | "registered symbols"
  | "well-known symbols";

/** How long the longest string is, for those who cannot wait. */
export interface TextSettings {
  readonly longText: number;
}

/** Values of these kinds. */
export function primitives({ longText }: TextSettings): Readonly<Record<PrimitiveKind, Values>> {
  const around = (text: string): string => `${"x".repeat(70_000)}${text}${"é".repeat(10_000)}`;
  return {
    "undefined at the root": [() => undefined, () => void 0, () => [][0]],
    "undefined in objects": [
      () => ({ a: undefined }),
      () => ({ a: 1, b: undefined, c: { d: undefined } }),
      () => ({ a: [{ b: undefined }], c: null }),
    ],
    "undefined in arrays": [() => [undefined], () => [1, undefined, null, undefined], () => ({ a: [[undefined]] })],
    "-0": [() => -0, () => [0, -0, 0], () => ({ a: -0, b: 0, c: [-0, 1.5] })],
    "NaN and the infinities": [() => NaN, () => [Infinity, -Infinity], () => ({ a: NaN, b: [1, NaN, 2.5] })],
    "numbers at the edges": [
      () => [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 2 ** 53, 2 ** 63, 2 ** 64, -(2 ** 63)],
      () => [Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, -Number.MIN_VALUE, Number.EPSILON, 2 ** -1022],
      () => [
        127,
        128,
        255,
        256,
        -32,
        -33,
        -128,
        -129,
        32_767,
        65_535,
        65_536,
        -32_769,
        2 ** 31,
        2 ** 32,
        -(2 ** 31) - 1,
      ],
      () => [0.1, 0.1 + 0.2, 1 / 3, 1e21, 123456789012345680000, 1e-7, 1.5, 16_777_217, 3.4028234663852886e38],
    ],
    "BigInt up to 64 bits": [
      () => 0n,
      () => [1n, -1n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n)],
      () => ({ a: 2n ** 64n - 1n, b: 1, c: 1n }),
    ],
    "BigInt above 64 bits": [
      () => 2n ** 64n,
      () => [-(2n ** 63n) - 1n, 2n ** 65n, -(10n ** 30n)],
      () => ({ a: 2n ** 1024n, b: -(2n ** 1023n), c: 2n ** 128n - 1n }),
    ],
    "BigInt of 70,000 bits": [() => 2n ** 70_000n, () => [-(3n ** 44_165n)], () => ({ a: 2n ** 70_000n - 1n })],
    "NUL and emoji in strings": [
      () => "\0",
      () => ["a\0b", "", "\u0001\u001f\u007f\u0080\u2028\u2029\ufeff", "\ufeffa"],
      () => ({ "\0": "\u{1f3ab}", "\u{1f469}\u200d\u{1f467}": "e\u0301 is not \u00e9", ascii: "~" }),
    ],
    "lone surrogates in short strings": [
      () => "\ud800",
      () => ["a\udc00b", "\udc00\ud800", "\ud83d".concat("\u{1f600}")],
      () => ({ a: "\udfff", b: "\ufffd" }),
    ],
    "lone surrogates in long strings": [
      () => around("\ud800"),
      () => [around("\udc00\ud800"), around("\ufffd")],
      () => ({ a: `\udfff${"\u{1f600}".repeat(20_000)}`, b: `${"漢".repeat(40_000)}\ud83d` }),
    ],
    "a string of 100 MB": [
      () => "0123456789".repeat(Math.ceil(longText / 10)),
      () => `é${"x".repeat(Math.ceil(longText / 10))}`,
      () => ({ a: "\u{1f600}".repeat(Math.ceil(longText / 100)) }),
    ],
    "registered symbols": [
      () => Symbol.for("a"),
      () => [Symbol.for(""), Symbol.for("é \0")],
      () => ({ a: Symbol.for("Symbol.iterator"), b: Symbol.for("a") }),
    ],
    "well-known symbols": [
      () => Symbol.iterator,
      () => [Symbol.asyncIterator, Symbol.hasInstance, Symbol.toPrimitive],
      () => ({ a: Symbol.toStringTag, b: Symbol.species }),
    ],
  };
}
