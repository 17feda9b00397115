import { createContext, runInContext } from "node:vm";

/** What {@link reportOnValues} found. */
export interface ValueReport {
  readonly node: string;
  /** How many values were tried. */
  readonly values: number;
  /** What came back changed, or was not refused. */
  readonly failures: readonly string[];
}

/** What {@link reportOnValues} works with. */
export interface ValueChecks {
  /** Writes a value and reads it back. */
  readonly again: (value: unknown) => unknown;
  /** Makers of values that come back exactly, by kind. */
  readonly kinds: Readonly<Record<string, readonly (() => unknown)[]>>;
  /** Where two values differ; undefined where they do not. */
  readonly difference: (actual: unknown, expected: unknown) => string | undefined;
}

/**
 * Tries a serializer in a Node of its own, where nothing stands between a value and the built-in classes, as a test runner
 * does: on values of every kind, of other realms, of Temporal where there is one, and on errors of Node itself.
 */
export function reportOnValues({ again, kinds, difference }: ValueChecks): ValueReport {
  const failures: string[] = [];
  let values = 0;
  const check = (what: string, run: () => string | undefined): void => {
    values++;
    try {
      const failure = run();
      if (failure !== undefined) failures.push(`${what}: ${failure}`);
    } catch (error) {
      failures.push(`${what}: ${String(error)}`);
    }
  };

  for (const [name, makers] of Object.entries(kinds)) {
    for (const make of makers) {
      check(name, () => {
        const value = make();
        return difference(again(value), value);
      });
    }
  }
  for (const [name, source] of temporal === undefined ? [] : moments) {
    check(`Temporal.${name}`, () => {
      const value = temporal![name]!.from(source);
      const back = again([value, value]) as [object, object];
      if (back[0] !== back[1]) return "not shared";
      if (name === "Duration" && unitsOf(back[0]) !== unitsOf(value)) return "other units";
      return difference(back[0], value);
    });
  }
  const realm = createContext({});
  for (const [text, isRight] of foreigners) {
    check(`of another realm: ${text}`, () => (isRight(again(runInContext(text, realm))) ? undefined : "changed"));
  }
  for (const text of refusedForeigners) {
    check(`of another realm: ${text}`, () => {
      try {
        again(runInContext(text, realm));
      } catch (error) {
        if ((error as { code?: string }).code === "NotSerializable") return undefined;
        throw error;
      }
      return "not refused";
    });
  }
  for (const fail of failing) {
    check(`an error of Node's own: ${String(fail)}`, () => {
      try {
        fail();
      } catch (error) {
        return errorDifference(error as NodeJS.ErrnoException, again(error) as NodeJS.ErrnoException);
      }
      return "no error";
    });
  }
  return { node: process.version, values, failures };
}

function errorDifference(one: NodeJS.ErrnoException, back: NodeJS.ErrnoException): string | undefined {
  for (const name of ["constructor", "name", "message", "stack", "code"] as const) {
    if (back[name] !== one[name]) return `another ${name}`;
  }
  return back instanceof Error ? undefined : "no Error";
}

const { Temporal: temporal } = globalThis as {
  Temporal?: Readonly<Record<string, { from(source: unknown): object }>>;
};

function unitsOf(duration: object): string {
  return ["seconds", "milliseconds"].map((unit) => String((duration as never)[unit])).join();
}

const moments: readonly (readonly [name: string, source: unknown])[] = [
  ["Instant", "2026-11-20T10:00:00.123456789Z"],
  ["Instant", "-271821-04-20T00:00:00Z"],
  ["Instant", "1970-01-01T00:00:00Z"],
  ["ZonedDateTime", "2026-11-20T10:00:00[Europe/Berlin]"],
  ["ZonedDateTime", "2026-10-25T02:30:00+01:00[Europe/Berlin]"],
  ["ZonedDateTime", "1890-01-01T00:00:00[Europe/Amsterdam]"],
  ["ZonedDateTime", "2026-01-01T00:00[Asia/Tokyo][u-ca=japanese]"],
  ["PlainDateTime", "2026-11-20T10:00:00.000000001"],
  ["PlainDateTime", "-000001-01-01T00:00:00.000000001"],
  ["PlainDateTime", "2026-11-20T00:00[u-ca=hebrew]"],
  ["PlainDate", "-271821-04-19"],
  ["PlainDate", "2026-11-20[u-ca=gregory]"],
  ["PlainDate", "2026-11-20[u-ca=hebrew]"],
  ["PlainTime", "00:00"],
  ["PlainTime", "23:59:59.999999999"],
  ["PlainYearMonth", "2026-11"],
  ["PlainYearMonth", "-000044-03"],
  ["PlainYearMonth", "2026-11-01[u-ca=hebrew]"],
  ["PlainMonthDay", "02-29"],
  ["PlainMonthDay", "1972-05-06[u-ca=hebrew]"],
  ["Duration", "P1Y2M3W4DT5H6M7.008009010S"],
  ["Duration", "PT0S"],
  ["Duration", { seconds: 1, milliseconds: 61_000 }],
  ["Duration", { seconds: -1, milliseconds: -61_000 }],
];

/** Values of another realm come back as this realm's. */
const foreigners: readonly (readonly [text: string, isRight: (value: any) => boolean])[] = [
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

const refusedForeigners: readonly string[] = [
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
  "new Proxy({}, {})",
];

/** Node's own errors have prototypes between themselves and the class they report. */
const failing: readonly (() => unknown)[] = [
  () => new URL("not a url"),
  () => Buffer.alloc(-1),
  () => process.chdir("/there/is/none"),
  () => structuredClone(() => {}),
  () => process.kill("x" as never),
];
