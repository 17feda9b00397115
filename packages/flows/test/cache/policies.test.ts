import { describe, expect, test } from "@jest/globals";
import {
  type CacheContext,
  type CacheKey,
  type CachePolicy,
  cacheKeyOf,
  checkCacheKey,
  describeCacheKey,
  inputs,
  runId,
  taskSource,
} from "../../src/cache/policies.ts";

function call(args: readonly unknown[], changes: Partial<CacheContext> = {}): CacheContext {
  return {
    task: { name: "extract", key: "extract", source: "(x) => x" },
    parameters: {},
    args,
    parameterNames: [],
    flowRun: { id: "flow-1" },
    taskRun: { id: "task-1" },
    ...changes,
  };
}
const other = { task: { name: "load", key: "load", source: "(x) => x" } };
const changed = { task: { name: "extract", key: "extract", source: "(x) => x + 1" } };
const key = async (cacheKey: CacheKey, context: CacheContext): Promise<string | undefined> =>
  await cacheKeyOf(cacheKey, context);

test("inputs() tells calls by task and arguments", async () => {
  const one = await key(inputs(), call([1, { a: 1, b: 2 }]));
  expect(await key(inputs(), call([1, { b: 2, a: 1 }], { flowRun: undefined, taskRun: { id: "2" } }))).toBe(one);
  expect(await key(inputs(), call([1, { a: 1, b: 2 }], changed))).toBe(one);
  for (const different of [
    call([1, { a: 1, b: 3 }]),
    call([1]),
    call([1, { a: 1, b: 2 }, undefined]),
    call([1, { a: 1, b: 2 }], other),
  ]) {
    expect(await key(inputs(), different)).not.toBe(one);
  }
});

test("taskSource() tells a changed function, runId() a run of a flow, and on its own every call", async () => {
  expect(await key(taskSource(), call([1]))).toBe(await key(taskSource(), call([2])));
  expect(await key(taskSource(), call([1]))).not.toBe(await key(taskSource(), call([1], changed)));
  const alone = { flowRun: undefined };
  expect(await key(runId(), call([1]))).toBe(await key(runId(), call([2], { taskRun: { id: "task-2" } })));
  expect(await key(runId(), call([1]))).not.toBe(await key(runId(), call([1], { flowRun: { id: "flow-2" } })));
  expect(await key(runId(), call([1], alone))).not.toBe(
    await key(runId(), call([1], { ...alone, taskRun: { id: "task-2" } })),
  );
});

test("of a list, all count, in any order", async () => {
  const both = await key([inputs(), taskSource()], call([1]));
  expect(await key([taskSource(), inputs()], call([1]))).toBe(both);
  expect(await key([inputs(), taskSource()], call([1], changed))).not.toBe(both);
  expect(await key([inputs(), taskSource()], call([2]))).not.toBe(both);
  expect(await key(inputs(), call([1]))).not.toBe(both);
});

describe("exclude leaves out", () => {
  const log = (): void => {};
  const same: readonly [string, CacheKey, CacheContext, CacheContext][] = [
    [
      "a parameter by name",
      inputs({ exclude: ["log"] }),
      call([1, log], { parameterNames: ["x", "log"] }),
      call([1, () => 2], { parameterNames: ["x", "log"] }),
    ],
    [
      "one that is not given",
      inputs({ exclude: ["log"] }),
      call([1, log], { parameterNames: ["x", "log"] }),
      call([1], { parameterNames: ["x", "log"] }),
    ],
    ["one by position", inputs({ exclude: [1] }), call([1, log]), call([1])],
    [
      "one in the middle",
      inputs({ exclude: ["log"] }),
      call([1, log, 3], { parameterNames: ["x", "log", "y"] }),
      call([1, undefined, 3], { parameterNames: ["x", "log", "y"] }),
    ],
    ["a member of a single object", inputs({ exclude: ["log"] }), call([{ x: 1, log }]), call([{ x: 1 }])],
  ];
  test.each(same)("%s", async (_, cacheKey, one, another) => {
    expect(await key(cacheKey, one)).toBe(await key(cacheKey, another));
  });

  test("that and nothing else", async () => {
    const cacheKey = inputs({ exclude: ["log"] });
    const names = { parameterNames: ["x", "log", "y"] };
    const calls = [
      call([1, log, 3], names),
      call([2, log, 3], names),
      call([1, log, 4], names),
      call([1, log], names),
      call([{ x: 1, log }]),
      call([{ x: 2, log }]),
      call([[1]]),
      call([{ x: { log: 1 } }]),
    ];
    const keys = await Promise.all(calls.map((each) => key(cacheKey, each)));
    expect(new Set(keys).size).toBe(calls.length);
  });
});

