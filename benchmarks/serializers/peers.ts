import { execFileSync } from "node:child_process";
import { deserialize, serialize } from "node:v8";
import { Encoder } from "cbor-x";
import * as devalue from "devalue";
import { Packr } from "msgpackr";
import { fromJSON, toJSON } from "seroval";
import { SuperJSON } from "superjson";
import { json } from "@coatcheck/serializer-json";
import { msgpack } from "@coatcheck/serializer-msgpack";
import { firstDifference } from "@coatcheck/testing";
import { type Line, Report, type Table } from "../report.ts";
import { quantile, takeTurns } from "../rounds.ts";

interface Contender {
  write(value: unknown): string | Uint8Array;
  read(written: never): unknown;
}

const ours = { msgpack: msgpack(), json: json() };
const records = new Packr({ useRecords: true });
const clone = new Packr({ structuredClone: true, moreTypes: true });
const cbor = new Encoder({ structuredClone: true });
const superjson = new SuperJSON();

// What tagging by hand costs: the nearest that JSON alone has for Dates, Maps and Sets.
function tag(this: Record<string, unknown>, key: string, value: unknown): unknown {
  const own = this[key];
  if (own instanceof Date) return { $date: own.toISOString() };
  if (own instanceof Map) return { $map: [...own] };
  if (own instanceof Set) return { $set: [...own] };
  return value;
}
function untag(_: string, value: unknown): unknown {
  if (value === null || typeof value !== "object") return value;
  const { $date, $map, $set } = value as { $date?: string; $map?: []; $set?: [] };
  if ($date !== undefined) return new Date($date);
  if ($map !== undefined) return new Map($map);
  return $set === undefined ? value : new Set($set);
}

/** The first one is what the others are compared to. */
const contenders: Readonly<Record<string, Contender>> = {
  "msgpackr, records": { write: (value) => records.pack(value), read: (bytes) => records.unpack(bytes) as unknown },
  "Coatcheck msgpack": {
    write: (value) => ours.msgpack.serialize(value) as Uint8Array,
    read: (bytes) => ours.msgpack.deserialize(bytes),
  },
  "Coatcheck json": {
    write: (value) => ours.json.serialize(value) as Uint8Array,
    read: (bytes) => ours.json.deserialize(bytes),
  },
  "msgpackr, clone": { write: (value) => clone.pack(value), read: (bytes) => clone.unpack(bytes) as unknown },
  "cbor-x, clone": { write: (value) => cbor.encode(value), read: (bytes) => cbor.decode(bytes) as unknown },
  v8: { write: serialize, read: (bytes) => deserialize(bytes) as unknown },
  JSON: { write: (value) => JSON.stringify(value), read: (text) => JSON.parse(text) as unknown },
  "JSON, replacer and reviver": {
    write: (value) => JSON.stringify(value, tag),
    read: (text) => JSON.parse(text, untag) as unknown,
  },
  superjson: { write: (value) => superjson.stringify(value), read: (text) => superjson.parse(text) },
  devalue: { write: (value) => devalue.stringify(value), read: (text) => devalue.parse(text) as unknown },
  seroval: { write: (value) => JSON.stringify(toJSON(value)), read: (text) => fromJSON(JSON.parse(text) as never) },
};
const list = <T>(length: number, make: (index: number) => T): T[] => Array.from({ length }, (_, index) => make(index));
const record = (id: number): object => ({
  id,
  name: `user ${id}`,
  email: `u${id}@example.com`,
  active: id % 2 === 0,
  score: id * 1.5,
  city: "Berlin",
});
const event = (id: number): object => ({
  ...record(id),
  at: new Date(1.7e12 + id),
  seen: new Map([["web", id]]),
  roles: new Set(["a"]),
});
const section = (depth: number): object =>
  depth === 0
    ? { enabled: true, retries: 3, name: "leaf", ratio: 0.25 }
    : Object.fromEntries(list(5, (index) => [`section${index}`, section(depth - 1)]));
function graph(): unknown {
  const shared = new Date(1e12);
  return list(500, (id) => {
    const more = new Map([["k", id]]);
    return new Map<string, unknown>([
      ["id", id],
      ["at", new Date(1e12 + id)],
      ["shared", shared],
      ["more", more],
    ]);
  });
}

interface Value {
  readonly make: () => unknown;
  /** Calls of one round. */
  readonly count: number;
  readonly rounds: number;
  /** Those that take turns, the first what they are compared to; default all but the one for what JSON cannot carry. */
  readonly only?: readonly string[];
}

