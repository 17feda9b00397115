import type { Serializer } from "@coatcheck/core";
import { type BrokenSerializer, type Queue, withClass } from "./broken-serializer.ts";
import { type Node, type Reference, GraphSerializer } from "./graph-serializer.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** JSON without a second thought. */
const plainJson: Serializer = {
  type: "json",
  serialize: (value) => encoder.encode(JSON.stringify(value) ?? "null"),
  deserialize: (bytes) => JSON.parse(decoder.decode(bytes)),
};

/** Serializers that change values. */
export const changing: readonly BrokenSerializer[] = [
  { name: "JSON as it is", open: () => plainJson, fails: ["kind: *", "refused: *", "alike: *", "path: *"] },
  {
    name: "getters looked for in the first 32 objects",
    open: withClass(
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
    open: withClass(
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
    open: withClass(
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
    open: withClass(
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
    open: withClass(
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
    open: withClass(
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
    open: withClass(
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
    open: withClass(
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
    open: withClass(
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
    open: withClass(
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
    open: withClass(
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
    open: withClass(
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
    open: withClass(
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
    open: withClass(
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
    open: withClass(
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
    open: withClass(
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
    fails: [
      "kind: URLs",
      ...("Temporal" in globalThis ? ["kind: Temporal"] : []),
      "refused: instances with toJSON: with the path",
    ],
  },
  {
    name: "a prototype out of the data",
    open: withClass(
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
    open: withClass(
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
    open: withClass(
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
    open: withClass(
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
    open: withClass(
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
    open: withClass(
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
    open: withClass(GraphSerializer),
    fails: ["kind: Headers: exact", "graphs: 100 at random, of all that comes back alone, come back exactly (seed 7)"],
  },
];
