import { isAsyncIterable, isBytes } from "../bytes.ts";
import { mapOrdered } from "../concurrency.ts";
import { ConfigurationError } from "../errors.ts";
import { checkOptions } from "../registry/options.ts";
import type { OptionTable } from "../registry/plugin.ts";
import type { Abortable } from "../storage/driver.ts";
import { checkSignal } from "./call-options.ts";
import type { Result } from "./result.ts";
import type { ManyOptions, ReferenceOrKey, WriteManyOptions, WriteOptions } from "./store-options.ts";

/** Calls under way at once where the caller does not say. */
const CONCURRENCY = 16;
const READ_MANY_OPTIONS: OptionTable = { concurrency: { type: "number" }, signal: { type: "object" } };
const WRITE_MANY_OPTIONS: OptionTable = {
  ...READ_MANY_OPTIONS,
  key: { type: ["function", "string"] },
  expiresIn: { type: ["number", "string"] },
  when: { type: ["string", "object"] },
};

/** What {@link ResultStore.writeMany} does. */
export function writeMany<V>(
  store: { write(value: V, options: WriteOptions): Promise<Result<V>> },
  values: Iterable<V> | AsyncIterable<V>,
  options: WriteManyOptions<V>,
): AsyncGenerator<PromiseSettledResult<Result<V>>, void, void> {
  checkOptions("writeMany", WRITE_MANY_OPTIONS, options);
  const { key, expiresIn, when, signal } = options;
  if (key !== undefined && typeof key !== "function") {
    // One key for all would leave the last value only.
    throw invalid("writeMany: key is a function that gives each value's key: (value, index) => key.");
  }
  const write = async (value: V, index: number): Promise<Result<V>> =>
    await store.write(value, { expiresIn, when, signal, key: key?.(value, index) });
  return settleMany("writeMany", values, options, write);
}

/** What {@link ResultStore.readMany} does. */
export function readMany<V>(
  store: { read(referenceOrKey: ReferenceOrKey, options: Abortable): Promise<V> },
  referencesOrKeys: Iterable<ReferenceOrKey> | AsyncIterable<ReferenceOrKey>,
  options: ManyOptions,
): AsyncGenerator<PromiseSettledResult<V>, void, void> {
  checkOptions("readMany", READ_MANY_OPTIONS, options);
  return settleMany("readMany", referencesOrKeys, options, (each) => store.read(each, { signal: options.signal }));
}

function settleMany<Item, Out>(
  method: string,
  items: Iterable<Item> | AsyncIterable<Item>,
  { concurrency = CONCURRENCY, signal }: ManyOptions,
  call: (item: Item, index: number) => Promise<Out>,
): AsyncGenerator<PromiseSettledResult<Out>, void, void> {
  checkSignal(method, { signal });
  if (!(Number.isSafeInteger(concurrency) && concurrency > 0)) {
    throw invalid(`${method}: concurrency is ${concurrency}; give a whole number above zero.`);
  }
  // Text and bytes can be walked too, and nobody means that.
  const walkable = typeof items === "object" && items !== null && !isBytes(items);
  if (!walkable || !(isAsyncIterable(items) || Symbol.iterator in items)) {
    throw invalid(`${method}: give a list, or something else that \`for await\` can walk.`);
  }
  let count = 0;
  const settle = async (item: Item): Promise<PromiseSettledResult<Out>> => {
    try {
      return { status: "fulfilled", value: await call(item, count++) };
    } catch (reason) {
      return { status: "rejected", reason };
    }
  };
  return mapOrdered(items, concurrency, settle, signal);
}

function invalid(message: string): ConfigurationError {
  return new ConfigurationError("InvalidOption", message);
}
