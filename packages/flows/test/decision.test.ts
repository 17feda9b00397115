import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { memory, type Storage } from "@coatcheck/core";
import { json } from "@coatcheck/serializer-json";
import { flow, inputs, type State, task, withSettings } from "@coatcheck/flows";
import { decide, type OwnOptions, type PersistenceContext, type Subject } from "../src/decision.ts";

// The rules once more, as the documentation has them, in words of their own: who wrote one must not have written the other.
interface Case {
  readonly kind: "flow" | "task";
  readonly own: OwnOptions;
  /** The nearest first. */
  readonly around: readonly { readonly kind: "flow" | "task"; readonly own: OwnOptions }[];
  readonly persistByDefault: boolean | undefined;
}

const given = (value: unknown): boolean => value !== undefined;
const explicitFlow = ({ around }: Case): { own: OwnOptions } | undefined =>
  around.filter(({ kind }) => kind === "flow").find(({ own }) => given(own.persistResult));

const RULES: readonly { rule: number; applies: (c: Case) => boolean; says: (c: Case) => boolean }[] = [
  { rule: 1, applies: ({ own }) => given(own.persistResult), says: ({ own }) => own.persistResult === true },
  {
    rule: 2,
    applies: ({ kind, own }) =>
      given(own.cacheKey) || own.cacheResultInMemory === false || (kind === "task" && (own.retries ?? 0) > 0),
    says: () => true,
  },
  {
    rule: 3,
    applies: ({ around }) => around.length > 0 && around[0]!.kind === "flow" && (around[0]!.own.retries ?? 0) > 0,
    says: () => true,
  },
  {
    rule: 4,
    applies: ({ own }) => given(own.resultStorage) || given(own.resultSerializer) || given(own.resultStorageKey),
    says: () => true,
  },
  { rule: 5, applies: (c) => given(explicitFlow(c)), says: (c) => explicitFlow(c)!.own.persistResult === true },
  { rule: 6, applies: (c) => given(c.persistByDefault), says: (c) => c.persistByDefault === true },
  { rule: 7, applies: () => true, says: () => false },
];

function subject({ kind, own }: Case["around"][number], name: string): Subject {
  return { kind, name, options: own, from: () => name };
}

function contextOf({ around, persistByDefault }: Case): PersistenceContext {
  return {
    enclosing: around.map((each, index) => subject(each, `around ${index}`)),
    settings: {
      persistByDefault: persistByDefault === undefined ? undefined : { value: persistByDefault, from: "settings" },
      storage: { value: "memory:default", from: "settings" },
      serializer: { value: "msgpack", from: "settings" },
    },
  };
}

function* product<T extends Record<string, readonly unknown[]>>(
  options: T,
): Generator<{ [Name in keyof T]: T[Name][number] }> {
  const [[name, values], ...rest] = Object.entries(options) as [
    [string, readonly unknown[]],
    ...[string, readonly unknown[]][],
  ];
  for (const value of values) {
    if (rest.length === 0) yield { [name]: value } as never;
    else for (const more of product(Object.fromEntries(rest))) yield { [name]: value, ...more } as never;
  }
}

const OWN = [
  ...product({
    persistResult: [undefined, true, false],
    cacheKey: [undefined, inputs()],
    cacheResultInMemory: [undefined, true, false],
    retries: [undefined, 0, 2],
    place: [{}, { resultStorage: "memory:own" }, { resultSerializer: "json" }, { resultStorageKey: "{date}" }],
  }),
].map(({ place, ...own }): OwnOptions => ({ ...own, ...place }));

const AROUND = [
  ...product({
    kind: ["flow", "task"] as const,
    persistResult: [undefined, true, false],
    retries: [undefined, 0, 1],
    place: [{}, { resultStorage: "memory:around", resultSerializer: "compressed/json" }],
  }),
].map(({ kind, place, ...own }) => ({ kind, own: { ...own, ...place } as OwnOptions }));

