import { describe, expect, test } from "@jest/globals";
import { type PersistedResult, ResultStore } from "@coatcheck/core";
import { flow, inputs, type KeyContext, task } from "@coatcheck/flows";
import { keysOf, newStorage } from "./helpers.ts";

const storage = newStorage();

async function keyOf(
  template: string | ((context: KeyContext) => string),
  options: object,
  ...args: unknown[]
): Promise<string> {
  const one = task(async (...given: unknown[]) => ({ given: given.length }), {
    name: "extract",
    resultStorage: storage,
    resultStorageKey: template,
    ...options,
  });
  const state = await one.returnState(...args);
  await state.result();
  return state.data!.location!;
}

describe("what a key is made of", () => {
  test("by default a unique id", async () => {
    const one = task(async () => ({}), { persistResult: true, resultStorage: storage });
    const keys = await Promise.all(Array.from({ length: 100 }, async () => (await one.returnState()).data!.location));
    expect(new Set(keys).size).toBe(100);
  });

  test.each<[string, object, unknown[], string]>([
    ["{task_name}", {}, [], "extract"],
    ["{taskRun.taskName}", {}, [], "extract"],
    ["{parameters.0}/{parameters[1]}", {}, ["a", 2], "a/2"],
    ["{parameters.user}", {}, [{ user: "ada" }], "ada"],
    ["{parameters[user]}-{parameters.day}", { parameterNames: ["user", "day"] }, ["ada", "monday"], "ada-monday"],
    ["{parameters.user.id}", { parameterNames: ["user"] }, [{ id: 7 }], "7"],
    ["{parameters.user}", { parameterNames: ["user"] }, ["../../etc/passwd"], "..%2F..%2Fetc%2Fpasswd"],
    ["{task_run.run_count:03d}", {}, [], "001"],
    ["x{{{task_name}}}.json", {}, [], "x{extract}.json"],
  ])("%s", async (template, options, args, key) => {
    expect(await keyOf(template, options, ...args)).toBe(key);
  });

  test("dates by strftime, in UTC", async () => {
    const day = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"][new Date().getUTCDay()]!;
    expect(await keyOf("{date:%A}/{date:%Y-%m-%d}/x", {})).toBe(`${day}/${new Date().toISOString().slice(0, 10)}/x`);
  });

  test("of the flow run, its name, its parameters and its time", async () => {
    const one = task(async () => ({}), {
      name: "one",
      resultStorage: storage,
      resultStorageKey:
        "{flow_name}/{flow_run.flow_name}/{flow_run.run_count}/{flow_run.parameters.day}/{flowRun.scheduledStartTime:%Y}/{flow_run.id}/{flow_run.name}/{task_run.id}/{task_run_id}/{task_run.name}",
    });
    const report = flow(
      async ({ day }: { day: string }) => ({
        day,
        state: (await one.returnState()).toJSON(),
        key: (await one.returnState()).data!.location!,
      }),
      {
        name: "report",
      },
    );
    const { key } = await report({ day: "monday" });
    const [flowName, again, runCount, day, year, id, name, runId, sameId, runName] = key.split("/");
    expect([flowName, again, runCount, day, year]).toEqual([
      "report",
      "report",
      "1",
      "monday",
      String(new Date().getUTCFullYear()),
    ]);
    expect(name).toBe(`report-${id!.slice(0, 8)}`);
    expect(sameId).toBe(runId);
    expect(runName).toBe("one-1");
  });

  test("of the attempt, and of the place in a map", async () => {
    let calls = 0;
    const flaky = task(
      async () => {
        if (++calls < 3) throw new Error("again");
        return {};
      },
      { retries: 2, resultStorage: storage, resultStorageKey: "attempt-{task_run.run_count}" },
    );
    expect((await flaky.returnState()).data!.location).toBe("attempt-3");
    const each = task(async (x: string) => ({ x }), {
      resultStorage: storage,
      resultStorageKey: "map/{map_index:02d}",
    });
    const states = await Promise.all(each.map(["a", "b"]).map((future) => future.wait()));
    expect(states.map(({ data }) => data!.location)).toEqual(["map/00", "map/01"]);
  });

  test("by a function", async () => {
    const key = ({ taskRun, parameters, flowRun, mapIndex }: KeyContext): string =>
      `by-function/${taskRun!.name}/${String(parameters["0"])}/${flowRun === undefined}/${String(mapIndex)}`;
    expect(await keyOf(key, {}, "x")).toMatch(/^by-function\/extract-[0-9a-f]{8}\/x\/true\/undefined$/);
  });

  test("a flow has a key too", async () => {
    const report = flow(async () => ({}), {
      name: "report",
      resultStorage: storage,
      resultStorageKey: "flows/{flow_run.flow_name}",
    });
    expect((await report.returnState()).data!.location).toBe("flows/report");
  });

  test("cached and by a key of one's own: there is a record at it", async () => {
    const place = newStorage();
    const one = task(async (x: number) => ({ x }), {
      name: "one",
      cacheKey: inputs(),
      resultStorage: place,
      resultStorageKey: "own/{parameters.0}",
    });
    await one(1);
    expect((await one.returnState(1)).name).toBe("Cached");
    expect(await new ResultStore({ storage: place }).read("own/1")).toEqual({ x: 1 });
  });
});

