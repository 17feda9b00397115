import type { Serializer } from "@coatcheck/core";
import { type BrokenSerializer, type Queue, withClass } from "./broken-serializer.ts";
import { type Node, type Reference, GraphSerializer } from "./graph-serializer.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const dictionary = new Map<Serializer, Map<string, string>>();
let count = 0;

/** Serializers that do what they should not. */
export const misbehaving: readonly BrokenSerializer[] = [
  {
    name: "the type of values that are bytes",
    open: withClass(
      class extends GraphSerializer {
        override readonly type = "bytes";
      },
    ),
    fails: ["contract: type is a name, or names of codecs and a serializer"],
  },
  {
    name: "a type that is no name",
    open: withClass(
      class extends GraphSerializer {
        override readonly type = "My Graph";
      },
    ),
    fails: ["contract: type is a name, or names of codecs and a serializer"],
  },
  {
    name: "a description that is no JSON",
    open: withClass(
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
    open: withClass(
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
    open: withClass(
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
    open: withClass(
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
    open: withClass(
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
    open: withClass(
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
    open: withClass(
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
    open: withClass(
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
    open: withClass(
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
    open: withClass(
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
    open: withClass(
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
    open: withClass(
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
    open: withClass(
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
    open: withClass(
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
    open: withClass(
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
    open: withClass(
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
    open: withClass(
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
];
