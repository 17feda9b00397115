import { join } from "node:path";
import { expect } from "@jest/globals";
import { json } from "@coatcheck/serializer-json";
import { goldenClasses, goldenMakers, goldenTests } from "@coatcheck/test-support/serializer";
import { firstDifference } from "@coatcheck/testing";
import { kinds } from "./corpus.ts";

const serializer = json({ classes: goldenClasses });
const write = (value: unknown): string => Buffer.from(serializer.serialize(value) as Uint8Array).toString();
const withoutStack = (error: Error): Error => {
  delete error.stack;
  return error;
};

goldenTests({
  name: "json",
  folder: join(__dirname, "golden"),
  makers: {
    ...Object.fromEntries(kinds.map(([name, ...all]) => [name, all])),
    "errors of every class, without a stack": [
      ...[Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map(
        (made) => () => withoutStack(Object.assign(new made("text", { cause: [1] }), { code: "E" })),
      ),
      () => withoutStack(new AggregateError([1, { a: 2 }], "text")),
      () => withoutStack(new DOMException("text", "AbortError")),
    ],
    ...goldenMakers,
  },
  enough: 150,
  write: (_, value) => write(value),
  keeps: (text) => text.length <= 2000 && !text.includes('"stack"'),
  expectRead(_, text, make) {
    const value = serializer.deserialize(Buffer.from(text));
    expect(write(value)).toBe(text);
    expect(firstDifference(value, make())).toBeUndefined();
  },
});