const CHAINS = [[], ...AROUND.map((each) => [each]), ...AROUND.flatMap((near) => AROUND.map((far) => [near, far]))];

describe("the whole table", () => {
  test.each(["flow", "task"] as const)(
    "every combination for a %s decides as the rules in the documentation",
    (kind) => {
      let cases = 0;
      const seen = new Set<string>();
      for (const own of OWN) {
        for (const around of CHAINS) {
          // Of the outermost options only those that reach inwards matter: the settings are told apart where there are few.
          for (const persistByDefault of around.length === 2 ? [undefined] : [undefined, true, false]) {
            const each: Case = { kind, own, around, persistByDefault };
            const applying = RULES.filter(({ applies }) => applies(each));
            const decision = decide(subject(each, "own"), contextOf(each));
            const expected = applying.map(({ rule, says }) => `${rule} ${says(each)}`);
            const decided = [decision, ...decision.lost].map(({ rule, persist }) => `${rule} ${persist}`);
            if (decided.join() !== expected.join()) expect({ each, decided }).toEqual({ each, decided: expected });
            const givers = [own, ...around.map(({ own: outer }) => outer)];
            const storage = givers.find(({ resultStorage }) => given(resultStorage))?.resultStorage ?? "memory:default";
            const serializer = givers.find((o) => given(o.resultSerializer))?.resultSerializer ?? "msgpack";
            if (decision.storage.value !== storage || decision.serializer.value !== serializer) {
              expect({ each, decision }).toEqual({ each, storage, serializer });
            }
            seen.add(decided.join());
            cases++;
          }
        }
      }
      expect(cases).toBe(OWN.length * (CHAINS.length + 2 * (AROUND.length + 1)));
      // Each rule has won, and each has lost.
      for (const { rule } of RULES) expect([...seen].some((text) => text.startsWith(String(rule)))).toBe(true);
      for (const { rule } of RULES.slice(1)) expect([...seen].some((text) => text.includes(`,${rule}`))).toBe(true);
    },
  );
});

test("what runs does as is decided", async () => {
  const option = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
  const own = fc.record({
    persistResult: option(undefined, undefined, true, false),
    cacheKey: option(undefined, undefined, inputs()),
    cacheResultInMemory: option(undefined, undefined, false),
    retries: option(undefined, 0, 1),
    resultStorage: option<Storage | undefined>(undefined, undefined, memory()),
  });
  const around = fc.record({
    kind: option("flow" as const, "task" as const),
    own: fc.record({ persistResult: option(undefined, true, false), retries: option(0, 1) }),
  });
  await fc.assert(
    fc.asyncProperty(
      option("flow" as const, "task" as const),
      own,
      fc.array(around, { maxLength: 3 }),
      option(undefined, true, false),
      async (kind, options, chain, persistByDefault) => {
        fc.pre(!(options.cacheKey !== undefined && (options.persistResult === false || kind === "flow")));
        const each: Case = { kind, own: options, around: chain, persistByDefault };
        const expected = RULES.find(({ applies }) => applies(each))!;
        let state: State | undefined;
        const { cacheKey, ...ofBoth } = options;
        const fn = async (): Promise<object> => ({ value: 1 });
        const innermost =
          kind === "flow"
            ? flow(fn, { ...ofBoth, name: "innermost" })
            : task(fn, { ...(options as { cacheKey?: undefined }), name: "innermost" });
        let call = async (): Promise<unknown> => (state = await innermost.returnState());
        for (const [index, { kind: outer, own: outerOptions }] of chain.entries()) {
          const inside = call;
          const make = outer === "flow" ? flow : task;
          // What is around gives nothing that could be kept: it is not what is looked at here.
          call = make(async () => void (await inside()), { ...outerOptions, name: `around-${index}` });
        }
        await withSettings({ defaultStorage: memory(), defaultSerializer: json(), persistByDefault }, call);
        expect(state!.data!.kind).toBe(expected.says(each) ? "persisted" : "unpersisted");
        void cacheKey;
      },
    ),
    { numRuns: 300 },
  );
});
