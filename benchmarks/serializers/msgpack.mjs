// The msgpack serializer beside msgpackr (records, structured clone), v8 and JSON: node benchmarks/serializers/msgpack.mjs
//
// Each kind of value has a process of its own, in which all take turns, so that what disturbs one disturbs all; a ratio is
// the median of the ratios of single rounds. Above 1 is faster than msgpackr's records. Times are those of the processor, with
// the garbage collector on the same thread. Memory is the peak of a process above its start.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { deserialize, serialize } from "node:v8";
import { buildSync } from "esbuild";
import { Packr } from "msgpackr";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const ROUNDS = Number(process.env.ROUNDS ?? 300);

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
/** What is written, and how many times a round writes it. */
const values = {
  "1,000 small records": [list(1000, record), 4],
  "100,000 records": [list(100_000, record), 1],
  "nested configuration": [section(4), 8],
  "graph of Maps and Dates": [graph(), 8],
  "1,000 records with lists and objects": [list(1000, nested), 4],
  "1,000 records with Dates": [list(1000, (id) => ({ ...record(id), at: new Date(1e12 + id) })), 4],
  "1,000 records, text not ASCII": [list(1000, (id) => ({ ...record(id), name: `Jürgen Müller ${id}` })), 4],
  "10,000 numbers": [list(10_000, (index) => index * 1.1), 8],
  "one small record": [record(1), 1000],
};

async function contenders() {
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
    const { msgpack } = await import(pathToFileURL(outfile).href);
    const ours = msgpack();
    const records = new Packr({ useRecords: true });
    const clone = new Packr({ structuredClone: true });
    return {
      records: { write: (value) => records.pack(value), read: (bytes) => records.unpack(bytes) },
      ours: { write: (value) => ours.serialize(value), read: (bytes) => ours.deserialize(bytes) },
      "structured clone": { write: (value) => clone.pack(value), read: (bytes) => clone.unpack(bytes) },
      v8: { write: serialize, read: deserialize },
      JSON: { write: JSON.stringify, read: JSON.parse },
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Processor time: who runs longer is interrupted more often where others are at work. */
function time(run, count) {
  const start = process.cpuUsage();
  for (let index = 0; index < count; index++) run();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / count;
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

/** The median ratios of each contender to the first. */
function compare(all, count, rounds) {
  const names = Object.keys(all);
  const ratios = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    const times = {};
    // Who comes after whom changes: one may leave garbage for the next.
    for (const turn of names.keys()) {
      const name = names[(round + turn * (1 + (round % 2) * (names.length - 2))) % names.length];
      times[name] = time(all[name], count);
    }
    for (const name of names) ratios[name].push(times[names[0]] / times[name]);
  }
  return Object.fromEntries(Object.entries(ratios).map(([name, each]) => [name, median(each).toFixed(2)]));
}

async function speed(name) {
  const all = await contenders();
  const [value, count] = values[name];
  const rounds = name.startsWith("100,000") ? Math.ceil(ROUNDS / 8) : ROUNDS;
  const written = mapValues(all, ({ write }) => kept(write(value)));
  const encode = compare(
    mapValues(
      all,
      ({ write }) =>
        () =>
          write(value),
    ),
    count,
    rounds,
  );
  const decode = compare(
    mapValues(
      all,
      ({ read }, each) =>
        () =>
          read(written[each]),
    ),
    count,
    rounds,
  );
  const size = mapValues(written, (bytes) => (bytes.length / written.records.length).toFixed(2));
  console.log(`\n${name}`);
  console.table({ encode, decode, size });
}

const kept = (bytes) => (typeof bytes === "string" ? bytes : Buffer.from(bytes));
const mapValues = (object, make) =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, make(value, key)]));

async function memory() {
  const peaks = {};
  for (const name of ["records", "ours", "structured clone", "v8", "JSON"]) {
    const runs = list(5, () =>
      JSON.parse(execFileSync(process.execPath, [fileURLToPath(import.meta.url), "--memory", name])),
    );
    peaks[name] = {
      "encode, MB": median(runs.map(({ encode }) => encode)),
      "decode, MB": median(runs.map(({ decode }) => decode)),
    };
  }
  console.log("\npeak memory, 100,000 records");
  console.table(peaks);
}

async function oneMemory(name) {
  const { write, read } = (await contenders())[name];
  read(kept(write(values["1,000 small records"][0])));
  const value = values["100,000 records"][0];
  const peak = () => process.resourceUsage().maxRSS / 1024;
  const start = peak();
  const bytes = kept(write(value));
  const written = peak();
  const back = read(bytes);
  console.log(
    JSON.stringify({ encode: Math.round(written - start), decode: Math.round(peak() - written), length: back.length }),
  );
}

const [, script, what, name] = process.argv;
if (what === "--memory") await oneMemory(name);
else if (what === "--speed") await speed(name);
else {
  for (const each of Object.keys(values))
    execFileSync(process.execPath, ["--single-threaded-gc", script, "--speed", each], { stdio: "inherit" });
  await memory();
}
