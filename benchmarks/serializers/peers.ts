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
import { quantile } from "../rounds.ts";

interface Contender {
  write(value: unknown): string | Uint8Array;
  read(written: never): unknown;
}

const ours = { msgpack: msgpack(), json: json() };
const records = new Packr({ useRecords: true });
const clone = new Packr({ structuredClone: true, moreTypes: true });
const cbor = new Encoder({ structuredClone: true });
const superjson = new SuperJSON();

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
  superjson: { write: (value) => superjson.stringify(value), read: (text) => superjson.parse(text) },
  devalue: { write: (value) => devalue.stringify(value), read: (text) => devalue.parse(text) as unknown },
  seroval: { write: (value) => JSON.stringify(toJSON(value)), read: (text) => fromJSON(JSON.parse(text) as never) },
};
const [base] = Object.keys(contenders) as [string];

const list = <T>(length: number, make: (index: number) => T): T[] => Array.from({ length }, (_, index) => make(index));
const record = (id: number): object => ({
  id,
  name: `user ${id}`,
  email: `u${id}@example.com`,
  active: id % 2 === 0,
  score: id * 1.5,
  city: "Berlin",
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

/** What is written, how often in a turn, and in how many rounds. */
const values: Readonly<
  Record<string, { readonly make: () => unknown; readonly count: number; readonly rounds: number }>
> = {
  "1,000 small records": { make: () => list(1000, record), count: 2, rounds: 100 },
  "100,000 records": { make: () => list(100_000, record), count: 1, rounds: 11 },
  "nested configuration": { make: () => section(4), count: 4, rounds: 100 },
  "graph of Maps and Dates": { make: graph, count: 4, rounds: 100 },
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

function cpuTime(run: () => unknown, count: number): number {
  const start = process.cpuUsage();
  for (let index = 0; index < count; index++) run();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / count;
}

/** Ratios to the first, by name: median and quartiles. */
function compare(runs: Readonly<Record<string, () => unknown>>, count: number, rounds: number): Record<string, string> {
  const names = Object.keys(runs);
  const ratios: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = -3; round < rounds; round++) {
    const times: Record<string, number> = {};
    // Who comes after whom changes: one may leave garbage for the next.
    const turns = names.map((_, turn) => names[(turn + round + 3) % names.length]!);
    for (const name of round % 2 === 0 ? turns : turns.toReversed()) times[name] = cpuTime(runs[name]!, count);
    if (round >= 0) for (const name of names) ratios[name]!.push(times[base]! / times[name]!);
  }
  const shown = (each: readonly number[]): string =>
    `${quantile(each, 0.5).toFixed(2)} (${quantile(each, 0.25).toFixed(2)}–${quantile(each, 0.75).toFixed(2)})`;
  return Object.fromEntries(names.map((name) => [name, shown(ratios[name]!)]));
}

function speed(name: string): void {
  const { make, count, rounds } = values[name]!;
  const value = make();
  const losses = Object.fromEntries(Object.entries(contenders).map(([each, one]) => [each, loss(one, value)]));
  const exact = Object.entries(contenders).filter(([each]) => each === base || losses[each] === undefined);
  const written = Object.fromEntries(exact.map(([each, { write }]) => [each, kept(write(value))]));
  const write = compare(Object.fromEntries(exact.map(([each, one]) => [each, () => one.write(value)])), count, rounds);
  const read = compare(
    Object.fromEntries(exact.map(([each, one]) => [each, () => one.read(written[each]!)])),
    count,
    rounds,
  );
  const size = (each: string): string => {
    const [own, first] = [written[each], written[base]].map((bytes) => Buffer.byteLength(bytes as unknown as string));
    return (own! / first!).toFixed(2);
  };
  console.log(`\n${name}`);
  console.log("| | encode | decode | size | |\n| --- | --- | --- | --- | --- |");
  for (const each of Object.keys(contenders)) {
    const changed = losses[each] === undefined ? "" : `not the same value: ${losses[each].slice(0, 100)}`;
    const cells = each in written ? [write[each], read[each], size(each)] : ["-", "-", "-"];
    console.log(`| ${[each, ...cells, changed].join(" | ")} |`);
  }
}

/** Megabytes that writing and reading add to the peak of a process of its own. */
function oneMemory(name: string): void {
  const { write, read } = contenders[name]!;
  read(kept(write(values["1,000 small records"]!.make())));
  const value = values[memoryValue]!.make();
  const peak = (): number => process.resourceUsage().maxRSS / 1024;
  const start = peak();
  const bytes = kept(write(value));
  const written = peak();
  const back = read(bytes) as readonly unknown[];
  if (back.length !== (value as readonly unknown[]).length) throw new Error("it is not all there");
  console.log(JSON.stringify([written - start, peak() - start]));
}

function memory(script: string): void {
  console.log(
    `\npeak memory above the start, ${memoryValue}, MB\n| | after encoding | after decoding |\n| --- | --- | --- |`,
  );
  for (const name of Object.keys(contenders)) {
    const runs = list(
      5,
      () =>
        JSON.parse(execFileSync(process.execPath, [script, "--memory", name], { encoding: "utf8" })) as [
          number,
          number,
        ],
    );
    const [after, end] = [0, 1].map((index) =>
      quantile(
        runs.map((run) => run[index]!),
        0.5,
      ).toFixed(0),
    );
    console.log(`| ${name} | ${after} | ${end} |`);
  }
}

const [, script, what, name] = process.argv;
if (what === "--memory") oneMemory(name!);
else if (what === "--speed") speed(name!);
else {
  for (const each of Object.keys(values)) {
    execFileSync(process.execPath, [...process.execArgv, script!, "--speed", each], { stdio: "inherit" });
  }
  memory(script!);
}