test("inputs that have no hash are an error that names the task, the path and the way out", async () => {
  const failing = key([inputs(), taskSource()], call([{ users: [{ callback: function send() {} }] }]));
  await expect(failing).rejects.toMatchObject({
    code: "UnhashableInput",
    path: "$[0].users[0].callback",
    message:
      'Task "extract" cannot be cached by its inputs: $[0].users[0].callback is the function "send", and whether two are the same cannot be told. Leave it out with inputs({ exclude: […] }), or pass what it depends on as data.',
  });
});

test("a function gives the whole key, or says that the call is not cached", async () => {
  const context = call([7], { parameters: { id: 7 } });
  expect(await key(({ parameters }) => `user-${String(parameters["id"])}`, context)).toBe("user-7");
  expect(await key(async () => "later", context)).toBe("later");
  expect(await key(() => undefined, context)).toBeUndefined();
  for (const wrong of ["", null, 5, {}]) {
    await expect(key(() => wrong as never, context)).rejects.toMatchObject({ code: "InvalidOption" });
  }
});

test("half of an emoji is no key: the hash of it would be that of half of any other", async () => {
  expect(await key(() => "🧥", call([]))).toBe("🧥");
  for (const half of ["🧥".slice(0, 1), `user ${"🧥".slice(1)}`]) {
    await expect(key(() => half, call([]))).rejects.toThrow(/gave "[^"]*\\ud[^"]*", which has half of a character/);
  }
});

test("a policy of one's own counts as the others do, and gives a text", async () => {
  const day = (part: () => string): CachePolicy => ({ text: "day()", part });
  const monday = await key([inputs(), day(() => "monday")], call([1]));
  expect(await key([inputs(), day(() => "monday")], call([1]))).toBe(monday);
  expect(await key([inputs(), day(() => "tuesday")], call([1]))).not.toBe(monday);
  await expect(key(day((async () => "monday") as never), call([1]))).rejects.toThrow(
    'Task "extract": the policy day() gave a promise. Its part gives a text.',
  );
  await expect(
    key(
      day(() => undefined as never),
      call([1]),
    ),
  ).rejects.toThrow("gave a value of type undefined.");
});

test("what is no cache key is refused", () => {
  const refusal = (cacheKey: unknown): string => {
    try {
      checkCacheKey(cacheKey, 'Task "extract"');
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error("it was accepted");
  };
  expect(refusal(inputs)).toBe('Task "extract": cacheKey is the policy itself; call it: cacheKey: inputs().');
  for (const wrong of ["inputs", true, {}, [], [inputs], [inputs(), "x"], null]) {
    expect(refusal(wrong)).toBe(
      'Task "extract": cacheKey is a policy (inputs()), a list of policies ([inputs(), taskSource()]), or a function that gives the key.',
    );
  }
  for (const right of [inputs(), [inputs(), runId()], () => "key"]) checkCacheKey(right, "Task");
  expect(() => inputs({ excludes: ["a"] } as never)).toThrow('inputs() has no option "excludes"');
  for (const none of [null, 1]) {
    expect(() => inputs(none as never)).toThrow(`inputs(): options are an object, not ${none}.`);
  }
  for (const wrong of ["a", [true], [-1], [1.5]])
    expect(() => inputs({ exclude: wrong as never })).toThrow("a list of names or positions");
});

test("a cache key is shown as it is written", () => {
  expect([inputs({ exclude: ["log", 1] }), [inputs(), taskSource(), runId()], () => "x"].map(describeCacheKey)).toEqual(
    ['inputs({ exclude: ["log",1] })', "[inputs(), taskSource(), runId()]", "a function"],
  );
});
