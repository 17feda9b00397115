import { describe, expect, test } from "@jest/globals";
import { ConfigurationError, memory, type Storage, Storage as StorageClass, type StorageDriver } from "@coatcheck/core";
import { flow, inputs, task, withSettings } from "@coatcheck/flows";

const fn = async (x: number): Promise<number> => x;

function refusal(options: object, kind: "task" | "flow" = "task"): string {
  try {
    if (kind === "task") task(fn, options as never);
    else flow(fn, options as never);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as Error).message;
  }
  return "it was accepted";
}

describe("options that are refused when a task is defined", () => {
  test.each<[object, string]>([
    [
      { name: "extract", persistResults: true },
      'Task "extract" has no option "persistResults". Did you mean "persistResult"?',
    ],
    [{ result_storge: "s3/prod" }, 'Did you mean "resultStorage"?'],
    [{ retrys: 3 }, 'Did you mean "retries"?'],
    [{ whatever: undefined, colour: null }, 'has no option "colour"'],
    [
      { persistResult: true, persist_result: true },
      "is given both persistResult and persist_result, which are one option",
    ],
    [{ persistResult: "yes" }, 'option "persistResult" is a boolean, not "yes"'],
    [{ retries: -1 }, "retries is -1; give a whole number, 0 or more"],
    [{ retries: 1.5 }, "retries is 1.5"],
    [{ retries: Infinity }, "retries is Infinity"],
    [{ retryDelay: "5 minutes" }, '"5 minutes" is not a duration'],
    [{ retryDelay: [1, -2] }, "is not a duration"],
    [{ retryDelay: [] }, "retryDelay is an empty list"],
    [{ retryJitter: -1 }, "retryJitter is -1"],
    [{ retryIf: true }, 'option "retryIf" is a function'],
    [{ timeout: 0 }, "timeout"],
    [{ timeout: "soon" }, '"soon" is not a duration'],
    [{ name: "" }, "name is empty"],
    [{ parameterNames: "user" }, 'option "parameterNames" is an object'],
    [{ parameterNames: ["a", "a"] }, "parameterNames is a list of different names"],
    [{ parameterNames: ["a.b"] }, "parameterNames is a list of different names"],
    [{ resultStorage: "S3/Prod" }, "names no storage"],
    [{ resultStorage: { bucket: "b" } }, "resultStorage is an object, but no Storage"],
    [{ resultSerializer: "JSON!" }, "names no serializer"],
    [{ resultSerializer: { type: "x" } }, "resultSerializer is an object, but no Serializer"],
    [{ resultStorageKey: 7 }, 'option "resultStorageKey" is a string or a function'],
    [{ cacheKey: "inputs" }, 'option "cacheKey" is'],
    [{ cacheKey: inputs }, "call it: cacheKey: inputs()"],
    [{ cacheKey: inputs(), cacheExpiration: "soon" }, '"soon" is not a duration'],
    [{ name: "x", cacheExpiration: "1h" }, 'Task "x" has cacheExpiration, but no cacheKey'],
    [{ name: "x", refreshCache: true }, 'Task "x" has refreshCache, but no cacheKey'],
    [{ name: "x", retryDelay: "5s" }, 'Task "x" has retryDelay, but no retries, without which nothing is tried again.'],
    [{ name: "x", retryJitter: 0.5 }, 'Task "x" has retryJitter, but no retries'],
    [{ name: "x", retryIf: () => true }, 'Task "x" has retryIf, but no retries'],
    [
      { name: "x", cacheKey: inputs(), persistResult: false },
      'Task "x" caches its result (cacheKey) but has persistResult: false.',
    ],
  ])("%j", (options, text) => {
    expect(refusal(options)).toContain(text);
  });

  test("__proto__ is no option", () => {
    expect(refusal(JSON.parse('{"__proto__": {"retries": 3}}') as object)).toContain('has no option "__proto__"');
  });

  test("options that are no object", () => {
    expect(refusal([])).toContain("options are an object, not an array");
    expect(refusal(7 as never)).toContain("options are an object, not 7");
  });

  test("what only tasks have, of a flow", () => {
    expect(refusal({ name: "report", cacheKey: inputs() }, "flow")).toContain('Flow "report" has no option "cacheKey"');
  });

  test("what is no function", () => {
    expect(() => task("fn" as never)).toThrow(
      'task() is given a value of type string; give it a function: task(async (x) => …, { name: "…" }).',
    );
    expect(() => flow(undefined as never)).toThrow("flow() is given undefined; give it a function");
  });

  test("a storage without conditional writes for a cache", () => {
    const inner = memory();
    const driver = {
      type: "weak",
      url: "weak:",
      capabilities: { ...inner.capabilities, create: false, replace: false },
    };
    const weak: Storage = new StorageClass(driver as unknown as StorageDriver);
    expect(refusal({ name: "x", cacheKey: inputs(), resultStorage: weak })).toMatch(
      /^Task "x" .*conditional writes.*weak:/,
    );
    expect(() => task(fn, { cacheKey: inputs() }).withOptions({ resultStorage: weak })).toThrow("conditional writes");
  });

  test("and again, before the function is called, where the storage is inherited", async () => {
    const inner = memory();
    const driver = { type: "weak", url: "weak:", capabilities: { ...inner.capabilities, replace: false } };
    let called = false;
    const cached = task(async () => (called = true), { name: "x", cacheKey: inputs() });
    const outer = flow(async () => await cached(), {
      resultStorage: new StorageClass(driver as unknown as StorageDriver),
      persistResult: false,
    });
    await expect(outer()).rejects.toThrow("conditional writes");
    expect(called).toBe(false);
  });
});

test("withSettings refuses what it does not know, before it calls", () => {
  const call =
    (settings: object): (() => unknown) =>
    () =>
      withSettings(settings, () => "called");
  expect(call({ persistByDefalt: true })).toThrow(
    'withSettings has no option "persistByDefalt". Did you mean "persistByDefault"?',
  );
  expect(call({ persistByDefault: "yes" })).toThrow('option "persistByDefault" is a boolean');
  expect(call({ defaultStorage: "S3" })).toThrow("names no storage");
  expect(call({ localStoragePath: "" })).toThrow("localStoragePath is empty");
});

test("an input of a cached task that cannot be hashed is named with its path, and the function is not called", async () => {
  let called = false;
  const one = task(async (value: unknown) => void (called = value !== undefined), {
    name: "one",
    cacheKey: inputs(),
    resultStorage: memory(),
  });
  const state = await one.returnState({ x: [1, 2, 3, () => {}] });
  expect([state.type, called]).toEqual(["Crashed", false]);
  expect(state.message).toMatch(/Task "one" cannot be cached by its inputs.*\$\[0\]\.x\[3\]/);
});
