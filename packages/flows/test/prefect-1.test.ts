import { pathToFileURL } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { NoResult, type Reference, ResultStore, type Serializer, UnpersistedResult } from "@coatcheck/core";
import { flow, task, withSettings } from "@coatcheck/flows";
import { keysOf, newStorage, setEnvironment, temporaryFolder } from "./helpers.ts";

describe("section 6: what Prefect 1 had, in our words", () => {
  test("S3Result(bucket).read(location): a store of a URL, and a handle", async () => {
    const storage = pathToFileURL(temporaryFolder()).href;
    await new ResultStore({ storage }).at("m.msgpack").write({ model: [1, 2] });
    expect(await new ResultStore({ storage }).at("m.msgpack").read()).toEqual({ model: [1, 2] });
  });

  test("Result.location, read, write, exists: the handle; write gives a new result and leaves the template as it is", async () => {
    const handle = new ResultStore({ storage: newStorage() }).at("{date:%Y}/{task_name}.json", {
      task_name: "extract",
    });
    expect(await handle.exists()).toBe(false);
    const result = await handle.write([1]);
    expect([await handle.exists(), await handle.read(), result.location, handle.location]).toEqual([
      true,
      [1],
      `${new Date().getUTCFullYear()}/extract.json`,
      "{date:%Y}/{task_name}.json",
    ]);
  });

  test("location with the day and the task's name: the same template", async () => {
    const storage = newStorage();
    const extract = task(async () => ({ rows: 1 }), {
      name: "extract",
      result_storage: storage,
      result_storage_key: "{date:%A}/{task_name}.prefect",
    });
    await extract();
    expect(await keysOf(storage)).toEqual([
      expect.stringMatching(/^(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\/extract\.prefect$/),
    ]);
  });

  test("PrefectResult, the value as JSON in the location: inlineBelow", async () => {
    const storage = newStorage();
    const result = await new ResultStore({ storage, inlineBelow: 100 }).write({ small: true });
    expect([result.toJSON(), await keysOf(storage)]).toEqual([{ coatcheck: 1, value: { small: true } }, []]);
  });

  test("task-level over flow-level; checkpoint=False; global checkpointing", async () => {
    const [ofFlow, ofTask] = [newStorage(), newStorage()];
    setEnvironment("COATCHECK_PERSIST_BY_DEFAULT", "1");
    const plain = task(async () => ({ plain: 1 }), { name: "plain" });
    const own = task(async () => ({ own: 1 }), { name: "own", resultStorage: ofTask });
    const never = task(async () => ({ never: 1 }), { name: "never", persistResult: false });
    await flow(async () => void [await plain(), await own(), await never()], { resultStorage: ofFlow })();
    // The flow's own undefined is in its reference.
    expect([(await keysOf(ofFlow)).length, (await keysOf(ofTask)).length]).toEqual([1, 1]);
  });

  test("inputs of a task come from the producer's result: references name their own storage, and the reader has it configured", async () => {
    const produced = `memory:producer-${Math.random()}`;
    const produce = task(async () => ({ rows: [1, 2] }), { name: "produce", resultStorage: produced });
    const reference = JSON.parse(JSON.stringify((await produce.returnState()).data)) as Reference;
    const storage = newStorage();
    expect(await new ResultStore({ storage, storages: [produced] }).read(reference)).toEqual({ rows: [1, 2] });
    await expect(new ResultStore({ storage }).read(reference)).rejects.toMatchObject({ code: "UnknownStorage" });
  });

  test("Serializer.serialize and deserialize: the same two functions", async () => {
    const upper: Serializer<string> = {
      type: "upper",
      serialize: (value) => new TextEncoder().encode(value.toUpperCase()),
      deserialize: (bytes) => new TextDecoder().decode(bytes),
    };
    const storage = newStorage();
    const shout = task(async (text: string) => text, { resultSerializer: upper as Serializer, resultStorage: storage });
    const { result } = JSON.parse(JSON.stringify(await shout.returnState("hello"))) as { result: Reference };
    expect(await new ResultStore({ storage, serializer: upper as Serializer }).read(result)).toBe("HELLO");
  });

  test("NoResult is not a result that is null", async () => {
    const ran = (await task(async () => null).returnState()).data!;
    expect([ran.value, await ran.get()]).toEqual([null, null]);
    expect(new UnpersistedResult(NoResult, "it has not run").value).toBe(NoResult);
    expect(ran.value).not.toBe(NoResult);
  });
});

test("settings reach what withSettings is around, and nothing else", async () => {
  const storage = newStorage();
  const one = task(async () => ({ one: 1 }), { name: "one" });
  await Promise.all([withSettings({ defaultStorage: storage, persistByDefault: true }, () => one()), one(), one()]);
  expect(await keysOf(storage)).toHaveLength(1);
});
