/** Run by realms.test.ts in a Node of its own, where nothing stands between a value and the built-in classes. */
import { createContext, runInContext } from "node:vm";
import { msgpack } from "@coatcheck/serializer-msgpack";
import { kinds } from "./corpus.ts";
import { firstDifference } from "@coatcheck/testing";

const serializer = msgpack();
const again = (value: unknown): any => serializer.deserialize(serializer.serialize(value) as Uint8Array);
const failures: string[] = [];
let values = 0;

function check(what: string, run: () => string | undefined): void {
  values++;
  try {
    const failure = run();
    if (failure !== undefined) failures.push(`${what}: ${failure}`);
  } catch (error) {
    failures.push(`${what}: ${String(error)}`);
  }
}

for (const [name, makers] of Object.entries(kinds)) {
  for (const make of makers) {
    check(name, () => {
      const value = make();
      return firstDifference(again(value), value);
    });
  }
}

const temporal = (globalThis as { Temporal?: Record<string, { from(source: unknown): object }> }).Temporal;
const moments: readonly (readonly [string, unknown])[] = [
  ["Instant", "2026-11-20T10:00:00.123456789Z"],
  ["Instant", "-271821-04-20T00:00:00Z"],
  ["ZonedDateTime", "2026-10-25T02:30:00+01:00[Europe/Berlin]"],
  ["ZonedDateTime", "1890-01-01T00:00:00[Europe/Amsterdam]"],
  ["ZonedDateTime", "2026-01-01T00:00[Asia/Tokyo][u-ca=japanese]"],
  ["PlainDateTime", "-000001-01-01T00:00:00.000000001"],
  ["PlainDate", "2026-11-20[u-ca=hebrew]"],
  ["PlainTime", "23:59:59.999999999"],
  ["PlainYearMonth", "2026-11-01[u-ca=hebrew]"],
  ["PlainMonthDay", "1972-05-06[u-ca=hebrew]"],
  ["PlainMonthDay", "02-29"],
  ["Duration", "P1Y2M3W4DT5H6M7.008009010S"],
  ["Duration", { seconds: -1, milliseconds: -61_000 }],
];
if (temporal !== undefined) {
  for (const [name, source] of moments) {
    check(`Temporal.${name}`, () => {
      const value = temporal[name]!.from(source);
      const back = again([value, value]) as [object, object];
      if (back[0] !== back[1]) return "not shared";
      const units = (it: object): string =>
        ["seconds", "milliseconds"].map((unit) => String((it as never)[unit])).join();
      if (name === "Duration" && units(back[0]) !== units(value)) return "other units";
      return firstDifference(back[0], value);
    });
  }
}

/** Values of another realm come back as this realm's. */
const foreign = createContext({});
const foreigners: readonly (readonly [text: string, isRight: (value: any) => boolean])[] = [
  ["({ a: [1, { b: 2 }] })", (value) => Object.getPrototypeOf(value) === Object.prototype && value.a[1].b === 2],
  ["[1, , undefined]", (value) => Array.isArray(value) && value.length === 3 && !(1 in value)],
  ["new Date(5)", (value) => value instanceof Date && value.getTime() === 5],
  ["new Map([[{}, new Set([1])]])", (value) => value instanceof Map && [...value.values()][0] instanceof Set],
  ["/a/g", (value) => value instanceof RegExp && value.flags === "g"],
  ["new TypeError('x', { cause: 1 })", (value) => value instanceof TypeError && value.cause === 1],
  ["new AggregateError([new Error('y')], 'x')", (value) => value.errors[0].message === "y"],
  ["new Uint8Array([1, 2])", (value) => value instanceof Uint8Array && value[1] === 2],
  ["new Float64Array([1.5])", (value) => value instanceof Float64Array && value[0] === 1.5],
  ["new DataView(new ArrayBuffer(2))", (value) => value instanceof DataView && value.byteLength === 2],
  ["new ArrayBuffer(3)", (value) => value instanceof ArrayBuffer && value.byteLength === 3],
  ["Object(1n)", (value) => value.valueOf() === 1n && typeof value === "object"],
  ["Symbol.iterator", (value) => value === Symbol.iterator],
  ["Symbol.for('a')", (value) => value === Symbol.for("a")],
];
for (const [text, isRight] of foreigners) {
  check(`of another realm: ${text}`, () => (isRight(again(runInContext(text, foreign))) ? undefined : "changed"));
}

function refused(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    if ((error as { code?: string }).code === "NotSerializable") return undefined;
    throw error;
  }
  return "not refused";
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
  "Object.create(Map.prototype)",
  "new Intl.NumberFormat()",
]) {
  check(`of another realm: ${text}`, () => refused(() => again(runInContext(text, foreign))));
}

/** Node's own errors have prototypes between themselves and the class they report. */
for (const fail of [
  () => new URL("not a url"),
  () => Buffer.alloc(-1),
  () => process.chdir("/there/is/none"),
  () => structuredClone(() => {}),
  () => process.kill("x" as never),
]) {
  check(`an error of Node's own: ${String(fail)}`, () => {
    try {
      fail();
      return "no error";
    } catch (error) {
      const [one, back] = [error as NodeJS.ErrnoException, again(error) as NodeJS.ErrnoException];
      for (const name of ["constructor", "name", "message", "stack", "code"] as const) {
        if (back[name] !== one[name]) return `another ${name}`;
      }
      return back instanceof Error ? undefined : "no Error";
    }
  });
}

console.log(JSON.stringify({ node: process.version, values, failures }));
