import { notDeserializable, Refusal, refusePretender } from "@coatcheck/core/serializer";
import { keysOfBare } from "./bare.ts";
import { Tag } from "./format.ts";
import type { ReadKind, WrittenKind } from "./special.ts";

const { getOwnPropertyDescriptor } = Object;
const { ownKeys } = Reflect;
const getTime = Date.prototype.getTime;
const source = getOwnPropertyDescriptor(RegExp.prototype, "source")!.get!;
const flags = getOwnPropertyDescriptor(RegExp.prototype, "flags")!.get!;

/** Milliseconds since 1970 as a float; NaN is an invalid date. */
export const date: WrittenKind<Date> & ReadKind<Date> = {
  tag: Tag.Date,
  head(encoder, value) {
    let time: number;
    try {
      time = getTime.call(value);
    } catch {
      refusePretender(value, "a Date");
    }
    encoder.float(time);
  },
  extras: keysOfBare,
  make(decoder) {
    const time = decoder.number();
    const made = new Date(time);
    if (!Object.is(made.getTime(), time)) throw notDeserializable("a date is out of range");
    return made;
  },
};

/** Source, flags, lastIndex. */
export const regexp: WrittenKind<RegExp> & ReadKind<RegExp> = {
  tag: Tag.RegExp,
  head(encoder, value) {
    if (Object.prototype.toString.call(value) !== "[object RegExp]") refusePretender(value, "a RegExp");
    const { value: lastIndex, writable } = getOwnPropertyDescriptor(value, "lastIndex")!;
    if (typeof lastIndex !== "number") {
      throw new Refusal("a RegExp whose lastIndex is no number cannot be stored", "Set it to a number.");
    }
    if (writable !== true && !Object.isFrozen(value)) {
      throw new Refusal(
        "a RegExp whose lastIndex alone cannot be changed cannot be stored",
        "Freeze it, or store a copy.",
      );
    }
    encoder.string(source.call(value) as string);
    encoder.string(flags.call(value) as string);
    encoder.number(lastIndex);
  },
  extras: (value) => ownKeys(value).filter((key) => key !== "lastIndex"),
  make(decoder) {
    const made = new RegExp(decoder.text(), decoder.text());
    made.lastIndex = decoder.number();
    return made;
  },
};

const valueOf: Readonly<Record<string, (this: unknown) => unknown>> = {
  Number: Number.prototype.valueOf,
  String: String.prototype.valueOf,
  Boolean: Boolean.prototype.valueOf,
  BigInt: BigInt.prototype.valueOf,
  Symbol: Symbol.prototype.valueOf,
} as Readonly<Record<string, (this: unknown) => unknown>>;

/** The object around a primitive value, by the name of its class. */
export function boxedKind(name: string): WrittenKind {
  return {
    tag: Tag.Boxed,
    head(encoder, value) {
      let inside: unknown;
      try {
        inside = valueOf[name]!.call(value);
      } catch {
        refusePretender(value, `a boxed ${name}`);
      }
      encoder.value(inside, null);
    },
    extras(value) {
      const keys = ownKeys(value);
      // The characters of a String object are properties too.
      return name === "String"
        ? keys.slice((value as unknown as string).length).filter((key) => key !== "length")
        : keys;
    },
  };
}

export const boxedReader: ReadKind = {
  tag: Tag.Boxed,
  make(decoder) {
    const inside = decoder.value();
    if (inside === null || inside === undefined || typeof inside === "object") {
      throw notDeserializable("a boxed value is no primitive value");
    }
    return Object(inside) as object;
  },
};
