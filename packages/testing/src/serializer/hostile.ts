import type { Serializer } from "@coatcheck/core";
import { check, equalBytes, fail, show } from "../assert.ts";
import { join } from "../chunks.ts";
import { randomBytes, randomNumbers } from "../random.ts";
import type { Sample, SerializerCase, SerializerSettings } from "./case.ts";
import { firstDifference } from "./difference.ts";

// Looked up once: in a node:vm context, where jest runs tests, each look at a global is slow.
const { ownKeys } = Reflect;

/** Milliseconds that a short input may take before it counts as one that never ends: a thousand times what is usual. */
const PATIENCE = 5000;

/** The classes of this runtime and their prototypes. */
const builtins: readonly (readonly [name: string, object: object])[] = Object.getOwnPropertyNames(globalThis).flatMap(
  (name) => {
    const value: unknown = Object.getOwnPropertyDescriptor(globalThis, name)?.value;
    if (typeof value !== "function" || !/^[A-Z]/.test(name)) return [];
    const prototype: unknown = value.prototype;
    const isObject = typeof prototype === "object" && prototype !== null;
    return [[name, value] as const, ...(isObject ? [[`${name}.prototype`, prototype] as const] : [])];
  },
);

/** Those of them that data reaches most easily: what is read out of it has their prototypes. */
const NEAR =
  /^(Object|Function|Array|String|Number|Boolean|BigInt|Symbol|Date|RegExp|Error|Map|Set|Promise|ArrayBuffer|Uint8Array)(\.prototype)?$/;
const near = builtins.filter(([name]) => NEAR.test(name));
const countKeys = ([, each]: (typeof builtins)[number]): number => ownKeys(each).length;

