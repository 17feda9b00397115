/** Run by realms.test.ts in a Node of its own, where nothing stands between a value and the built-in classes. */
import { createContext, runInContext } from "node:vm";
import { json } from "@coatcheck/serializer-json";
import { kinds, type Kind } from "./corpus.ts";
import { difference } from "./same.ts";

const serializer = json();
const again = (value: unknown): unknown => serializer.deserialize(serializer.serialize(value) as Uint8Array);
const failures: string[] = [];
let values = 0;

interface TemporalLike {
  readonly [name: string]: { from(text: unknown): object };
}
const { Temporal } = globalThis as { Temporal?: TemporalLike };
const temporal: readonly Kind[] =
  Temporal === undefined
    ? []
    : [
        [
          "Temporal.Instant",
          ...["2026-11-20T10:00:00.123456789Z", "-271821-04-20T00:00:00Z", "1970-01-01T00:00:00Z"].map(
            (text) => () => Temporal["Instant"]!.from(text),
          ),
        ],
        [
          "Temporal.ZonedDateTime",
          ...[
            "2026-11-20T10:00:00[Europe/Berlin]",
            "2026-10-25T02:30:00+01:00[Europe/Berlin]",
            "1890-01-01T00:00:00[Europe/Amsterdam]",
            "2026-01-01T00:00[Asia/Tokyo][u-ca=japanese]",
          ].map((text) => () => Temporal["ZonedDateTime"]!.from(text)),
        ],
        [
          "Temporal.PlainDateTime",
          ...["2026-11-20T10:00:00.000000001", "-000001-01-01T00:00", "2026-11-20T00:00[u-ca=hebrew]"].map(
            (text) => () => Temporal["PlainDateTime"]!.from(text),
          ),
        ],
        [
          "Temporal.PlainDate",
          ...["2026-11-20", "-271821-04-19", "2026-11-20[u-ca=gregory]"].map(
            (text) => () => Temporal["PlainDate"]!.from(text),
          ),
        ],
        [
          "Temporal.PlainTime",
          ...["00:00", "23:59:59.999999999", "12:30"].map((text) => () => Temporal["PlainTime"]!.from(text)),
        ],
        [
          "Temporal.PlainYearMonth",
          ...["2026-11", "-000044-03", "2026-11-01[u-ca=hebrew]"].map(
            (text) => () => Temporal["PlainYearMonth"]!.from(text),
          ),
        ],
        [
          "Temporal.PlainMonthDay",
          ...["11-20", "02-29", "1972-05-06[u-ca=hebrew]"].map((text) => () => Temporal["PlainMonthDay"]!.from(text)),
        ],
        [
          "Temporal.Duration",
          ...["P1Y2M3W4DT5H6M7.008009010S", "-PT1500S", "PT0S", { seconds: 1, milliseconds: 61_000 }].map(
            (text) => () => Temporal["Duration"]!.from(text),
          ),
        ],
      ];

for (const [name, ...makers] of [...kinds, ...temporal]) {
  for (const make of makers) {
    values++;
    try {
      const value = make();
      const found = difference(again(value), value);
      if (found !== undefined) failures.push(`${name}: ${found}`);
    } catch (error) {
      failures.push(`${name}: ${String(error)}`);
    }
  }
}

/** Values of another realm: they come back as this realm's, or are refused. */
const foreign = createContext({});
const cases: readonly (readonly [text: string, check: (value: any) => boolean])[] = [
  ["({ a: [1, { b: 2 }] })", (value) => Object.getPrototypeOf(value) === Object.prototype && value.a[1].b === 2],
  ["[1, , undefined]", (value) => Array.isArray(value) && value.length === 3 && !(1 in value)],
  ["new Date(5)", (value) => value instanceof Date && value.getTime() === 5],
  ["new Map([[{}, new Set([1])]])", (value) => value instanceof Map && [...value.values()][0] instanceof Set],
  ["/a/g", (value) => value instanceof RegExp && value.flags === "g"],
  [
    "new TypeError('x', { cause: 1 })",
    (value) => value instanceof TypeError && value.message === "x" && value.cause === 1,
  ],
  [
    "new AggregateError([new Error('y')], 'x')",
    (value) => value instanceof AggregateError && value.errors[0].message === "y",
  ],
  ["new Uint8Array([1, 2])", (value) => value instanceof Uint8Array && value[1] === 2],
  ["new Float64Array([1.5])", (value) => value instanceof Float64Array && value[0] === 1.5],
  ["new DataView(new ArrayBuffer(2))", (value) => value instanceof DataView && value.byteLength === 2],
  ["new ArrayBuffer(3)", (value) => value instanceof ArrayBuffer && value.byteLength === 3],
  ["Object(1n)", (value) => value.valueOf() === 1n && typeof value === "object"],
  ["Symbol.iterator", (value) => value === Symbol.iterator],
  ["Symbol.for('a')", (value) => value === Symbol.for("a")],
];
for (const [text, check] of cases) {
  values++;
  if (!check(again(runInContext(text, foreign)))) failures.push(`of another realm: ${text}`);
}
for (const text of [
  "new (class Point { x = 1 })()",
  "new (class M extends Map {})()",
  "Promise.resolve()",
  "new (class E extends Error {})()",
  "Object.create({ a: 1 })",
  "(function* () {})()",
  "new WeakMap()",
  "Object.create(Date.prototype)",
]) {
  values++;
  try {
    again(runInContext(text, foreign));
    failures.push(`of another realm, not refused: ${text}`);
  } catch (error) {
    if ((error as { code?: string }).code !== "NotSerializable")
      failures.push(`of another realm: ${text}: ${String(error)}`);
  }
}

/** Node's own errors have prototypes between themselves and the class they report. */
for (const make of [
  () => new URL("not a url"),
  () => Buffer.alloc(-1),
  () => process.chdir("/there/is/none"),
  () => structuredClone(() => {}),
  () => process.kill("x" as never),
]) {
  values++;
  try {
    make();
    failures.push("no error");
  } catch (error) {
    const [one, back] = [error as NodeJS.ErrnoException, again(error) as NodeJS.ErrnoException];
    const isSame =
      back.constructor === one.constructor &&
      back.name === one.name &&
      back.message === one.message &&
      back.stack === one.stack &&
      back.code === one.code &&
      back instanceof Error;
    if (!isSame) failures.push(`of Node's own: ${String(error)}`);
  }
}

console.log(JSON.stringify({ node: process.version, values, temporal: temporal.length, failures }));
