import { notDeserializable } from "@coatcheck/core/serializer";
import { Input } from "./input.ts";

/** Reads values of which it is known what they have to be. */
export abstract class ExpectingInput extends Input {
  /** The value that starts here. */
  abstract value(): unknown;

  /** A whole number from 0 to `most`. */
  uint(most: number): number {
    const value = this.value();
    if (typeof value !== "number" || !(value >= 0 && value <= most) || !Number.isInteger(value)) {
      throw notDeserializable("a count, length or number is out of range");
    }
    return value;
  }

  /** The tag that follows one of the tags that have another. */
  tag(): number {
    return this.uint8();
  }

  /** A number that follows. */
  number(): number {
    const value = this.value();
    if (typeof value !== "number") throw notDeserializable("there is no number where one belongs");
    return value;
  }

  /** A string that follows. */
  text(): string {
    const value = this.value();
    if (typeof value !== "string") throw notDeserializable("there is no string where one belongs");
    return value;
  }

  /** Bytes that follow, copied. */
  bytes(): Uint8Array<ArrayBuffer> {
    const token = this.uint8();
    if (token >= 0xc4 && token <= 0xc6) return this.copyOf(this.lengthAfter(token));
    throw notDeserializable("there are no bytes where some belong");
  }
}
