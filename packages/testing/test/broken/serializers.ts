import { SerializationError, type Serializer } from "@coatcheck/core";
import type { Registered, ValueKind } from "@coatcheck/testing";
import { strictJson } from "../samples/strict-json.ts";
import { type Node, type Reference, GraphSerializer } from "./graph-serializer.ts";

/** A serializer that gets one thing wrong. */
export interface BrokenSerializer {
  /** What it gets wrong. */
  readonly name: string;
  readonly open: (registered: Registered) => Serializer;
  /** The cases that must notice, those and no others; `group: *` is one or more of that group. */
  readonly fails: readonly string[];
  readonly exact?: readonly ValueKind[];
}

type Queue = [object, string, number][];
type Class = new () => GraphSerializer;

const open = (serializer: Class) => (): Serializer => new serializer();
const encoder = new TextEncoder();
const decoder = new TextDecoder();
const dictionary = new Map<Serializer, Map<string, string>>();

/** JSON without a second thought. */
const plainJson: Serializer = {
  type: "json",
  serialize: (value) => encoder.encode(JSON.stringify(value) ?? "null"),
  deserialize: (bytes) => JSON.parse(decoder.decode(bytes)),
};

function merge(target: Record<string, unknown>, source: unknown): unknown {
  if (typeof source !== "object" || source === null || Array.isArray(source)) return source;
  for (const [key, value] of Object.entries(source)) {
    const there = target[key];
    const isObject = (typeof there === "object" && there !== null) || typeof there === "function";
    target[key] = isObject ? merge(there as Record<string, unknown>, value) : value;
  }
  return target;
}

let count = 0;