/** What built-in objects look like now, to be compared with later. */
class Builtins {
  readonly #before: readonly PropertyDescriptorMap[] = builtins.map(([, each]) =>
    Object.getOwnPropertyDescriptors(each),
  );
  readonly #counts: readonly number[] = builtins.map(countKeys);
  readonly #nearCounts: readonly number[] = near.map(countKeys);

  /** Cheap, for after each input: whether anything was added to the nearest, or removed. */
  checkNear(what: string): void {
    const at = near.findIndex((each, index) => countKeys(each) !== this.#nearCounts[index]);
    if (at >= 0) fail(`${what}: the built-in ${near[at]![0]} was changed`);
  }

  /** Whether anything was added, removed or replaced. */
  checkAll(what: string): void {
    const at = builtins.findIndex((each, index) => countKeys(each) !== this.#counts[index]);
    if (at >= 0) fail(`${what}: the built-in ${builtins[at]![0]} was changed`);
    for (const [index, [name, each]] of builtins.entries()) {
      for (const key of ownKeys(each)) {
        const now = Object.getOwnPropertyDescriptor(each, key);
        const before = this.#before[index]![key as string];
        if (now?.value === before?.value && now?.get === before?.get && now?.set === before?.set) continue;
        if (Number.isNaN(now?.value) && Number.isNaN(before?.value)) continue;
        fail(`${what}: ${show(key)} of the built-in ${name} was changed`);
      }
    }
  }
}

/** Reads bytes that somebody else made: the value, if there is one, and how many milliseconds it took. */
async function read(
  serializer: Serializer,
  bytes: Uint8Array,
  what: string,
): Promise<{ value?: unknown; took: number }> {
  const start = performance.now();
  try {
    const value = await serializer.deserialize(bytes);
    return { value, took: performance.now() - start };
  } catch (error) {
    const isError = error instanceof Error || Object.prototype.toString.call(error) === "[object Error]";
    check(isError, `${what}: threw ${show(error)}, which is no Error`);
    return { took: performance.now() - start };
  }
}

/**
 * Has the serializer read bytes that somebody else made. It may give a value or throw an Error; it may not touch
 * built-in objects or its input, or take for ever.
 */
async function expose(serializer: Serializer, bytes: Uint8Array, before: Builtins, what: string): Promise<unknown> {
  const input = bytes.slice();
  const { value, took } = await read(serializer, input, what);
  // A busy machine may have stood still meanwhile: what takes for ever takes as long again.
  if (took >= PATIENCE) {
    const again = await read(serializer, bytes.slice(), what);
    check(again.took < PATIENCE, `${what}: ${bytes.byteLength} bytes took ${Math.round(again.took)} ms`);
  }
  check(!("polluted" in {}), `${what}: Object.prototype was polluted`);
  before.checkNear(what);
  equalBytes(input, bytes, `${what}: the input of deserialize, after it`);
  return value;
}

/** Bytes in messages, so that a failure can be repeated. */
function hexadecimal(bytes: Uint8Array): string {
  const text = [...bytes.subarray(0, 200)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return bytes.byteLength > 200 ? `${text}… (${bytes.byteLength} bytes)` : text;
}

/** Damage of the kinds that happen and that are done: bytes changed, cut, doubled, moved, lengths made large. */
function damage(bytes: Uint8Array, other: Uint8Array, random: () => number): Uint8Array {
  const below = (limit: number): number => Math.floor(random() * limit);
  let result: Uint8Array = bytes.slice();
  const rounds = 1 + below(3);
  for (let round = 0; round < rounds && result.byteLength > 0; round++) {
    const at = below(result.byteLength);
    const part = other.subarray(below(other.byteLength), below(other.byteLength) + 1 + below(16));
    switch (below(7)) {
      case 0:
        result[at]! ^= 1 << below(8);
        break;
      case 1:
        result[at] = below(256);
        break;
      case 2:
        result = result.slice(0, at);
        break;
      case 3:
        result = join([result.subarray(0, at), result.subarray(at + 1 + below(8))]);
        break;
      case 4:
        result = join([result.subarray(0, at), part, result.subarray(at)]);
        break;
      case 5:
        result = join([
          result.subarray(0, at),
          new Uint8Array(1 + below(8)).fill(0xff),
          result.subarray(at + below(8)),
        ]);
        break;
      default:
        result = join([result, result.subarray(at, at + below(64))]);
    }
  }
  return result;
}

/** Puts one name for another of the same length wherever its bytes are. */
function renamed(bytes: Uint8Array, from: string, to: string): Uint8Array {
  const result = bytes.slice();
  const [old, fresh] = [new TextEncoder().encode(from), new TextEncoder().encode(to)];
  for (let at = 0; at + old.byteLength <= result.byteLength; at++) {
    if (old.every((byte, index) => result[at + index] === byte)) result.set(fresh, at);
  }
  return result;
}

/** Values whose names can be changed, byte for byte, into names that lead to prototypes. */
const disguised: readonly (readonly [value: unknown, names: Readonly<Record<string, string>>])[] = [
  [{ x_proto_x: { polluted: true } }, { x_proto_x: "__proto__" }],
  [[{ a: { x_proto_x: { polluted: true, b: [1] } } }], { x_proto_x: "__proto__" }],
  [{ constructox: { prototypx: { polluted: true } } }, { constructox: "constructor", prototypx: "prototype" }],
  [new Map([["x_proto_x", { polluted: true }]]), { x_proto_x: "__proto__" }],
];

const texts = [
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '[{"__proto__":{"__proto__":{"polluted":true}}}]',
  '{"a":1,"__proto__":null}',
  `${"[".repeat(20_000)}${"]".repeat(20_000)}`,
  "[".repeat(100_000),
  '{"a":'.repeat(20_000),
  "9".repeat(10_000),
  "null",
  "undefined",
  "\ufeff{}",
  "{}garbage",
];

/** Bytes that somebody else made. */
export function hostile({ hostile: runs, seed }: SerializerSettings): readonly SerializerCase[] {
  return [
    {
      name: "hostile: every value cut at every byte is refused or read, and nothing else happens",
      async run({ serializer, samples }) {
        const before = new Builtins();
        const small = (await samples(300)).slice(0, 60);
        for (const { kind, bytes } of small) {
          for (let end = 0; end < bytes.byteLength; end++) {
            await expose(serializer, bytes.subarray(0, end), before, `${kind}, cut after ${end} bytes`);
          }
        }
        before.checkAll("after values that were cut");
      },
    },
    {
      name: `hostile: ${runs} damaged encodings are refused or read, and nothing else happens (seed ${seed})`,
      async run({ serializer, samples }) {
        const before = new Builtins();
        const random = randomNumbers(seed);
        const some = await samples(4000);
        check(some.length > 0, "there is no value that comes back, so none to damage");
        const pick = (): Sample => some[Math.floor(random() * some.length)]!;
        for (let round = 0; round < runs; round++) {
          const { kind, bytes } = pick();
          const damaged = damage(bytes, pick().bytes, random);
          await expose(serializer, damaged, before, `${kind}, damaged: ${hexadecimal(damaged)}`);
        }
        before.checkAll("after damaged encodings");
      },
    },
    {
      name: `hostile: ${Math.ceil(runs / 4)} random inputs are refused or read, and nothing else happens (seed ${seed})`,
      async run({ serializer }) {
        const before = new Builtins();
        const random = randomNumbers(seed + 1);
        for (let round = 0; round < runs / 4; round++) {
          const bytes = randomBytes(Math.floor(random() ** 3 * 1000), seed + round);
          await expose(serializer, bytes, before, `random bytes: ${hexadecimal(bytes)}`);
        }
        for (const text of texts) {
          const value = await expose(serializer, new TextEncoder().encode(text), before, `the text ${show(text)}`);
          expectNoStrangePrototype(value, `the text ${show(text)}`);
        }
        before.checkAll("after random inputs");
      },
    },
    {
      name: "hostile: names that lead to prototypes lead nowhere",
      async run({ serializer }) {
        const before = new Builtins();
        for (const [value, names] of disguised) {
          let bytes: Uint8Array;
          try {
            bytes = await serializer.serialize(value);
          } catch {
            continue;
          }
          for (const [from, to] of Object.entries(names)) bytes = renamed(bytes, from, to);
          const what = `a value with ${Object.values(names).join(", ")}`;
          expectNoStrangePrototype(await expose(serializer, bytes, before, what), what);
        }
        before.checkAll("after names that lead to prototypes");
      },
    },
    {
      name: "hostile: after all that, values come back as ever",
      async run({ serializer, samples }) {
        const some = await samples();
        const random = randomNumbers(seed);
        for (const { bytes } of some) {
          const damaged = damage(bytes, bytes, random);
          await Promise.resolve(damaged)
            .then((input) => serializer.deserialize(input))
            .catch(() => {});
        }
        for (const { kind, make, bytes } of some) {
          const difference = firstDifference(await serializer.deserialize(bytes), make());
          check(difference === undefined, `${kind}, after damaged input was read: ${difference}`);
        }
      },
    },
  ];
}

/** Fails where an object anywhere in the value has got a prototype out of the data. */
function expectNoStrangePrototype(value: unknown, what: string): void {
  const seen = new Set<unknown>();
  const queue: unknown[] = [value];
  for (let each = queue.pop(); queue.length > 0 || each !== undefined; each = queue.pop()) {
    if (typeof each !== "object" || each === null || seen.has(each)) continue;
    seen.add(each);
    const prototype: unknown = Object.getPrototypeOf(each);
    const isOwn = prototype !== null && Object.hasOwn(prototype as object, "polluted");
    check(!isOwn, `${what}: an object got its prototype out of the data`);
    for (const key of ownKeys(each)) queue.push(Object.getOwnPropertyDescriptor(each, key)?.value);
    if (each instanceof Map) for (const [key, entry] of each) queue.push(key, entry);
  }
}
