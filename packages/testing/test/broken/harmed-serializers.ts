import { strictJson } from "../samples/strict-json.ts";
import { type BrokenSerializer, withClass } from "./broken-serializer.ts";
import { type Node, GraphSerializer } from "./graph-serializer.ts";

function merge(target: Record<string, unknown>, source: unknown): unknown {
  if (typeof source !== "object" || source === null || Array.isArray(source)) return source;
  for (const [key, value] of Object.entries(source)) {
    const there = target[key];
    const isObject = (typeof there === "object" && there !== null) || typeof there === "function";
    target[key] = isObject ? merge(there as Record<string, unknown>, value) : value;
  }
  return target;
}

/** The time that the kit sees, so that what takes long need not. */
export const clock: { offset: number; skip(ms: number): void } = {
  offset: 0,
  skip(ms) {
    this.offset += ms;
  },
};

/** Serializers that are harmed by bytes that somebody else made. */
export const harmed: readonly BrokenSerializer[] = [
  {
    name: "no way back after bytes that could not be read",
    open: withClass(
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
    open: withClass(
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
    open: withClass(
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
    name: "a method added to a class that nothing has read",
    open: withClass(
      class extends GraphSerializer {
        protected override unreadable(cause: unknown): unknown {
          Object.defineProperty(URLSearchParams.prototype, "added", { value: () => 1, configurable: true });
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
    open: withClass(
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
