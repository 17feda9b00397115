import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { msgpack } from "@coatcheck/serializer-msgpack";
import { kinds } from "./corpus.ts";
import { firstDifference } from "@coatcheck/testing";

/**
 * Each file holds what one version of the format wrote, by kind, in base64; null stands for what is too long to keep.
 * Every later version has to read it: files are added, with COATCHECK_GOLDEN=<name of the file>, and never changed.
 */
const folder = join(__dirname, "golden");
type Golden = Readonly<Record<string, readonly (string | null)[]>>;

class Point {
  constructor(x: number, y: unknown) {
    Object.assign(this, { x, y });
  }
}
class Tags extends Array<string> {}
class Money {
  readonly cents: number;
  constructor(cents: number) {
    this.cents = cents;
  }
}
const exact = msgpack({
  classes: [
    Point,
    { class: Tags, version: 3 },
    { class: Money, toState: ({ cents }: Money) => cents, fromState: (cents: number) => new Money(cents) },
  ],
});
const plain = msgpack({ profile: "plain" });
const makers: Readonly<Record<string, readonly (() => unknown)[]>> = {
  ...kinds,
  "registered classes": [
    () => [new Point(1, "a"), new Point(2, new Point(3, null))],
    () => ({ tags: Object.assign(Tags.of("a", "b"), { extra: 1 }), money: [new Money(5), new Money(6)] }),
    () => Object.freeze(new Point(1, Object.seal(new Tags()))),
  ],
  "the plain profile": [
    () => ({ a: [1, -1, 300, 70_000, 2 ** 40, 0.5, null, true, false, "Zoë"] }),
    () => [new Uint8Array([1, 2, 3]), new Date(0), new Date(1.5e12 + 1), new Date(-1)],
    () => "plain text",
  ],
};
const serializerOf = (name: string): typeof exact => (name === "the plain profile" ? plain : exact);
const write = (name: string, value: unknown): string =>
  Buffer.from(serializerOf(name).serialize(value) as Uint8Array).toString("base64");

const added = process.env["COATCHECK_GOLDEN"];
if (added !== undefined) {
  const kept = (text: string): string | null => (text.length > 3000 ? null : text);
  const golden = Object.entries(makers).map(([name, all]) => [name, all.map((make) => kept(write(name, make())))]);
  writeFileSync(join(folder, added), `${JSON.stringify(Object.fromEntries(golden), null, 1)}\n`, { flag: "wx" });
}

describe.each(readdirSync(folder))("what %s holds", (file) => {
  const golden = JSON.parse(readFileSync(join(folder, file), "utf8")) as Golden;

  test("is enough", () => {
    const kept = Object.values(golden).flat();
    expect(kept.filter((text) => text !== null).length).toBeGreaterThan(200);
  });

  test.each(Object.entries(golden))("%s", (name, texts) => {
    for (const [index, text] of texts.entries()) {
      if (text === null) continue;
      const bytes = Buffer.from(text, "base64");
      const value = serializerOf(name).deserialize(bytes);
      // The version that is tested may write other bytes; they hold the same value.
      expect(
        firstDifference(serializerOf(name).deserialize(Buffer.from(write(name, value), "base64")), value),
      ).toBeUndefined();
      // A stack names the lines of the code that made the error then.
      if (!bytes.includes("stack")) expect(firstDifference(value, makers[name]![index]!())).toBeUndefined();
    }
  });
});
