import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import type { Class, ClassDefinition } from "@coatcheck/core/serializer";

/** Makers of values, by kind. */
export type Makers = Readonly<Record<string, readonly (() => unknown)[]>>;
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
/** What only newer engines have; their tests show as skipped elsewhere, and say so. */
const newer: Readonly<Record<string, boolean>> = {
  Temporal: "Temporal" in globalThis,
  Float16Array: "Float16Array" in globalThis,
};
type FromText = Readonly<Record<string, { from(from: unknown): unknown }>>;
const temporal = (name: string, from: unknown): unknown =>
  (globalThis as unknown as { Temporal: FromText }).Temporal[name]!.from(from);
const halves = (from: readonly number[]): unknown =>
  (globalThis as unknown as { Float16Array: { from(from: unknown): unknown } }).Float16Array.from(from);

/** The classes that {@link goldenMakers} need. */
export const goldenClasses: readonly (Class | ClassDefinition)[] = [
  Point,
  { class: Tags, version: 3 },
  { class: Money, toState: ({ cents }: Money) => cents, fromState: (cents: number) => new Money(cents) },
];

/** Kinds of values that every format has golden bytes of. */
export const goldenMakers: Makers = {
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

/** The golden bytes of one format. */
export interface GoldenSuite {
  /** Of the format. */
  readonly name: string;
  /**
   * Each file in it holds what one version of the format wrote, by kind, as text; null stands for what is not kept. Every
   * later version has to read it: files are added, with COATCHECK_GOLDEN=<name of the file>, and never changed;
   * COATCHECK_GOLDEN_KINDS names the kinds, by ";" between them, where not all.
   */
  readonly folder: string;
  readonly makers: Makers;
  /** How many values there are at least. */
  readonly enough: number;
  write(kind: string, value: unknown): string;
  /** Whether a text is kept. */
  keeps(text: string): boolean;
  /** Expects of a text that it is read as what `make` makes. */
  expectRead(kind: string, text: string, make: () => unknown): void;
}

/** Adds golden bytes where that is asked for, and reads all that there are. */
export function goldenTests({ name: format, folder, makers, enough, write, keeps, expectRead }: GoldenSuite): void {
  const added = process.env["COATCHECK_GOLDEN"];
  const chosen = process.env["COATCHECK_GOLDEN_KINDS"]?.split(";");
  const isChosen = (kind: string): boolean => chosen?.includes(kind) ?? newer[kind] ?? true;
  if (added !== undefined) {
    const kept = (text: string): string | null => (keeps(text) ? text : null);
    const golden = Object.entries(makers)
      .filter(([kind]) => isChosen(kind))
      .map(([kind, all]) => [kind, all.map((make) => kept(write(kind, make())))] as const);
    writeFileSync(join(folder, added), `${JSON.stringify(Object.fromEntries(golden), null, 1)}\n`, { flag: "wx" });
  }

  const goldenOf = (file: string): Golden => JSON.parse(readFileSync(join(folder, file), "utf8")) as Golden;

  test("there is enough", () => {
    const kept = readdirSync(folder).flatMap((file) => Object.values(goldenOf(file)).flat());
    expect(kept.filter((text) => text !== null).length).toBeGreaterThan(enough);
  });

  describe.each(readdirSync(folder))("what %s holds", (file) => {
    for (const [kind, texts] of Object.entries(goldenOf(file))) {
      const isMissing = newer[kind] === false;
      if (isMissing) {
        process.stderr.write(
          `skipped: golden bytes of ${kind} in ${format}: Node ${process.version} has none; npm run test:runtimes reads them\n`,
        );
      }
      (isMissing ? test.skip : test)(kind, () => {
        for (const [index, text] of texts.entries()) if (text !== null) expectRead(kind, text, makers[kind]![index]!);
      });
    }
  });
}
