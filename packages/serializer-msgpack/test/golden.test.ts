import { join } from "node:path";
import { expect } from "@jest/globals";
import { msgpack } from "@coatcheck/serializer-msgpack";
import { goldenClasses, goldenMakers, goldenTests } from "@coatcheck/test-support/serializer";
import { firstDifference } from "@coatcheck/testing";
import { kinds } from "./corpus.ts";

const exact = msgpack({ classes: goldenClasses });
const plain = msgpack({ profile: "plain" });
const serializerOf = (kind: string): typeof exact => (kind === "the plain profile" ? plain : exact);
const write = (kind: string, value: unknown): string =>
  Buffer.from(serializerOf(kind).serialize(value) as Uint8Array).toString("base64");

goldenTests({
  name: "msgpack",
  folder: join(__dirname, "golden"),
  makers: {
    ...kinds,
    ...goldenMakers,
    "errors of every class": [RangeError, ReferenceError, SyntaxError].map((made) => () => {
      const error = new made("text", { cause: 1 });
      delete error.stack;
      return error;
    }),
    "more than 64 records": [
      () => Array.from({ length: 70 }, (_, at) => [{ [`n${at}`]: at }, { [`n${69 - at}`]: -1 }]),
      () => Array.from({ length: 210 }, (_, at) => ({ [`n${Math.floor(at / 3)}`]: at })),
    ],
    "each attribute alone": [
      () => Object.defineProperty({}, "writable", { value: 1, writable: true }),
      () => Object.defineProperty({}, "configurable", { value: 1, configurable: true }),
      () => Object.defineProperty({}, "fixed", { value: 1, writable: true, enumerable: true }),
    ],
    "the plain profile": [
      () => ({ a: [1, -1, 300, 70_000, 2 ** 40, 0.5, null, true, false, "Zoë"] }),
      () => [new Uint8Array([1, 2, 3]), new Date(0), new Date(1.5e12 + 1), new Date(-1)],
      () => "plain text",
    ],
  },
  enough: 200,
  write,
  keeps: (text) => text.length <= 3000,
  expectRead(kind, text, make) {
    const bytes = Buffer.from(text, "base64");
    const value = serializerOf(kind).deserialize(bytes);
    // The version that is tested may write other bytes; they hold the same value.
    expect(
      firstDifference(serializerOf(kind).deserialize(Buffer.from(write(kind, value), "base64")), value),
    ).toBeUndefined();
    // A stack names the lines of the code that made the error then.
    if (!bytes.includes("stack")) expect(firstDifference(value, make())).toBeUndefined();
  },
});
