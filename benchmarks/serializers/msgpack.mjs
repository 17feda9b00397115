// The msgpack serializer beside msgpackr (records, structured clone), v8 and JSON: node benchmarks/serializers/msgpack.mjs
//
// Each contender has processes of its own, which take turns with those of the others: one of writing and one of reading for each
// kind of value, RUNS times. In one process for all, one would pay for collecting what the one before it left behind, and code
// that msgpackr shares between its modes would be compiled for both. What is compared is the processor time of a call, the
// garbage collector's included; a ratio is that of medians, and above 1 is faster than msgpackr's records.
//
// Memory is the peak of a process above its start; and once more with room for 3 MB of young objects instead of 48: what is
// then left out is garbage, which takes the room that there is.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { deserialize, serialize } from "node:v8";
import { buildSync } from "esbuild";
import { Packr } from "msgpackr";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const RUNS = Number(process.env.RUNS ?? 5);
/** Seconds of processor time that one process measures, after a third of it for warming up. */
const SECONDS = 0.45;

const list = (length, make) => Array.from({ length }, (_, index) => make(index));
const record = (id) => ({
  id,
  name: `user ${id}`,
  email: `u${id}@example.com`,
  active: id % 2 === 0,
  score: id * 1.5,
  city: "Berlin",
});
const nested = (id) => ({ ...record(id), tags: ["a", "b"], address: { street: `${id} Main`, zip: `0${id}` } });
const section = (depth) =>
  depth === 0
    ? { enabled: true, retries: 3, name: "leaf", ratio: 0.25 }
    : Object.fromEntries(list(5, (index) => [`section${index}`, section(depth - 1)]));
const graph = () => {
  const shared = new Date(1e12);
  return list(
    500,
    (id) =>
      new Map([
        ["id", id],
        ["at", new Date(1e12 + id)],
        ["shared", shared],
        ["more", new Map([["k", id]])],
      ]),
  );
};
/** What is written, and how many times it is between two looks at the clock. */
const values = {
  "1,000 small records": [() => list(1000, record), 4],
  "100,000 records": [() => list(100_000, record), 1],
  "nested configuration": [() => section(4), 8],
  "graph of Maps and Dates": [graph, 8],
  "1,000 records with lists and objects": [() => list(1000, nested), 4],
  "1,000 records with Dates": [() => list(1000, (id) => ({ ...record(id), at: new Date(1e12 + id) })), 4],
  "1,000 records, text not ASCII": [() => list(1000, (id) => ({ ...record(id), name: `Jürgen Müller ${id}` })), 4],
  "10,000 numbers": [() => list(10_000, (index) => index * 1.1), 8],
  "one small record": [() => record(1), 1000],
};

const names = ["records", "ours", "structured clone", "v8", "JSON"];

/** Bundles our serializer, gives `use` the file, and deletes it. */
function withOurs(use) {
  const folder = mkdtempSync(join(root, "node_modules", ".benchmark-"));
  try {
    const outfile = join(folder, "msgpack.mjs");
    buildSync({
      entryPoints: [join(root, "packages/serializer-msgpack/src/index.ts")],
      outfile,
      bundle: true,
      format: "esm",
      alias: {
        "@coatcheck/core/serializer": join(root, "packages/core/src/serializer/index.ts"),
        "@coatcheck/core": join(root, "packages/core/src/index.ts"),
      },
      packages: "external",
      tsconfigRaw: "{}",
    });
    use(outfile);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function contender(name, ours) {
  if (name === "v8") return { write: serialize, read: deserialize };
  if (name === "JSON") return { write: JSON.stringify, read: JSON.parse };
  if (name === "ours") {
    const { msgpack } = await import(pathToFileURL(ours).href);
    const serializer = msgpack();
    return { write: (value) => serializer.serialize(value), read: (bytes) => serializer.deserialize(bytes) };
  }
  const packr = new Packr(name === "records" ? { useRecords: true } : { structuredClone: true });
  return { write: (value) => packr.pack(value), read: (bytes) => packr.unpack(bytes) };
}

/** Seconds of the processor. */
function cpu() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Seconds of a call, after others that warm up. */
function secondsOf(run, count) {
  const spend = (seconds) => {
    const start = cpu();
    let calls = 0;
    for (; cpu() - start < seconds; calls += count) for (let index = 0; index < count; index++) run();
    return (cpu() - start) / calls;
  };
  spend(SECONDS / 3);
  return spend(SECONDS);
}

const kept = (bytes) => (typeof bytes === "string" ? bytes : Buffer.from(bytes));

/** In a process of its own: one contender writes, or reads, one kind of value. */
async function oneSpeed(ours, name, what, operation) {
  const { write, read } = await contender(name, ours);
  const [make, count] = values[what];
  const value = make();
  const bytes = kept(write(value));
  const seconds = operation === "write" ? secondsOf(() => write(value), count) : secondsOf(() => read(bytes), count);
  return { seconds, size: bytes.length };
}

/** In a process of its own: what one contender adds to the peak of memory, in MB. */
async function oneMemory(ours, name) {
  const { write, read } = await contender(name, ours);
  read(kept(write(values["1,000 small records"][0]())));
  const value = values["100,000 records"][0]();
  const peak = () => process.resourceUsage().maxRSS / 1024;
  const start = peak();
  const bytes = write(value);
  const written = peak();
  const source = kept(bytes);
  const copied = peak();
  if (read(source).length !== value.length) throw new Error("it is not all there");
  return { encode: written - start, decode: peak() - copied };
}

function child(flags, ...args) {
  return JSON.parse(execFileSync(process.execPath, [...flags, fileURLToPath(import.meta.url), ...args]));
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
/** Runs `make` for each contender, in turns, and gives what each gave. */
function inTurns(make) {
  const all = Object.fromEntries(names.map((name) => [name, []]));
  for (let run = 0; run < RUNS; run++) for (const name of names) all[name].push(make(name));
  return all;
}

function speed(ours, what) {
  const measured = (operation) =>
    inTurns((name) => child(["--single-threaded-gc"], "--speed", ours, name, what, operation));
  const table = (runs, of) => {
    const medians = names.map((name) => median(runs[name].map(of)));
    return (compare) => Object.fromEntries(names.map((name, index) => [name, compare(medians[index], medians[0])]));
  };
  const faster = (own, first) => (first / own).toFixed(2);
  const write = measured("write");
  console.log(`\n${what}`);
  console.table({
    encode: table(write, ({ seconds }) => seconds)(faster),
    decode: table(measured("read"), ({ seconds }) => seconds)(faster),
    size: table(write, ({ size }) => size)((own, first) => (own / first).toFixed(2)),
  });
}

function memory(ours) {
  const columns = {};
  for (const [young, flags] of [
    ["", []],
    [", little room for garbage", ["--max-semi-space-size=1"]],
  ]) {
    const runs = inTurns((name) => child(flags, "--memory", ours, name));
    for (const operation of ["encode", "decode"]) {
      columns[`${operation}${young}`] = Object.fromEntries(
        names.map((name) => [name, Math.round(median(runs[name].map((run) => run[operation])))]),
      );
    }
  }
  console.log("\npeak of memory, 100,000 records, MB");
  console.table(columns);
}

const [, , what, ...args] = process.argv;
if (what === "--memory") console.log(JSON.stringify(await oneMemory(...args)));
else if (what === "--speed") console.log(JSON.stringify(await oneSpeed(...args)));
else {
  withOurs((ours) => {
    for (const each of Object.keys(values)) speed(ours, each);
    memory(ours);
  });
}
