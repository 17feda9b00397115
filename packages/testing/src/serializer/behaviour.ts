import type { CodedSerializer, JsonObject, Serializer } from "@coatcheck/core";
import { check, equal, equalBytes, show } from "../assert.ts";
import { again, readBack, type Sample, type SerializerCase, write } from "./case.ts";
import { firstDifference } from "./difference.ts";
import { valuesByKind } from "./kinds/index.ts";

const SLUG = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** Values of every kind that come back exactly, with their bytes. Large ones are left out. */
export async function findSamples(serializer: Serializer): Promise<readonly Sample[]> {
  const found: Sample[] = [];
  for (const [kind, values] of Object.entries(valuesByKind({ longText: 10 }))) {
    if (/100,000|10,000|2\^32|70,000|1 MB|long strings/.test(kind)) continue;
    for (const make of values) {
      const bytes = await exactBytes(serializer, make);
      if (bytes !== undefined) found.push({ kind, make, bytes });
    }
  }
  return found;
}

/** The bytes of a value that comes back exactly; undefined for all others. */
export async function exactBytes(serializer: Serializer, make: () => unknown): Promise<Uint8Array | undefined> {
  try {
    const bytes = (await serializer.serialize(make())).slice();
    return firstDifference(await serializer.deserialize(bytes.slice()), make()) === undefined ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** How a serializer behaves, whatever it can carry. */
export const behaviour: readonly SerializerCase[] = [
  {
    name: "contract: type is a name, or names of codecs and a serializer",
    async run({ serializer }) {
      const names = serializer.type.split("/");
      for (const name of names) check(SLUG.test(name), `type is ${show(serializer.type)}; expected names like json`);
      check(names.at(-1) !== "bytes", 'type is "bytes", which is that of values that no serializer has made');
      const { codecs = [] } = serializer as Partial<CodedSerializer>;
      equal(names.length, codecs.length + 1, `names in the type ${show(serializer.type)}, codecs included`);
    },
  },
  {
    name: "contract: describe gives JSON with the type, the same each time, and small",
    async run(context) {
      const { serializer } = context;
      const described = serializer.describe?.() ?? { type: serializer.type };
      const text = JSON.stringify(described);
      const difference = firstDifference(JSON.parse(text), described);
      check(difference === undefined, `describe gave what JSON does not carry: ${difference}`);
      check(
        described["type"] === serializer.type,
        `describe gave the type ${show(described["type"])}, not ${show(serializer.type)}`,
      );
      check(
        text.length <= 1024,
        `describe gave ${text.length} characters, which every result's header would hold; at most 1,024`,
      );
      const other: JsonObject = (await context.open()).describe?.() ?? { type: serializer.type };
      equal(JSON.stringify(other), text, "what describe gives when it is opened once more");
    },
  },
  {
    name: "contract: what one writes another of the same kind reads",
    async run(context) {
      const reader = await context.open();
      for (const { kind, make, bytes } of await context.samples()) {
        const difference = firstDifference(await readBack(reader, bytes, kind), make());
        check(difference === undefined, `${kind}, read by another: ${difference}`);
      }
    },
  },
  {
    name: "contract: many at once come back as one by one",
    async run({ serializer, samples }) {
      const some = await samples();
      await Promise.all(
        [...some, ...some].map(async ({ kind, make }) => {
          const difference = firstDifference(await again(serializer, make(), kind), make());
          check(difference === undefined, `${kind}, with others at once: ${difference}`);
        }),
      );
    },
  },
  {
    name: "contract: serialize changes nothing in the value",
    async run({ serializer, samples }) {
      for (const { kind, make } of await samples()) {
        const value = make();
        await serializer.serialize(value);
        const difference = firstDifference(value, make());
        check(difference === undefined, `serialize changed the value (${kind}): ${difference}`);
      }
      const value = Object.freeze({ list: Object.freeze([Object.freeze({ a: 1 })]) });
      await write(serializer, value, "a frozen value");
    },
  },
  {
    name: "contract: what serialize gave stays as it is: it shares no memory with the value or with later bytes",
    async run({ serializer, samples }) {
      for (const { kind, make } of await samples()) {
        const first = await serializer.serialize(make());
        const copy = first.slice();
        (await serializer.serialize(["another value", make()])).fill(0xff);
        equalBytes(first, copy, `bytes of ${kind} after another value was written`);
      }
      const own = new Uint8Array(100_000).fill(1);
      const written = await write(serializer, { own }, "bytes");
      if (!("bytes" in written)) return;
      const copy = written.bytes.slice();
      own.fill(2);
      equalBytes(written.bytes, copy, "what serialize gave, after the value's own bytes were changed");
      written.bytes.fill(3);
      equal(own[0], 2, "the value's own bytes, after what serialize gave was changed");
    },
  },
  {
    name: "contract: deserialize keeps and changes nothing of its input",
    async run({ serializer, samples }) {
      for (const { kind, make, bytes } of await samples()) {
        const input = bytes.slice();
        const value = await readBack(serializer, input, kind);
        equalBytes(input, bytes, `input of deserialize (${kind}), after it`);
        input.fill(0xff);
        const difference = firstDifference(value, make());
        check(difference === undefined, `${kind}: changing the input afterwards changed the value: ${difference}`);
      }
    },
  },
  {
    name: "contract: deserialize reads bytes that are part of a larger buffer",
    async run({ serializer, samples }) {
      for (const { kind, make, bytes } of await samples()) {
        const larger = new Uint8Array(bytes.byteLength + 33).fill(0x61);
        larger.set(bytes, 17);
        const part = larger.subarray(17, 17 + bytes.byteLength);
        const difference = firstDifference(await readBack(serializer, part, kind), make());
        check(difference === undefined, `${kind}, from the middle of a buffer: ${difference}`);
      }
    },
  },
  {
    name: "contract: the same bytes read twice give two values that share nothing",
    async run({ serializer, samples }) {
      for (const { kind, make, bytes } of await samples()) {
        const [one, other] = [await readBack(serializer, bytes, kind), await readBack(serializer, bytes, kind)];
        if (typeof one !== "object" || one === null) continue;
        check(one !== other, `${kind}: deserialize gave the same object twice`);
        if (Object.isExtensible(one)) Object.assign(one, { changedByTheKit: true });
        const difference = firstDifference(other, make());
        check(difference === undefined, `${kind}: changing one value changed the other: ${difference}`);
      }
    },
  },
  {
    name: "contract: serialize runs a getter once at most",
    async run({ serializer }) {
      let ran = 0;
      const value = {
        get a() {
          ran++;
          return 1;
        },
      };
      await write(serializer, value, "a getter");
      check(ran <= 1, `serialize ran a getter ${ran} times`);
    },
  },
];
