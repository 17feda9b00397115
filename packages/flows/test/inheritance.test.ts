import { homedir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "@jest/globals";
import { registerBlock, type RecordReference, ResultStore, type Storage } from "@coatcheck/core";
import { json } from "@coatcheck/serializer-json";
import { flow, type State, task, withSettings } from "@coatcheck/flows";
import { keysOf, newStorage, setEnvironment } from "./helpers.ts";

const value = async (): Promise<object> => ({ rows: [1, 2] });
const kept = task(value, { name: "kept", persistResult: true });

async function serializerOf(state: State, storage: Storage): Promise<unknown> {
  const { key } = state.data!.toJSON() as RecordReference;
  return (await new ResultStore({ storage }).stat(key)).serializer;
}

const place = flow(async () => (await kept.returnState()).data!.toJSON(), { name: "place" });

test("storage: the task's own, then the flow's, however far out, then the setting, then the local folder", async () => {
  const [own, outer, byDefault] = [newStorage(), newStorage(), newStorage()];
  const mine = kept.withOptions({ resultStorage: own });
  const inner = flow(async () => [await mine(), await kept()], { name: "inner" });
  const middle = task(async () => await inner(), { name: "middle" });
  const around = flow(async () => await middle(), { name: "around", resultStorage: outer, persistResult: false });
  await withSettings({ defaultStorage: byDefault }, () => around());
  expect([(await keysOf(own)).length, (await keysOf(outer)).length, (await keysOf(byDefault)).length]).toEqual([
    1, 1, 0,
  ]);
  await withSettings({ defaultStorage: byDefault }, () => inner());
  expect([(await keysOf(own)).length, (await keysOf(outer)).length, (await keysOf(byDefault)).length]).toEqual([
    2, 1, 1,
  ]);
});

test.each([
  ["a slug", "memory/inherited"],
  ["a URL", "memory:inherited"],
])("storage as %s is what the reference names", async (_, named) => {
  if (named.includes("/")) registerBlock(named, newStorage(), { overwrite: true });
  expect(await place.withOptions({ resultStorage: named, persistResult: false })()).toMatchObject({ storage: named });
});

test("the default storage comes from the environment", async () => {
  setEnvironment("COATCHECK_DEFAULT_STORAGE", "memory:from-environment");
  expect(await place()).toMatchObject({ storage: "memory:from-environment" });
});

test("a flow that is called in a task inherits from that task, and keeps its own where it has them", async () => {
  const [ofTask, ofFlow] = [newStorage(), newStorage()];
  const inner = flow(async () => void (await kept()), { name: "inner", persistResult: false });
  const own = flow(async () => void (await kept()), { name: "own", resultStorage: ofFlow, persistResult: false });
  const caller = task(async () => void [await inner(), await own()], { name: "caller", resultStorage: ofTask });
  await flow(async () => await caller(), { resultStorage: newStorage(), persistResult: false })();
  expect([(await keysOf(ofTask)).length, (await keysOf(ofFlow)).length]).toEqual([1, 1]);
});

test("the serializer: by name or by value, own, inherited, by the environment; default msgpack", async () => {
  const storage = newStorage();
  const inState = async (options: object): Promise<unknown> => {
    let state: State | undefined;
    const outer = flow(async () => void (state = await kept.returnState()), {
      name: "outer",
      persistResult: false,
      ...options,
    });
    await withSettings({ defaultStorage: storage }, () => outer());
    return await serializerOf(state!, storage);
  };
  expect(await inState({})).toBe("msgpack");
  expect(await inState({ resultSerializer: "json" })).toBe("json");
  expect(await inState({ resultSerializer: json() })).toBe("json");
  setEnvironment("COATCHECK_DEFAULT_SERIALIZER", "json");
  expect(await inState({})).toBe("json");
});

test("cacheResultInMemory is not inherited", async () => {
  const storage = newStorage();
  const outer = flow(async () => ({ held: (await kept.returnState()).data!.value }), {
    resultStorage: storage,
    cacheResultInMemory: false,
  });
  expect(await outer()).toEqual({ held: { rows: [1, 2] } });
});

test("withOptions: undefined leaves an option as it is, null resets it to inherit", async () => {
  const [own, inherited] = [newStorage(), newStorage()];
  const mine = kept.withOptions({ resultStorage: own });
  const run = flow(
    async () => {
      await mine.withOptions({ resultStorage: undefined })();
      await mine.withOptions({ resultStorage: null })();
      await mine.withOptions({ result_storage: null, persist_result: null })();
    },
    { resultStorage: inherited, persistResult: false },
  );
  await run();
  expect([(await keysOf(own)).length, (await keysOf(inherited)).length]).toEqual([1, 1]);
});

test("withSettings: nested, by value, and only inside", async () => {
  const [outer, inner] = [newStorage(), newStorage()];
  const plain = task(value, { name: "plain" });
  await withSettings({ defaultStorage: outer, persistByDefault: true }, async () => {
    await plain();
    await withSettings({ defaultStorage: inner }, () => plain());
    await withSettings({ persistByDefault: false }, () => plain());
    const calls = flow(async () => await withSettings({ defaultStorage: inner }, () => plain()), {
      persistResult: false,
    });
    await calls.withOptions({ persistResult: null })();
  });
  await plain();
  expect([(await keysOf(outer)).length, (await keysOf(inner)).length]).toEqual([2, 2]);
});

test("settings stay what they were when the outermost run began", async () => {
  setEnvironment("COATCHECK_DEFAULT_STORAGE", "memory:before");
  const outer = flow(async () => {
    process.env["COATCHECK_DEFAULT_STORAGE"] = "memory:after";
    return (await kept.returnState()).data!.toJSON();
  });
  expect(await outer()).toMatchObject({ storage: "memory:before" });
});

test("the folder that withSettings gives may be in the user's own, or relative to the current one, as that of the setting", async () => {
  for (const [localStoragePath, folder] of [
    ["~/results", join(homedir(), "results")],
    ["results", join(process.cwd(), "results")],
  ] as const) {
    const { storage } = await withSettings({ localStoragePath }, async () => await kept.explain());
    expect(storage).toEqual({ value: pathToFileURL(folder).href, from: "withSettings" });
  }
});