const tagged = "JSON, replacer and reviver";
const everybody = Object.keys(contenders).filter((name) => name !== tagged);
const jsons = ["JSON", "Coatcheck json", "Coatcheck msgpack"];
const values: Readonly<Record<string, Value>> = {
  "1,000 small records": { make: () => list(1000, record), count: 2, rounds: 40 },
  "100,000 records": { make: () => list(100_000, record), count: 1, rounds: 7 },
  "nested configuration": { make: () => section(4), count: 4, rounds: 40 },
  "graph of Maps and Dates": { make: graph, count: 4, rounds: 40 },
  "1,000 records, to JSON": { make: () => list(1000, record), count: 2, rounds: 40, only: jsons },
  "nested configuration, to JSON": { make: () => section(4), count: 4, rounds: 40, only: jsons },
  "1,000 records with Dates, Maps and Sets, to JSON with a replacer and a reviver": {
    make: () => list(1000, event),
    count: 2,
    rounds: 40,
    only: [tagged, "Coatcheck json", "Coatcheck msgpack"],
  },
};
const memoryValue = "100,000 records";

const kept = (written: string | Uint8Array): never =>
  (typeof written === "string" ? written : Buffer.from(written)) as never;

/** Whether it gives the same value back; why not, where it does not. */
function loss({ write, read }: Contender, value: unknown): string | undefined {
  try {
    return firstDifference(read(kept(write(value))), value);
  } catch (error) {
    return String((error as Error).message);
  }
}

async function speed(name: string): Promise<Table[]> {
  const { make, count, rounds, only: chosen = everybody } = values[name]!;
  const value = make();
  const written: Record<string, never> = {};
  const losses: Record<string, string> = {};
  for (const each of chosen) {
    const lost = loss(contenders[each]!, value);
    // The first is what the others are compared to, exact or not.
    if (lost === undefined || each === chosen[0]) written[each] = kept(contenders[each]!.write(value));
    if (lost !== undefined) losses[each] = `not the same value: ${lost.slice(0, 100)}`;
  }
  const length = (each: string): number => Buffer.byteLength(written[each] as unknown as string);
  const tables: Table[] = [];
  for (const [group, work] of [
    ["encode", (each: string) => contenders[each]!.write(value)],
    ["decode", (each: string) => contenders[each]!.read(written[each]!)],
  ] as const) {
    const timed = await takeTurns(
      Object.keys(written).map((each) => ({
        name: each,
        run: () => {
          for (let call = 0; call < count; call++) work(each);
        },
      })),
      rounds,
      { by: "cpu", calls: count },
    );
    const lines = chosen.map((each): Line => {
      const note = losses[each] === undefined ? {} : { note: losses[each] };
      const found = timed.find((one) => one.name === each);
      if (found === undefined) return { name: each, values: {}, ...note };
      const { ratio, quartiles, ms } = found;
      const size = group === "encode" ? { size: length(each) / length(chosen[0]!) } : {};
      return { name: each, values: { ratio, low: quartiles[0], high: quartiles[1], ms: ms / count, ...size }, ...note };
    });
    tables.push({ group, of: name, lines });
  }
  return tables;
}

/** Megabytes that writing and reading add to the peak of a process of its own. */
function oneMemory(name: string): readonly [encode: number, decode: number] {
  const { write, read } = contenders[name]!;
  read(kept(write(values["1,000 small records"]!.make())));
  const value = values[memoryValue]!.make();
  const peak = (): number => process.resourceUsage().maxRSS / 1024;
  const start = peak();
  const bytes = kept(write(value));
  const written = peak();
  const back = read(bytes) as readonly unknown[];
  if (back.length !== (value as readonly unknown[]).length) throw new Error("it is not all there");
  return [written - start, peak() - start];
}

/** What this script says as a process of its own. */
function child<T>(...args: readonly string[]): T {
  const all = [...process.execArgv, process.argv[1]!, ...args];
  return JSON.parse(execFileSync(process.execPath, all, { encoding: "utf8" })) as T;
}

function memory(): Line[] {
  return everybody.map((name) => {
    const runs = list(3, () => child<readonly [number, number]>("--memory", name));
    const median = (index: 0 | 1): number =>
      quantile(
        runs.map((run) => run[index]),
        0.5,
      );
    return { name, values: { "MB after encoding": median(0), "MB after decoding": median(1) } };
  });
}

const [, , what, name] = process.argv;
if (what === "--memory") console.log(JSON.stringify(oneMemory(name!)));
else if (what === "--speed") console.log(JSON.stringify(await speed(name!)));
else {
  const peers = ["msgpackr", "cbor-x", "superjson", "devalue", "seroval"];
  const report = new Report("Serializers, beside what one would pick instead", { by: "cpu", peers });
  report.note("All take turns in one process for each value. Size is relative to that of the first, too.");
  for (const each of Object.keys(values)) {
    for (const { group, of, lines } of child<Table[]>("--speed", each)) report.table(group, of, lines);
  }
  report.table("peak of memory above the start", memoryValue, memory());
  await report.save();
}
