import type { Serializer } from "@coatcheck/core";
import { check, show } from "../assert.ts";
import type { DefineTest } from "../define-test.ts";
import { behaviour, findSamples } from "./behaviour.ts";
import type { Sample, SerializerContext, SerializerSettings } from "./case.ts";
import { fidelity } from "./fidelity.ts";
import { graphs } from "./graphs.ts";
import { hostile } from "./hostile.ts";
import { type AnyClass, conformanceClasses } from "./kinds/classes.ts";
import { type ValueKind, valueKinds } from "./kinds/index.ts";

/** What `open` is given. */
export interface Registered {
  /** Classes of the kit, for a serializer that stores instances of registered classes; others need not look. */
  readonly classes: readonly AnyClass[];
}

/** Options of {@link serializerConformance}. */
export interface SerializerConformanceOptions {
  readonly test: DefineTest;
  /** Opens the serializer to prove; called once or more by every case. */
  readonly open: (registered: Registered) => Serializer | Promise<Serializer>;
  /**
   * Kinds of values that must come back exactly; default none: of every kind the values may come back exactly or be
   * refused. Name what the documentation promises, so that a change that starts to refuse it fails.
   */
  readonly exact?: readonly ValueKind[] | undefined;
  /** Random graphs; default 500. 20,000 take some seconds. */
  readonly graphs?: number | undefined;
  /** Damaged encodings; default 2,000. A quarter as many random inputs are tried. */
  readonly hostile?: number | undefined;
  /** What random graphs and damage begin with; default random. It is in the names of their tests: give it to repeat one. */
  readonly seed?: number | undefined;
  /** Characters of the longest string; default 100,000,000. It takes about 1 GB of memory. */
  readonly longText?: number | undefined;
}

/**
 * Defines tests that a serializer gives every value back exactly or refuses it with the path to it, and that bytes made
 * by somebody else do no harm, in any test runner. There is one test for every kind of value: {@link valueKinds} and
 * those that nothing can carry. A failing test throws an error that says where the values differ.
 */
export function serializerConformance(options: SerializerConformanceOptions): void {
  const { exact = [] } = options;
  for (const kind of exact) check(valueKinds.includes(kind), `exact names ${show(kind)}, which is none of valueKinds`);
  const settings: SerializerSettings = {
    exact,
    longText: options.longText ?? 100_000_000,
    graphs: options.graphs ?? 500,
    hostile: options.hostile ?? 2000,
    seed: options.seed ?? Math.floor(Math.random() * 2 ** 31),
  };
  const open = async (): Promise<Serializer> => await options.open({ classes: conformanceClasses });
  let found: Promise<readonly Sample[]> | undefined;
  const samples: SerializerContext["samples"] = async (limit = 20_000) => {
    found ??= open().then(findSamples);
    return (await found).filter(({ bytes }) => bytes.byteLength <= limit);
  };
  for (const { name, run } of [...behaviour, ...fidelity(settings), ...graphs(settings), ...hostile(settings)]) {
    options.test(name, async () => {
      await run({ serializer: await open(), open, samples });
    });
  }
}
