import type { Serializer } from "@coatcheck/core";
import { check, equal, fail, show } from "../assert.ts";
import { again, type SerializerCase, type SerializerSettings, write } from "./case.ts";
import { manyAlike } from "./alike.ts";
import { exactBytes } from "./behaviour.ts";
import { firstDifference } from "./difference.ts";
import { exactOrRefused } from "./exact-or-refused.ts";
import type { Values } from "./kinds/kind.ts";
import { refusedKinds, type ValueKind, valuesByKind } from "./kinds/index.ts";

/** Where a value is put to see whether the error finds it, and the path that leads there. */
const PLACE = "$.wrapper[1].value";
const wrap = (value: unknown): unknown => ({ first: "text", wrapper: [null, { other: 1, value }], last: {} });

function kindCase(kind: ValueKind, values: Values, isPromised: boolean): SerializerCase {
  const must = isPromised ? "exact" : "exact, or refused with the path";
  if (values.length === 0) {
    return {
      name: `kind: ${kind}: this runtime has none`,
      run: async () => equal(values.length, 0, "values of this kind"),
    };
  }
  return {
    name: `kind: ${kind}: ${must}`,
    async run({ serializer }) {
      for (const [index, make] of values.entries()) {
        const what = `${kind}, value ${index + 1}`;
        const alone = await exactOrRefused(serializer, make, "$", what);
        if (isPromised && !alone) fail(`${what}: promised exactly (option exact), and refused`);
        // Once more inside an object, where the error must find it.
        const inside = await exactOrRefused(serializer, () => wrap(make()), PLACE, `${what}, at ${PLACE}`);
        if (isPromised && !inside) fail(`${what}, at ${PLACE}: promised exactly (option exact), and refused`);
      }
    },
  };
}

function refusedCase(kind: string, values: Values): SerializerCase {
  if (values.length === 0) {
    return { name: `refused: ${kind}: this runtime has none`, run: async () => equal(values.length, 0, "values") };
  }
  return {
    name: `refused: ${kind}: with the path`,
    async run({ serializer }) {
      for (const [index, make] of values.entries()) {
        for (const path of ["$", PLACE]) {
          const what = `${kind}, value ${index + 1}, at ${path}`;
          const exact = await exactOrRefused(serializer, () => (path === PLACE ? wrap(make()) : make()), path, what);
          check(!exact, `${what}: no bytes can stand for it, and it was not refused`);
        }
      }
    },
  };
}

/** Values come back exactly or not at all. */
export function fidelity(settings: SerializerSettings): readonly SerializerCase[] {
  return [
    ...Object.entries(valuesByKind(settings)).map(([kind, values]) => {
      return kindCase(kind as ValueKind, values, settings.exact.includes(kind as ValueKind));
    }),
    ...Object.entries(refusedKinds).map(([kind, values]) => refusedCase(kind, values)),
    ...manyAlike(),
    {
      name: "kind: at least one of all comes back",
      async run({ serializer }) {
        for (const values of Object.values(valuesByKind({ longText: 10 }))) {
          for (const make of values.slice(0, 3)) {
            const written = await write(serializer, make(), "a value");
            if ("bytes" in written) return;
          }
        }
        fail("every value of every kind is refused: nothing is proved by that");
      },
    },
    {
      name: "kind: a small part of 1 MB is stored without the rest",
      async run({ serializer }) {
        const part = new Uint8Array(1_000_000).fill(7).subarray(500_000, 500_016);
        const written = await write(serializer, part, "16 bytes of 1 MB");
        const length = "bytes" in written ? written.bytes.byteLength : 0;
        check(length <= 4096, `16 bytes of a buffer of 1 MB take ${length} bytes; expected 4,096 at most`);
      },
    },
    {
      name: "path: it leads to the value, through awkward names",
      async run({ serializer }) {
        const bad = (): void => {};
        const cases: readonly (readonly [value: unknown, path: string])[] = [
          [bad, "$"],
          [{ users: [{}, {}, {}, { callback: bad }] }, "$.users[3].callback"],
          [[[bad]], "$[0][0]"],
          [{ a: { b: { c: { d: [1, 2, { e: bad }] } } } }, "$.a.b.c.d[2].e"],
          [{ a1: { _b: { $c: bad } } }, "$.a1._b.$c"],
          [{ ok: 1, "two words": bad }, '$["two words"]'],
          [{ "a.b": [bad] }, '$["a.b"][0]'],
        ];
        for (const [value, path] of cases) {
          const written = await write(serializer, value, `a function at ${path}`);
          check("refused" in written, `a function at ${path}: it was not refused`);
          equal(written.refused.path, path, "path of the error");
          const { message } = written.refused;
          check(message.includes(path), `the message does not say where: ${show(message)}`);
        }
      },
    },
    {
      name: "path: the same value is refused in the same words each time",
      async run({ serializer }) {
        const value = { a: [{ b: () => {} }, { c: () => {} }] };
        const words = [];
        for (let round = 0; round < 3; round++) {
          const written = await write(serializer, value, "two functions");
          words.push("refused" in written ? written.refused.message : "it was not refused");
        }
        equal(words[1], words[0], "message of the second error");
        equal(words[2], words[0], "message of the third error");
      },
    },
    {
      name: "path: after a value was refused, others come back as ever",
      async run({ serializer }) {
        const value = { a: [1, "text", { b: null }] };
        for (let round = 0; round < 20; round++) {
          await write(serializer, { a: value, b: [value, () => {}] }, "a function");
          const difference = firstDifference(await again(serializer, value, "a plain object"), value);
          check(difference === undefined, `after a value was refused: ${difference}`);
        }
      },
    },
  ];
}

/** The kinds of which every value comes back exactly: what random graphs can be made of. */
export async function exactKinds(serializer: Serializer, kinds: readonly ValueKind[]): Promise<ReadonlySet<ValueKind>> {
  const values = valuesByKind({ longText: 10 });
  const exact = new Set<ValueKind>();
  for (const kind of kinds) {
    const bytes = await Promise.all(values[kind].map((make) => exactBytes(serializer, make)));
    if (bytes.length > 0 && !bytes.includes(undefined)) exact.add(kind);
  }
  return exact;
}
