import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { json } from "@coatcheck/serializer-json";
import { kinds } from "./corpus.ts";
import { firstDifference } from "@coatcheck/testing";

/**
 * Each file holds what one version of the format wrote, by kind. Every later version has to read it: files are added,
 * with COATCHECK_GOLDEN=<name of the file>, and never changed; COATCHECK_GOLDEN_KINDS names the kinds, by
 * ";" between them, where not all.
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
const serializer = json({
  classes: [
    Point,
    { class: Tags, version: 3 },
    { class: Money, toState: ({ cents }: Money) => cents, fromState: (cents: number) => new Money(cents) },
  ],
});
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
const write = (value: unknown): string => Buffer.from(serializer.serialize(value) as Uint8Array).toString();
const withoutStack = (error: Error): Error => {
  delete error.stack;
  return error;
};
const more: Readonly<Record<string, readonly (() => unknown)[]>> = {
  "errors of every class, without a stack": [
    ...[Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map(
      (made) => () => withoutStack(Object.assign(new made("text", { cause: [1] }), { code: "E" })),
    ),
    () => withoutStack(new AggregateError([1, { a: 2 }], "text")),
    () => withoutStack(new DOMException("text", "AbortError")),
  ],
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
};
const makers = new Map([...kinds.map(([name, ...all]) => [name, all] as const), ...Object.entries(more)]);

const added = process.env["COATCHECK_GOLDEN"];
const chosen = process.env["COATCHECK_GOLDEN_KINDS"]?.split(";");
const isChosen = (name: string): boolean => chosen?.includes(name) ?? newer[name] ?? true;
if (added !== undefined) {
  const kept = (text: string): string | null => (text.length > 2000 || text.includes('"stack"') ? null : text);
  const golden = [...makers]
    .filter(([name]) => isChosen(name))
    .map(([name, all]) => [name, all.map((make) => kept(write(make())))] as const);
  writeFileSync(join(folder, added), `${JSON.stringify(Object.fromEntries(golden), null, 1)}\n`, { flag: "wx" });
}

const goldenOf = (file: string): Golden => JSON.parse(readFileSync(join(folder, file), "utf8")) as Golden;

test("there is enough", () => {
  const kept = readdirSync(folder).flatMap((file) => Object.values(goldenOf(file)).flat());
  expect(kept.filter((text) => text !== null).length).toBeGreaterThan(150);
});

describe.each(readdirSync(folder))("what %s holds", (file) => {
  for (const [name, texts] of Object.entries(goldenOf(file))) {
    if (newer[name] === false) {
      process.stderr.write(
        `skipped: golden bytes of ${name} in json: Node ${process.version} has none; npm run test:runtimes reads them\n`,
      );
    }
    (newer[name] === false ? test.skip : test)(name, () => {
      for (const [index, text] of texts.entries()) {
        if (text === null) continue;
        const value = serializer.deserialize(Buffer.from(text));
        expect(write(value)).toBe(text);
        expect(firstDifference(value, makers.get(name)![index]!())).toBeUndefined();
      }
    });
  }
});
