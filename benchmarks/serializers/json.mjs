// Time and size of the json serializer relative to JSON.stringify and JSON.parse, measured in turn in one process.
// Run: npm run build && node --expose-gc benchmarks/serializers/json.mjs
import { json } from "@coatcheck/serializer-json";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const serializer = json();

const record = (id) => ({
  id,
  name: `user ${id}`,
  email: `user${id}@example.com`,
  active: id % 2 === 0,
  score: id * 1.5,
  tags: ["a", "b"],
  address: { street: `${id} Main Street`, zip: String(10_000 + id) },
});
const service = (index) => ({
  image: `registry.example.com/service-${index}:1.${index}`,
  replicas: index,
  env: { LOG: "info", PORT: String(8000 + index), NESTED: { a: { b: { c: { d: [1, 2, 3] } } } } },
  routes: Array.from({ length: 5 }, (_, route) => ({ path: `/v1/${route}`, methods: ["GET", "POST"], auth: null })),
});
const event = (id) => ({
  ...record(id),
  at: new Date(1.7e12 + id),
  seen: new Map([["web", id]]),
  roles: new Set(["a"]),
});

const values = {
  "1,000 records": [Array.from({ length: 1000 }, (_, id) => record(id)), 200],
  "100,000 records": [Array.from({ length: 100_000 }, (_, id) => record(id)), 11],
  "nested configuration": [{ services: Array.from({ length: 100 }, (_, index) => service(index)) }, 200],
  "1,000,000 numbers": [Array.from({ length: 1_000_000 }, (_, index) => index * 0.5), 11],
  "1,000 records with Dates, Maps and Sets": [Array.from({ length: 1000 }, (_, id) => event(id)), 100],
};

const median = (times) => times.sort((a, b) => a - b)[times.length >> 1];

// What tagging by hand in a replacer and a reviver costs: the nearest that JSON alone has for Dates, Maps and Sets.
const replacer = function (key, value) {
  const own = this[key];
  if (own instanceof Date) return { $date: own.toISOString() };
  if (own instanceof Map) return { $map: [...own] };
  if (own instanceof Set) return { $set: [...own] };
  return value;
};
const reviver = (_, value) => {
  if (value === null || typeof value !== "object") return value;
  if (value.$date !== undefined) return new Date(value.$date);
  if (value.$map !== undefined) return new Map(value.$map);
  if (value.$set !== undefined) return new Set(value.$set);
  return value;
};

const rows = [];
for (const [name, [value, runs]] of Object.entries(values)) {
  const isPlain = !name.includes("Dates");
  const baseText = isPlain ? JSON.stringify(value) : JSON.stringify(value, replacer);
  const base = encoder.encode(baseText);
  const own = serializer.serialize(value);
  const work = {
    encodeBase: () => encoder.encode(isPlain ? JSON.stringify(value) : JSON.stringify(value, replacer)),
    encode: () => serializer.serialize(value),
    decodeBase: () => JSON.parse(decoder.decode(base), isPlain ? undefined : reviver),
    decode: () => serializer.deserialize(own),
  };
  const times = Object.fromEntries(Object.keys(work).map((key) => [key, []]));
  for (let run = 0; run < runs + 3; run++) {
    for (const [key, call] of Object.entries(work)) {
      if (runs < 20) globalThis.gc?.();
      const start = performance.now();
      call();
      if (run >= 3) times[key].push(performance.now() - start);
    }
  }
  const { encodeBase, encode, decodeBase, decode } = Object.fromEntries(
    Object.entries(times).map(([key, all]) => [key, median(all)]),
  );
  rows.push({
    value: name,
    "relative to": isPlain ? "JSON" : "JSON with a replacer and a reviver",
    "encode, ms": Number(encode.toFixed(2)),
    "encode, times": Number((encode / encodeBase).toFixed(2)),
    "decode, ms": Number(decode.toFixed(2)),
    "decode, times": Number((decode / decodeBase).toFixed(2)),
    "size, times": Number((own.byteLength / base.byteLength).toFixed(3)),
  });
}
console.log(`Node ${process.version}; medians of interleaved runs`);
console.table(rows);
