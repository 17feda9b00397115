// The msgpack serializer beside msgpackr (records, structured clone), v8 and JSON: node benchmarks/serializers/msgpack.mjs
//
// Each contender has a process of its own. In one for all, one would pay for collecting what the one before it left behind, and
// code that msgpackr shares between its modes would be made for both. The processes take turns, round after round, each in an
// order drawn anew, so that what disturbs one disturbs all. What is compared is the processor time of a call, the garbage
// collector's included; a ratio is the median of the ratios of single rounds, and above 1 is faster than msgpackr's records.
//
// Memory is the peak of a process above its start; and once more with room for 3 MB of young objects instead of 48: what is
// then left out is garbage, which takes the room that there is.
import { execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { deserialize, serialize } from "node:v8";
import { buildSync } from "esbuild";
import { Packr } from "msgpackr";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
/** How often all processes are started anew: what the engine makes of the code differs from one to the next. */
const STARTS = Number(process.env.STARTS ?? 3);
const ROUNDS = 14;
/** Seconds of processor time, and calls, that a turn takes at least; the first ones, which do not count, take longer. */
const TURN = { seconds: 0.04, calls: 4 };
const WARM_UP = { seconds: 0.2, calls: 12 };

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
async function withOurs(use) {
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
    await use(outfile);
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

/** Seconds of a call. */
function secondsOf(run, count, { seconds, calls: least }) {
  const start = cpu();
  let calls = 0;
  for (; calls < least || cpu() - start < seconds; calls += count) for (let index = 0; index < count; index++) run();
  return (cpu() - start) / calls;
}

const kept = (bytes) => (typeof bytes === "string" ? bytes : Buffer.from(bytes));

/** In a process of its own: one contender writes, or reads, one kind of value whenever it is its turn. */
async function serveTurns(ours, name, what, operation) {
  const { write, read } = await contender(name, ours);
  const [make, count] = values[what];
  const value = make();
  const bytes = kept(write(value));
  const run = operation === "write" ? () => write(value) : () => read(bytes);
  process.on("message", (turn) => process.send(secondsOf(run, count, turn)));
  process.send(bytes.length);
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

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
const tableOf = (numbers, show) => Object.fromEntries(names.map((name, index) => [name, show(numbers[index])]));
const ratio = (number) => number.toFixed(2);

/** What each contender says to it, as ratios to the first: the size of what is written, and the seconds of each round. */
async function takeTurns(ours, what, operation) {
  const rounds = [];
  let sizes;
  for (let start = 0; start < STARTS; start++) {
    const script = fileURLToPath(import.meta.url);
    const children = names.map((name) =>
      fork(script, ["--turns", ours, name, what, operation], { execArgv: ["--single-threaded-gc"] }),
    );
    const answers = (child) => once(child, "message").then(([answer]) => answer);
    sizes = await Promise.all(children.map(answers));
    const turn = async (child, length) => {
      const answer = answers(child);
      child.send(length);
      return answer;
    };
    for (const child of children) await turn(child, WARM_UP);
    for (let round = 0; round < ROUNDS; round++) {
      const seconds = [];
      const order = names.map((_, index) => [Math.random(), index]).toSorted(([a], [b]) => a - b);
      for (const [, index] of order) seconds[index] = await turn(children[index], TURN);
      rounds.push(seconds);
    }
    for (const child of children) child.disconnect();
  }
  return {
    size: sizes.map((size) => size / sizes[0]),
    speed: names.map((_, index) => median(rounds.map((seconds) => seconds[0] / seconds[index]))),
  };
}

async function speed(ours, what) {
  const { speed: encode, size } = await takeTurns(ours, what, "write");
  const { speed: decode } = await takeTurns(ours, what, "read");
  console.log(`\n${what}`);
  console.table({ encode: tableOf(encode, ratio), decode: tableOf(decode, ratio), size: tableOf(size, ratio) });
}

function memory(ours) {
  const columns = {};
  for (const { young, flags } of [
    { young: "", flags: [] },
    { young: ", little room for garbage", flags: ["--max-semi-space-size=1"] },
  ]) {
    const run = (name) =>
      JSON.parse(execFileSync(process.execPath, [...flags, fileURLToPath(import.meta.url), "--memory", ours, name]));
    const runs = names.map((name) => list(5, () => run(name)));
    for (const operation of ["encode", "decode"]) {
      const peaks = runs.map((each) => median(each.map((peak) => peak[operation])));
      columns[operation + young] = tableOf(peaks, Math.round);
    }
  }
  console.log("\npeak of memory, 100,000 records, MB");
  console.table(columns);
}

const [, , what, ...args] = process.argv;
if (what === "--memory") console.log(JSON.stringify(await oneMemory(...args)));
else if (what === "--turns") await serveTurns(...args);
else {
  await withOurs(async (ours) => {
    for (const each of Object.keys(values)) await speed(ours, each);
    memory(ours);
  });
}