/** Serializers that change values. */
export const changing: readonly BrokenSerializer[] = [
  { name: "JSON as it is", open: () => plainJson, fails: ["kind: *", "refused: *", "alike: *", "path: *"] },
  {
    name: "getters looked for in the first 32 objects",
    open: open(
      class extends GraphSerializer {
        #looked = 0;
        protected override reset(): void {
          super.reset();
          this.#looked = 0;
        }
        protected override properties(
          object: object,
          path: string,
          inside: (value: unknown, path: string) => Reference,
        ): Node {
          return super.properties(this.#looked++ < 32 ? object : structuredClone(object), path, inside);
        }
      },
    ),
    fails: ["alike: *"],
  },
  {
    name: "0 for -0",
    open: open(
      class extends GraphSerializer {
        protected override text(document: { root: Reference; nodes: readonly Node[] }): string {
          return super.text(document).replaceAll('["special","-0"]', '["value",0]');
        }
      },
    ),
    fails: ["kind: -0"],
  },
  {
    name: "null for NaN",
    open: open(
      class extends GraphSerializer {
        protected override text(document: { root: Reference; nodes: readonly Node[] }): string {
          return super.text(document).replaceAll('["special","NaN"]', '["value",null]');
        }
      },
    ),
    fails: ["kind: NaN and the infinities", "kind: Maps with mixed keys", "kind: Sets in Sets"],
  },
  {
    name: "no properties that are undefined",
    open: open(
      class extends GraphSerializer {
        protected override assign(shell: object, key: string, value: unknown): void {
          if (value !== undefined) super.assign(shell, key, value);
        }
      },
    ),
    fails: ["kind: undefined at the root", "kind: undefined in objects"],
  },
  {
    name: "large BigInts as numbers",
    open: open(
      class extends GraphSerializer {
        protected override value(reference: Reference, shells: readonly object[]): unknown {
          const value = super.value(reference, shells);
          return typeof value === "bigint" && BigInt.asIntN(64, value) !== value ? Number(value) : value;
        }
      },
    ),
    fails: ["kind: BigInt up to 64 bits", "kind: BigInt above 64 bits", "kind: BigInt of 70,000 bits"],
  },
  {
    name: "lone surrogates replaced",
    open: open(
      class extends GraphSerializer {
        protected override reference(value: unknown, path: string, queue: Queue): Reference {
          return super.reference(typeof value === "string" ? Buffer.from(value).toString() : value, path, queue);
        }
      },
    ),
    fails: ["kind: lone surrogates in short strings", "kind: lone surrogates in long strings"],
  },
  {
    name: "strings cut at 65,535 characters",
    open: open(
      class extends GraphSerializer {
        protected override reference(value: unknown, path: string, queue: Queue): Reference {
          return super.reference(typeof value === "string" ? value.slice(0, 65_535) : value, path, queue);
        }
      },
    ),
    fails: ["kind: lone surrogates in long strings", "kind: a string of 100 MB"],
  },
  {
    name: "sharing lost: an object that is there twice comes back as two",
    open: open(
      class extends GraphSerializer {
        protected override reference(value: unknown, path: string, queue: Queue): Reference {
          if (typeof value === "object" && value !== null) {
            if (queue.length > 100 || this.indexes.size > 5000) this.refuse(path, "too much");
            this.indexes.delete(value);
            const twin = this.#twins.get(value);
            if (path.length > 200) this.refuse(path, "too deep, or a cycle");
            if (twin !== undefined) this.indexes.delete(value);
            const index = this.#next++;
            this.#twins.set(value, index);
            queue.push([value, path, index]);
            return ["node", index];
          }
          return super.reference(value, path, queue);
        }
        readonly #twins = new Map<object, number>();
        #next = 0;
        protected override reset(): void {
          super.reset();
          this.#next = 0;
          this.#twins.clear();
        }
      },
    ),
    fails: [
      "kind: shared objects",
      "kind: shared Dates",
      "kind: shared RegExps",
      "kind: shared keys of Maps",
      "kind: typed arrays of every type",
      "kind: a small part of 1 MB",
      "graphs: 100 at random, of all that comes back alone, come back exactly (seed 7)",
    ],
  },
  {
    name: "Dates that are shared come back as many",
    open: open(
      class extends GraphSerializer {
        protected override value(reference: Reference, shells: readonly object[]): unknown {
          const value = super.value(reference, shells);
          return Object.prototype.toString.call(value) === "[object Date]" ? new Date(value as Date) : value;
        }
      },
    ),
    fails: [
      "kind: shared Dates",
      "kind: shared keys of Maps",
      "graphs: 100 at random, of all that comes back alone, come back exactly (seed 7)",
    ],
  },
  {
    name: "keys in order of the alphabet",
    open: open(
      class extends GraphSerializer {
        protected override properties(
          object: object,
          path: string,
          inside: (value: unknown, path: string) => Reference,
        ): Node {
          const [kind, entries] = super.properties(object, path, inside);
          return kind === "array"
            ? [kind, entries]
            : [kind, (entries as [string, Reference][]).toSorted(([a], [b]) => (a < b ? -1 : 1))];
        }
      },
    ),
    fails: ["alike: *", "kind: *", "graphs: *"],
  },
  {
    name: "RegExps without lastIndex",
    open: open(
      class extends GraphSerializer {
        protected override shell(node: Node): object {
          const shell = super.shell(node);
          if (node[0] === "regexp") (shell as RegExp).lastIndex = 0;
          return shell;
        }
      },
    ),
    fails: ["kind: RegExps with flags and lastIndex"],
  },
  {
    name: "text for the keys of Maps",
    open: open(
      class extends GraphSerializer {
        protected override fill(shell: object, node: Node, value: (reference: Reference) => unknown): void {
          super.fill(shell, node, value);
          if (node[0] !== "map") return;
          const entries = [...(shell as Map<unknown, unknown>)];
          (shell as Map<unknown, unknown>).clear();
          for (const [key, each] of entries)
            (shell as Map<unknown, unknown>).set(typeof key === "number" ? `${key}` : key, each);
        }
      },
    ),
    fails: ["kind: cycles in Maps", "kind: shared Dates", "kind: shared RegExps", "kind: Maps with mixed keys"],
  },
  {
    name: "the epoch for Dates before it",
    open: open(
      class extends GraphSerializer {
        protected override shell(node: Node): object {
          return node[0] === "date" && node[1] !== null ? new Date(Math.max(0, node[1] as number)) : super.shell(node);
        }
      },
    ),
    fails: ["kind: Dates, before 1970 and at the extremes"],
  },
  {
    name: "functions left out",
    open: open(
      class extends GraphSerializer {
        protected override reference(value: unknown, path: string, queue: Queue): Reference {
          return typeof value === "function" ? ["special", "undefined"] : super.reference(value, path, queue);
        }
      },
    ),
    fails: [
      "alike: *",
      "refused: functions: with the path",
      "refused: classes: with the path",
      "refused: instances with toJSON: with the path",
      "path: it leads to the value, through awkward names",
    ],
  },
  {
    name: "instances of classes as plain objects",
    open: open(
      class extends GraphSerializer {
        protected override node(object: object, path: string, queue: Queue): Node {
          const constructor: unknown = (object as { constructor?: unknown }).constructor;
          const isClass =
            typeof constructor === "function" && Function.prototype.toString.call(constructor).startsWith("class");
          const isBuiltin = Array.isArray(object) || [Map, Set, Date, Error].some((each) => object instanceof each);
          return isClass && !isBuiltin ? super.node({ ...object }, path, queue) : super.node(object, path, queue);
        }
      },
    ),
    fails: ["kind: *", "refused: *"],
  },
  {
    name: "toJSON asked",
    open: open(
      class extends GraphSerializer {
        protected override reference(value: unknown, path: string, queue: Queue): Reference {
          const toJSON: unknown =
            value === null || typeof value !== "object" || Object.prototype.toString.call(value) === "[object Date]"
              ? undefined
              : (value as { toJSON?: unknown }).toJSON;
          return super.reference(typeof toJSON === "function" ? Reflect.apply(toJSON, value, []) : value, path, queue);
        }
      },
    ),
    fails: ["kind: URLs", "refused: instances with toJSON: with the path"],
  },
  {
    name: "a prototype out of the data",
    open: open(
      class extends GraphSerializer {
        protected override assign(shell: object, key: string, value: unknown): void {
          (shell as Record<string, unknown>)[key] = value;
        }
      },
    ),
    fails: ["kind: an own __proto__", "hostile: names that lead to prototypes lead nowhere"],
  },
  {
    name: "Sets that lose an element where there is a Map in them",
    open: open(
      class extends GraphSerializer {
        protected override bare(object: object, path: string, node: Node, own?: number): Node {
          const bare = super.bare(object, path, node, own);
          const holdsMap = object instanceof Set && [...object].some((each) => each instanceof Map);
          return holdsMap ? ["set", (bare[1] as unknown[]).slice(1)] : bare;
        }
      },
    ),
    fails: ["graphs: 100 at random, of all that comes back alone, come back exactly (seed 7)"],
  },
  {
    name: "the ninth object taken for the eighth",
    open: open(
      class extends GraphSerializer {
        protected override value(reference: Reference, shells: readonly object[]): unknown {
          return super.value(
            reference[0] === "node" && reference[1] === 9 && shells.length > 11 ? ["node", 8] : reference,
            shells,
          );
        }
      },
    ),
    fails: [
      "graphs: 100 at random, of all that comes back alone, come back exactly (seed 7)",
      "kind: plain objects and arrays",
      "kind: a dictionary of 100,000 keys",
      "kind: 300 shapes",
      "kind: objects 10,000 deep",
      "kind: arrays 10,000 deep",
      "kind: shared objects",
    ],
  },
  {
    name: "all of the buffer for a small part of it",
    open: open(
      class extends GraphSerializer {
        protected override bare(object: object, path: string, node: Node, own?: number): Node {
          const bare = super.bare(object, path, node, own);
          return node[0] === "bytes" ? [...bare, [...new Uint8Array((object as Uint8Array).buffer)]] : bare;
        }
      },
    ),
    fails: ["kind: a small part of 1 MB is stored without the rest"],
  },
  {
    name: "bytes that cannot be read, for Dates",
    open: open(
      class extends GraphSerializer {
        protected override bare(object: object, path: string, node: Node, own?: number): Node {
          return node[0] === "date"
            ? ["when", ...super.bare(object, path, node, own).slice(1)]
            : super.bare(object, path, node, own);
        }
      },
    ),
    fails: [
      "alike: *",
      "kind: shared Dates",
      "kind: shared keys of Maps",
      "kind: Dates, before 1970 and at the extremes",
      "kind: invalid Dates",
      "kind: Maps with mixed keys",
    ],
  },
  {
    name: "nothing at all",
    open: open(
      class extends GraphSerializer {
        override serialize(): Uint8Array {
          return this.refuse("$", "no");
        }
      },
    ),
    fails: ["kind: *", "refused: *", "path: *", "graphs: *", "hostile: *"],
  },
  {
    name: "less than was promised",
    exact: ["BigInt up to 64 bits", "Headers"],
    open: open(GraphSerializer),
    fails: ["kind: Headers: exact", "graphs: 100 at random, of all that comes back alone, come back exactly (seed 7)"],
  },
];

/** Serializers whose errors say the wrong thing. */
export const misleading: readonly BrokenSerializer[] = [
  {
    name: "a path that is always the root's",
    open: open(
      class extends GraphSerializer {
        protected override refuse(_path: string, reason: string): never {
          return super.refuse("$", reason);
        }
      },
    ),
    fails: ["alike: *", "kind: *", "refused: *", "path: *"],
  },
  {
    name: "a path to the object around the value",
    open: open(
      class extends GraphSerializer {
        protected override refuse(path: string, reason: string): never {
          return super.refuse(path.replace(/(\.[^.[]*|\[[^[]*\])$/, ""), reason);
        }
      },
    ),
    fails: ["alike: *", "kind: *", "refused: *", "path: *"],
  },
  {
    name: "a path with names that are not quoted",
    open: open(
      class extends GraphSerializer {
        protected override refuse(path: string, reason: string): never {
          return super.refuse(path.replace(/\["([^"]*)"\]/g, ".$1"), reason);
        }
      },
    ),
    fails: ["path: it leads to the value, through awkward names"],
  },
  {
    name: "no path",
    open: open(
      class extends GraphSerializer {
        protected override refuse(_path: string, reason: string): never {
          throw new SerializationError({ code: "NotSerializable", reason });
        }
      },
    ),
    fails: ["alike: *", "contract: *", "kind: *", "refused: *", "path: *"],
  },
  {
    name: "no reason",
    open: open(
      class extends GraphSerializer {
        protected override refuse(path: string): never {
          return super.refuse(path, "");
        }
      },
    ),
    fails: ["alike: *", "contract: *", "kind: *", "refused: *", "path: *"],
  },
  {
    name: "the code for reading",
    open: open(
      class extends GraphSerializer {
        protected override refuse(path: string, reason: string): never {
          throw new SerializationError({ code: "NotDeserializable", path, reason });
        }
      },
    ),
    fails: ["alike: *", "contract: *", "kind: *", "refused: *", "path: *"],
  },
  {
    name: "a TypeError of its own",
    open: open(
      class extends GraphSerializer {
        protected override refuse(path: string, reason: string): never {
          throw new TypeError(`${path}: ${reason}`);
        }
      },
    ),
    fails: ["alike: *", "contract: *", "kind: *", "refused: *", "path: *"],
  },
  {
    name: "other words each time",
    open: open(
      class extends GraphSerializer {
        protected override refuse(path: string, reason: string): never {
          return super.refuse(path, `${reason} (${count++})`);
        }
      },
    ),
    fails: ["path: the same value is refused in the same words each time"],
  },
];

/** Serializers that do what they should not. */
export const misbehaving: readonly BrokenSerializer[] = [
  {
    name: "a type that is no name",
    open: open(
      class extends GraphSerializer {
        override readonly type = "My Graph";
      },
    ),
    fails: ["contract: type is a name, or names of codecs and a serializer"],
  },
  {
    name: "a description that is no JSON",
    open: open(
      class extends GraphSerializer {
        describe(): never {
          return { type: this.type, at: undefined } as never;
        }
      },
    ),
    fails: ["contract: describe gives JSON with the type, the same each time, and small"],
  },
  {
    name: "a description without the type",
    open: open(
      class extends GraphSerializer {
        describe(): never {
          return { profile: "a" } as never;
        }
      },
    ),
    fails: ["contract: describe gives JSON with the type, the same each time, and small"],
  },
  {
    name: "another description each time",
    open: open(
      class extends GraphSerializer {
        describe(): never {
          return { type: this.type, count: count++ } as never;
        }
      },
    ),
    fails: ["contract: describe gives JSON with the type, the same each time, and small"],
  },
  {
    name: "a description of 2,000 characters",
    open: open(
      class extends GraphSerializer {
        describe(): never {
          return { type: this.type, words: "x".repeat(2000) } as never;
        }
      },
    ),
    fails: ["contract: describe gives JSON with the type, the same each time, and small"],
  },
  {
    name: "text instead of bytes",
    open: open(
      class extends GraphSerializer {
        override serialize(value: unknown): Uint8Array {
          return decoder.decode(super.serialize(value) as Uint8Array) as never;
        }
        override deserialize(bytes: Uint8Array): unknown {
          return super.deserialize(encoder.encode(bytes as never));
        }
      },
    ),
    fails: ["alike: *", "contract: *", "kind: *", "path: *", "graphs: *", "hostile: *"],
  },
  {
    name: "texts that only the writer can read",
    open: open(
      class extends GraphSerializer {
        override serialize(value: unknown): Uint8Array {
          const own = dictionary.get(this) ?? new Map<string, string>();
          dictionary.set(this, own);
          const text = decoder.decode(super.serialize(value) as Uint8Array);
          own.set(String(own.size), text);
          return encoder.encode(JSON.stringify({ number: own.size - 1, text: text.slice(0, 10) }));
        }
        override deserialize(bytes: Uint8Array): unknown {
          const text = this.numbered(bytes);
          return super.deserialize(encoder.encode(text));
        }
        protected numbered(bytes: Uint8Array): string {
          try {
            const { number } = JSON.parse(decoder.decode(bytes)) as { number: number };
            return dictionary.get(this)?.get(String(number)) ?? "";
          } catch {
            return "";
          }
        }
      },
    ),
    fails: ["contract: what one writes another of the same kind reads", "contract: *", "hostile: *"],
  },
  {
    name: "one state for all who write at once",
    open: open(
      class extends GraphSerializer {
        #value: unknown;
        override async serialize(value: unknown): Promise<Uint8Array> {
          this.#value = value;
          await Promise.resolve();
          return await super.serialize(this.#value);
        }
      },
    ),
    fails: ["contract: many at once come back as one by one"],
  },
  {
    name: "a mark in the value",
    open: open(
      class extends GraphSerializer {
        protected override node(object: object, path: string, queue: Queue): Node {
          const node = super.node(object, path, queue);
          if (Object.getPrototypeOf(object) === Object.prototype)
            Object.defineProperty(object, "visited", { value: true, configurable: true });
          return node;
        }
      },
    ),
    fails: [
      "contract: serialize changes nothing in the value",
      "path: the same value is refused in the same words each time",
      "path: after a value was refused, others come back as ever",
    ],
  },
  {
    name: "the value sorted",
    open: open(
      class extends GraphSerializer {
        override serialize(value: unknown): Uint8Array | Promise<Uint8Array> {
          const bytes = super.serialize(value);
          if (Array.isArray(value) && value.length > 1 && Object.isExtensible(value)) value.reverse();
          return bytes;
        }
      },
    ),
    fails: ["contract: serialize changes nothing in the value"],
  },
  {
    name: "one buffer for all that is written",
    open: open(
      class extends GraphSerializer {
        static readonly pool = new Uint8Array(30_000_000);
        override serialize(value: unknown): Uint8Array {
          const bytes = super.serialize(value) as Uint8Array;
          this.used().set(bytes);
          return this.used().subarray(0, bytes.byteLength);
        }
        protected used(): Uint8Array {
          return (this.constructor as typeof GraphSerializer & { pool: Uint8Array }).pool;
        }
      },
    ),
    fails: [
      "contract: many at once come back as one by one",
      "contract: what serialize gave stays as it is: it shares no memory with the value or with later bytes",
    ],
  },
  {
    name: "the value's own bytes in what is written",
    open: open(
      class extends GraphSerializer {
        override serialize(value: unknown): Uint8Array {
          const own = (value as { own?: unknown } | null | undefined)?.own;
          return Object.prototype.toString.call(own) === "[object Uint8Array]"
            ? (own as Uint8Array)
            : (super.serialize(value) as Uint8Array);
        }
      },
    ),
    fails: ["contract: what serialize gave stays as it is: it shares no memory with the value or with later bytes"],
  },
  {
    name: "a view on the input for bytes",
    open: open(
      class extends GraphSerializer {
        override serialize(value: unknown): Uint8Array {
          const isBytes = Object.prototype.toString.call(value) === "[object Uint8Array]";
          const bytes = super.serialize(value) as Uint8Array;
          if (!isBytes || (value as Uint8Array).constructor !== Uint8Array) return bytes;
          const raw = new Uint8Array((value as Uint8Array).byteLength + 1);
          raw[0] = 1;
          raw.set(value as Uint8Array, 1);
          return raw;
        }
        override deserialize(bytes: Uint8Array): unknown {
          return bytes[0] === 1 ? bytes.subarray(1) : super.deserialize(bytes);
        }
      },
    ),
    fails: ["contract: deserialize keeps and changes nothing of its input"],
  },
  {
    name: "an input that is wiped after use",
    open: open(
      class extends GraphSerializer {
        override deserialize(bytes: Uint8Array): unknown {
          const value = super.deserialize(bytes);
          bytes.fill(0);
          return value;
        }
      },
    ),
    fails: ["contract: deserialize keeps and changes nothing of its input", "contract: *", "hostile: *"],
  },
  {
    name: "all of the buffer that the input is part of",
    open: open(
      class extends GraphSerializer {
        override deserialize(bytes: Uint8Array): unknown {
          return super.deserialize(new Uint8Array(bytes.buffer));
        }
      },
    ),
    fails: ["contract: deserialize reads bytes that are part of a larger buffer"],
  },
  {
    name: "the same value for the same bytes",
    open: open(
      class extends GraphSerializer {
        readonly #values = new Map<string, unknown>();
        override deserialize(bytes: Uint8Array): unknown {
          const text = decoder.decode(bytes);
          if (!this.#values.has(text)) this.#values.set(text, super.deserialize(bytes));
          return this.#values.get(text);
        }
      },
    ),
    fails: ["contract: the same bytes read twice give two values that share nothing"],
  },
  {
    name: "getters run, again and again",
    open: open(
      class extends GraphSerializer {
        protected override properties(
          object: object,
          path: string,
          inside: (value: unknown, path: string) => Reference,
        ): Node {
          for (const key of Reflect.ownKeys(object)) void [Reflect.get(object, key), Reflect.get(object, key)];
          return super.properties(object, path, inside);
        }
      },
    ),
    fails: ["contract: serialize runs a getter once at most", "refused: getters that throw: with the path"],
  },
  {
    name: "nodes left over from a value that was refused",
    open: open(
      class extends GraphSerializer {
        #failed = false;
        protected override reset(): void {
          if (!this.#failed) super.reset();
          this.#failed = false;
        }
        protected override refuse(path: string, reason: string): never {
          this.#failed = true;
          return super.refuse(path, reason);
        }
      },
    ),
    fails: [
      "kind: typed arrays of every type",
      "path: the same value is refused in the same words each time",
      "path: after a value was refused, others come back as ever",
      "graphs: 100 at random, of all that comes back alone, come back exactly (seed 7)",
    ],
  },
  {
    name: "no way back after bytes that could not be read",
    open: open(
      class extends GraphSerializer {
        #broken = false;
        protected override unreadable(cause: unknown): unknown {
          this.#broken = true;
          return super.unreadable(cause);
        }
        protected override shell(node: Node): object {
          return this.#broken ? {} : super.shell(node);
        }
      },
    ),
    fails: ["hostile: after all that, values come back as ever"],
  },
  {
    name: "text thrown for bytes that cannot be read",
    open: open(
      class extends GraphSerializer {
        protected override unreadable(): unknown {
          return "cannot read";
        }
      },
    ),
    fails: [
      "hostile: every value cut at every byte is refused or read, and nothing else happens",
      "hostile: 200 damaged encodings are refused or read, and nothing else happens (seed 7)",
      "hostile: 50 random inputs are refused or read, and nothing else happens (seed 7)",
    ],
  },
  {
    name: "prototypes polluted by a merge",
    open: () => {
      const inner = strictJson();
      const deserialize = async (bytes: Uint8Array): Promise<unknown> => {
        const value = await inner.deserialize(bytes);
        const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
        return isObject ? merge({}, value) : value;
      };
      return { type: "merged", serialize: (value) => inner.serialize(value), deserialize };
    },
    fails: [
      "kind: an own __proto__",
      "graphs: 100 at random, of all that comes back alone, come back exactly (seed 7)",
      "hostile: 50 random inputs are refused or read, and nothing else happens (seed 7)",
    ],
  },
  {
    name: "a built-in method replaced",
    open: open(
      class extends GraphSerializer {
        protected override unreadable(cause: unknown): unknown {
          Object.defineProperty(Array.prototype, "findLastIndex", {
            value: () => -1,
            writable: true,
            configurable: true,
          });
          return super.unreadable(cause);
        }
      },
    ),
    fails: [
      "hostile: every value cut at every byte is refused or read, and nothing else happens",
      "hostile: 200 damaged encodings are refused or read, and nothing else happens (seed 7)",
      "hostile: 50 random inputs are refused or read, and nothing else happens (seed 7)",
    ],
  },
  {
    name: "six seconds for bytes that cannot be read",
    open: open(
      class extends GraphSerializer {
        protected override unreadable(cause: unknown): unknown {
          clock.skip(6000);
          return super.unreadable(cause);
        }
      },
    ),
    fails: [
      "hostile: every value cut at every byte is refused or read, and nothing else happens",
      "hostile: 200 damaged encodings are refused or read, and nothing else happens (seed 7)",
      "hostile: 50 random inputs are refused or read, and nothing else happens (seed 7)",
    ],
  },
];

/** The time that the kit sees, so that what takes long need not. */
export const clock: { offset: number; skip(ms: number): void } = {
  offset: 0,
  skip(ms) {
    this.offset += ms;
  },
};
