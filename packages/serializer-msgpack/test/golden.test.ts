import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { msgpack } from "@coatcheck/serializer-msgpack";
import { kinds } from "./corpus.ts";
import { firstDifference } from "@coatcheck/testing";

/**
 * Each file holds what one version of the format wrote, by kind, in base64; null stands for what is too long to keep.
 * Every later version has to read it: files are added, with COATCHECK_GOLDEN=<name of the file>, and never changed;
 * COATCHECK_GOLDEN_KINDS names the kinds, by ";" between them, where not all.
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
/** What only newer engines have; their tests show as skipped elsewhere. */
const newer: Readonly<Record<string, boolean>> = {
  Temporal: "Temporal" in globalThis,
  Float16Array: "Float16Array" in globalThis,
};
type FromText = Readonly<Record<string, { from(from: unknown): unknown }>>;
const temporal = (name: string, from: unknown): unknown =>
  (globalThis as unknown as { Temporal: FromText }).Temporal[name]!.from(from);
const halves = (from: readonly number[]): unknown =>
  (globalThis as unknown as { Float16Array: { from(from: unknown): unknown } }).Float16Array.from(from);
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
  Temporal: [
    () => [temporal("Instant", "2026-11-20T09:00:00.000000001Z"), temporal("PlainDateTime", "2026-11-20T09:00:00.5")],
    () => [temporal("ZonedDateTime", "2026-11-20T10:00+01:00[Europe/Berlin][u-ca=japanese]")],
    () => [temporal("PlainDate", "2026-11-20[u-ca=hebrew]"), temporal("PlainTime", "09:00:00.25")],
    () => [temporal("PlainYearMonth", "2026-11"), temporal("PlainMonthDay", "11-20")],
    () => [temporal("Duration", { years: -1, minutes: -90 }), temporal("Duration", { seconds: 0 })],
  ],
  Float16Array: [() => halves([1.5, -0, Infinity]), () => [halves([])], () => ({ a: halves([65_504]) })],
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
};
const serializerOf = (name: string): typeof exact => (name === "the plain profile" ? plain : exact);
const write = (name: string, value: unknown): string =>
  Buffer.from(serializerOf(name).serialize(value) as Uint8Array).toString("base64");

const added = process.env["COATCHECK_GOLDEN"];
const chosen = process.env["COATCHECK_GOLDEN_KINDS"]?.split(";");
const isChosen = (name: string): boolean => chosen?.includes(name) ?? newer[name] ?? true;
if (added !== undefined) {
  const kept = (text: string): string | null => (text.length > 3000 ? null : text);
  const golden = Object.entries(makers)
    .filter(([name]) => isChosen(name))
    .map(([name, all]) => [name, all.map((make) => kept(write(name, make())))]);
  writeFileSync(join(folder, added), `${JSON.stringify(Object.fromEntries(golden), null, 1)}\n`, { flag: "wx" });
}

const goldenOf = (file: string): Golden => JSON.parse(readFileSync(join(folder, file), "utf8")) as Golden;

test("there is enough", () => {
  const kept = readdirSync(folder).flatMap((file) => Object.values(goldenOf(file)).flat());
  expect(kept.filter((text) => text !== null).length).toBeGreaterThan(200);
});

describe.each(readdirSync(folder))("what %s holds", (file) => {
  for (const [name, texts] of Object.entries(goldenOf(file))) {
    if (newer[name] === false) {
      process.stderr.write(
        `skipped: golden bytes of ${name} in msgpack: Node ${process.version} has none; npm run test:runtimes reads them\n`,
      );
    }
    (newer[name] === false ? test.skip : test)(name, () => {
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
  }
});
