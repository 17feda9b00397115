import { describe, expect, test } from "@jest/globals";
import { memory } from "@coatcheck/core";
import { flow, inputs, task, withSettings } from "@coatcheck/flows";
import { setEnvironment } from "./helpers.ts";

const fn = async (x: number): Promise<object> => ({ x });
const settings = { defaultStorage: "memory:default", defaultSerializer: "json" };

async function explained(explain: () => Promise<unknown>): Promise<string> {
  return String(await withSettings(settings, explain));
}

describe("what explain() says, rule by rule", () => {
  test("rule 1, persisted", async () => {
    const one = task(fn, { name: "extract", persistResult: true, resultStorageKey: "{task_name}/{parameters.0}" });
    expect(await explained(() => one.explain())).toMatchInlineSnapshot(`
     "Task "extract": the result is persisted.
       decided by  rule 1, it says so itself: persistResult: true (task "extract")
       instead of  rule 4, it says itself where or how its result is kept: resultStorageKey (task "extract"): persisted
                   rule 7, nothing asks for it: not persisted
       storage     memory:default (withSettings)
       serializer  json (withSettings)
       key         {task_name}/{parameters.0}
       to change   Remove persistResult from task "extract": then rule 4 decides, and it is persisted."
    `);
  });

  test("rule 1, not persisted, against other rules", async () => {
    const one = task(fn, { name: "extract", retries: 2 }).withOptions({ persistResult: false });
    const outer = flow(async () => String(await one.explain()), { name: "report", persistResult: true, retries: 1 });
    expect(await explained(outer)).toMatchInlineSnapshot(`
     "Task "extract", called in flow "report": the result is not persisted.
       decided by  rule 1, it says so itself: persistResult: false (task "extract" (withOptions))
       instead of  rule 2, a feature of its own needs the result: retries: 2 (task "extract"): persisted
                   rule 3, the flow it is called in may be retried, and needs the results of what has finished: retries: 1 of the flow it is called in (flow "report"): persisted
                   rule 5, a flow around it says so: persistResult: true around it (flow "report"): persisted
                   rule 7, nothing asks for it: not persisted
       storage     memory:default (withSettings)
       serializer  json (withSettings)
       key         none
       if retried  the flow fails where it needs a value that this gave before: it was not kept
       to change   Remove persistResult from task "extract": then rule 2 decides, and it is persisted."
    `);
  });

  test.each([
    ["cacheKey", { cacheKey: [inputs({ exclude: ["day"] })] }],
    ["retries", { retries: 2 }],
    ["cacheResultInMemory", { cacheResultInMemory: false }],
  ])("rule 2: %s", async (_, options) => {
    const one = task(fn, { name: "extract", ...options });
    expect(await explained(() => one.explain())).toMatchSnapshot();
  });

  test("rule 3", async () => {
    const one = task(fn, { name: "extract" });
    const outer = flow(async () => String(await one.explain(1)), {
      name: "report",
      retries: 1,
      resultStorage: memory({ name: "prod" }),
    });
    expect(await explained(outer)).toMatchInlineSnapshot(`
     "Task "extract", called in flow "report": the result is persisted.
       decided by  rule 3, the flow it is called in may be retried, and needs the results of what has finished: retries: 1 of the flow it is called in (flow "report")
       instead of  rule 7, nothing asks for it: not persisted
       storage     memory:prod (flow "report")
       serializer  json (withSettings)
       key         a unique id
       if retried  a call with the same inputs gives the value it gave before
       to change   Give task "extract" persistResult: false; a retry of the flow that needs its value then fails."
    `);
  });

  test("rule 3, with a future among the inputs, which stands for its value", async () => {
    const one = task(async (x: number) => x, { name: "extract" });
    const outer = flow(async () => String(await one.explain(one.submit(1))), { name: "report", retries: 1 });
    expect(await explained(outer)).toContain("if retried  a call with the same inputs gives the value it gave before");
  });

  test("rule 3, with inputs that cannot be told from others", async () => {
    const one = task(async (callback: () => void) => callback(), { name: "extract" });
    const outer = flow(async () => String(await one.explain(() => {})), { name: "report", retries: 1 });
    expect(await explained(outer)).toMatchInlineSnapshot(`
     "Task "extract", called in flow "report": the result is persisted.
       decided by  rule 3, the flow it is called in may be retried, and needs the results of what has finished: retries: 1 of the flow it is called in (flow "report")
       instead of  rule 7, nothing asks for it: not persisted
       storage     memory:default (withSettings)
       serializer  json (withSettings)
       key         a unique id
       if retried  it runs again, for its inputs cannot be told from others: The inputs have no hash: $[0] is the function, and whether two are the same cannot be told. Leave it out with inputs({ exclude: […] }), or pass what it depends on as data.
       to change   Give task "extract" persistResult: false; a retry of the flow that needs its value then fails."
    `);
  });

  test("rule 4", async () => {
    const one = flow(fn, { name: "report", result_serializer: "compressed/json" });
    expect(await explained(() => one.explain())).toMatchInlineSnapshot(`
     "Flow "report": the result is persisted.
       decided by  rule 4, it says itself where or how its result is kept: resultSerializer (flow "report")
       instead of  rule 7, nothing asks for it: not persisted
       storage     memory:default (withSettings)
       serializer  compressed/json (flow "report")
       key         a unique id
       to change   Give flow "report" persistResult: false."
    `);
  });

  test("rule 5, persisted", async () => {
    const one = task(fn, { name: "extract" });
    const inner = flow(async () => String(await one.explain()), { name: "inner", resultSerializer: "msgpack" });
    const outer = flow(async () => await inner(), {
      name: "report",
      persistResult: true,
      resultStorage: "memory:prod",
    });
    expect(await explained(outer)).toMatchInlineSnapshot(`
     "Task "extract", called in flow "inner": the result is persisted.
       decided by  rule 5, a flow around it says so: persistResult: true around it (flow "report")
       instead of  rule 7, nothing asks for it: not persisted
       storage     memory:prod (flow "report")
       serializer  msgpack (flow "inner")
       key         a unique id
       to change   Give task "extract" persistResult: false."
    `);
  });

  test("rule 5, not persisted", async () => {
    const one = task(fn, { name: "extract" });
    const outer = flow(async () => String(await one.explain()), { name: "report", persistResult: false });
    expect(await explained(outer)).toMatchInlineSnapshot(`
     "Task "extract", called in flow "report": the result is not persisted.
       decided by  rule 5, a flow around it says so: persistResult: false around it (flow "report")
       instead of  rule 7, nothing asks for it: not persisted
       storage     memory:default (withSettings)
       serializer  json (withSettings)
       key         none
       to change   Give task "extract" persistResult: true."
    `);
  });

  test("rule 6, from the environment", async () => {
    setEnvironment("COATCHECK_PERSIST_BY_DEFAULT", "yes");
    expect(await explained(() => task(fn, { name: "extract" }).explain())).toMatchInlineSnapshot(`
     "Task "extract": the result is persisted.
       decided by  rule 6, the setting for everything: persistByDefault: true (environment variable COATCHECK_PERSIST_BY_DEFAULT)
       instead of  rule 7, nothing asks for it: not persisted
       storage     memory:default (withSettings)
       serializer  json (withSettings)
       key         a unique id
       to change   Give task "extract" persistResult: false."
    `);
  });

  test("rule 6, from withSettings", async () => {
    const one = task(fn, { name: "extract" });
    expect(await explained(() => withSettings({ persistByDefault: false }, () => one.explain())))
      .toMatchInlineSnapshot(`
     "Task "extract": the result is not persisted.
       decided by  rule 6, the setting for everything: persistByDefault: false (withSettings)
       instead of  rule 7, nothing asks for it: not persisted
       storage     memory:default (withSettings)
       serializer  json (withSettings)
       key         none
       to change   Give task "extract" persistResult: true. To persist everything, set COATCHECK_PERSIST_BY_DEFAULT=1."
    `);
  });

  test("rule 7", async () => {
    expect(await explained(() => task(fn, { name: "extract" }).explain())).toMatchInlineSnapshot(`
     "Task "extract": the result is not persisted.
       decided by  rule 7, nothing asks for it
       storage     memory:default (withSettings)
       serializer  json (withSettings)
       key         none
       to change   Give task "extract" persistResult: true. To persist everything, set COATCHECK_PERSIST_BY_DEFAULT=1."
    `);
  });
});

test("the decision is there for programs too", async () => {
  const one = task(fn, { name: "extract", retries: 2, resultStorage: "memory:prod" });
  expect(await withSettings(settings, () => one.explain())).toMatchObject({
    persist: true,
    rule: 2,
    because: "retries: 2",
    from: 'task "extract"',
    lost: [
      { rule: 4, persist: true, because: "resultStorage" },
      { rule: 7, persist: false },
    ],
    storage: { value: "memory:prod", from: 'task "extract"' },
    serializer: { value: "json", from: "withSettings" },
  });
});

test("an anonymous function is named after its source", async () => {
  expect(await explained(() => task(async () => 1).explain())).toMatch(/^Task "task-[0-9a-f]{12}": the result/);
});
