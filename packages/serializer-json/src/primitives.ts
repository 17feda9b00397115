import { notDeserializable, wellKnownSymbol } from "@coatcheck/core/serializer";
import type { Json, ReadKind } from "./kind.ts";
import type { Reader } from "./reader.ts";

const NUMBERS: Readonly<Record<string, number>> = { "-0": -0, NaN: NaN, Infinity: Infinity, "-Infinity": -Infinity };

/** How the tags of primitive values are read. */
export const primitives: Readonly<Record<string, ReadKind>> = {
  $undefined: {
    make(argument) {
      if (argument !== null) throw notDeserializable('the argument of "$undefined" is not null');
      return undefined;
    },
  },
  $number: {
    make(argument) {
      const number = typeof argument === "string" && Object.hasOwn(NUMBERS, argument) ? NUMBERS[argument] : undefined;
      if (number === undefined)
        throw notDeserializable('the argument of "$number" is not "-0", "NaN", "Infinity" or "-Infinity"');
      return number;
    },
  },
  $bigint: { make: readBigint },
  $string: { make: readString },
  $symbol: { make: (argument, reader) => Symbol.for(readKey(argument, reader)) },
  $wellKnownSymbol: {
    make(argument) {
      const symbol = typeof argument === "string" ? wellKnownSymbol(argument) : undefined;
      if (symbol === undefined) throw notDeserializable("this runtime has no well-known symbol of that name");
      return symbol;
    },
  },
};

function readBigint(argument: Json): bigint {
  // Decimal digits take more than linear time to read: long numbers are hexadecimal.
  const match = typeof argument === "string" ? /^(-?)(\d{1,400}|0x[0-9a-f]+)$/.exec(argument) : null;
  if (match === null)
    throw notDeserializable('the argument of "$bigint" is not decimal digits, or 0x and hexadecimal ones');
  const size = BigInt(match[2]!);
  return match[1] === "-" ? -size : size;
}

function readString(argument: Json): string {
  if (!Array.isArray(argument)) throw notDeserializable('the argument of "$string" is not a list');
  const parts = argument.map((part) => {
    if (typeof part === "string") return part;
    if (Number.isInteger(part) && (part as number) >= 0xd800 && (part as number) <= 0xdfff)
      return String.fromCharCode(part as number);
    throw notDeserializable('a part of "$string" is neither text nor a surrogate');
  });
  return parts.join("");
}

function readKey(argument: Json, reader: Reader): string {
  const key = reader.read(argument, 0);
  if (typeof key !== "string") throw notDeserializable('the argument of "$symbol" is not text');
  return key;
}