describe("what is refused when it is defined", () => {
  test.each([
    ["{task_nam}", 'Did you mean "task_name"?'],
    ["{task_run.nam}", 'there is no variable "task_run.nam". Did you mean "name"?'],
    ["{flow_run}", "more than one value"],
    ["{task_run.name:%Y}", "it is a text"],
    ["{date:03d}", "it is a date"],
    ["{task_run.run_count:%Y}", "it is a number"],
    ["/{task_name}", "no key can come of it"],
    ["{task_name}/..", "no key can come of it"],
    ["{task_name", "stands alone"],
  ])("%s", (template, text) => {
    expect(() => task(async () => 1, { resultStorageKey: template })).toThrow(text);
  });

  test("a parameter that there is not, where they are named", () => {
    const define = (): unknown =>
      task(async () => 1, { parameterNames: ["user"], resultStorageKey: "{parameters.usr}" });
    expect(define).toThrow('there is no variable "parameters.usr". Did you mean "user"?');
  });

  test("what only a task has, of a flow", () => {
    expect(() => flow(async () => 1, { resultStorageKey: "{task_name}" })).toThrow('there is no variable "task_name"');
  });
});

describe("what is refused at the call, before the function is called", () => {
  test.each<[string, string | (() => string), unknown[], string]>([
    ["a parameter without a name", "{parameters.user}", ["ada"], "{parameters.user} has no value here"],
    ["inherited names", "{parameters.constructor}", [{}], "has no value here"],
    ["__proto__", "{parameters.__proto__}", [JSON.parse('{"__proto__": {"x": 1}}')], "of which no name can be made"],
    ["a parameter of which no name can be made", "{parameters.0}", [{}], "of which no name can be made"],
    ["a flow run where there is none", "{flow_run.id}", [], "has no value here"],
    ["a place in a map where there is none", "{map_index}", [], "has no value here"],
    ["what would be taken for a reference", "{{x}}", [], "would be taken for a reference"],
    ["the project's own keys", ".coatcheck/{parameters.0}", ["x"], "the project's own"],
    ["a function that gives no key", () => "a//b", [], "empty segment"],
    ["a function that gives no text", () => 7 as never, [], "gave a value of type number. Give a text."],
  ])("%s", async (_, template, args, text) => {
    let called = false;
    const one = task(async (...given: unknown[]) => void (called = given.length >= 0), {
      resultStorage: storage,
      resultStorageKey: template,
    });
    const state = await one.returnState(...args);
    expect([state.type, called]).toEqual(["Crashed", false]);
    expect(state.message).toContain(text);
  });
});

test("writing to a key again replaces the record; the reference to the one before is then Replaced", async () => {
  const place = newStorage();
  let count = 0;
  const one = task(async () => ({ count: ++count }), { resultStorage: place, resultStorageKey: "latest" });
  const before = (await one.returnState()).data as PersistedResult;
  const after = (await one.returnState()).data as PersistedResult;
  expect(await keysOf(place)).toEqual(["latest"]);
  const store = new ResultStore({ storage: place });
  expect(await store.read(JSON.stringify(after))).toEqual({ count: 2 });
  await expect(store.read(JSON.stringify(before))).rejects.toMatchObject({ code: "Replaced" });
});
