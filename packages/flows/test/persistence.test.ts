import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import {
  ConfigurationError,
  MissingResult,
  registerBlock,
  ResultStore,
  UnpersistedResult,
  NoResult,
  type Result,
} from "@coatcheck/core";
import { s3 } from "@coatcheck/storage-s3";
import { S3TestServer } from "@coatcheck/test-servers";
import { flow, inputs, type State, task, withSettings } from "@coatcheck/flows";
import { afterwards, keysOf, newStorage, recordEvents, setEnvironment, temporaryFolder } from "./helpers.ts";

const object = async (): Promise<object> => ({ value: 1 });
const kindOf = (state: State): string | undefined => state.data?.kind;

describe("section 1: when a result is persisted", () => {
  const storage = newStorage();

  test("rule 1: the own persistResult, whatever else there is", async () => {
    const yes = task(object, { name: "yes", persistResult: true });
    const no = task(object, { name: "no", persistResult: false, retries: 2 });
    const outer = flow(async () => [kindOf(await yes.returnState()), kindOf(await no.returnState())], {
      retries: 1,
      resultStorage: storage,
    });
    expect(await outer()).toEqual(["persisted", "unpersisted"]);
  });

  test.each([
    ["cacheKey", { cacheKey: inputs() }, "persisted"],
    ["cacheResultInMemory: false", { cacheResultInMemory: false }, "persisted"],
    ["retries of a task", { retries: 1 }, "persisted"],
    ["retries: 0", { retries: 0 }, "unpersisted"],
  ] as const)("rule 2: %s", async (_, options, kind) => {
    const one = task(object, { name: "one", ...options });
    expect(kindOf(await withSettings({ defaultStorage: newStorage() }, () => one.returnState()))).toBe(kind);
  });

  test("rules 2 and 3: the retries of a flow persist what it calls, not its own result", async () => {
    const one = task(object, { name: "one" });
    const inner = flow(object, { name: "inner" });
    const deeper = task(async () => kindOf(await one.withOptions({ name: "deep" }).returnState()), { name: "deeper" });
    const outer = flow(
      async () => [kindOf(await one.returnState()), kindOf(await inner.returnState()), await deeper()],
      {
        name: "outer",
        retries: 1,
      },
    );
    const [state, kinds] = await withSettings({ defaultStorage: newStorage() }, async () => {
      const ended = await outer.returnState();
      return [ended, await ended.result()] as const;
    });
    expect(kindOf(state)).toBe("unpersisted");
    // What the task calls has the task as its parent, not the flow.
    expect(kinds).toEqual(["persisted", "persisted", "unpersisted"]);
  });

  test.each(["resultStorage", "resultSerializer", "resultStorageKey"] as const)("rule 4: %s", async (option) => {
    const value = { resultStorage: newStorage(), resultSerializer: "json", resultStorageKey: "{date}" }[option];
    const one = task(object, { name: "one", [option]: value });
    const two = task(object, { name: "two" });
    const outer = flow(async () => [kindOf(await one.returnState()), kindOf(await two.returnState())]);
    expect(await withSettings({ defaultStorage: newStorage() }, () => outer())).toEqual(["persisted", "unpersisted"]);
  });

  test("rule 4 does not pass down: what is called inherits where, not whether", async () => {
    const one = task(object, { name: "one" });
    const outer = flow(async () => kindOf(await one.returnState()), { resultStorage: newStorage() });
    const state = await outer.returnState();
    expect([kindOf(state), await state.result()]).toEqual(["persisted", "unpersisted"]);
  });

  test("rule 5: the nearest flow around it that says so, at any depth", async () => {
    const one = task(object, { name: "one" });
    const silent = flow(async () => kindOf(await one.returnState()), { name: "silent" });
    const through = task(async () => await silent(), { name: "through", persistResult: false });
    const yes = flow(async () => await through(), { name: "yes", persistResult: true, resultStorage: newStorage() });
    const no = flow(async () => await silent(), { name: "no", persistResult: false });
    const noInYes = flow(async () => await no(), { name: "noInYes", persistResult: true, resultStorage: newStorage() });
    expect([await yes(), await no(), await noInYes()]).toEqual(["persisted", "unpersisted", "unpersisted"]);
  });

  test.each([
    ["1", "persisted"],
    ["TRUE", "persisted"],
    ["off", "unpersisted"],
    ["", "unpersisted"],
  ])("rule 6: COATCHECK_PERSIST_BY_DEFAULT=%s", async (value, kind) => {
    setEnvironment("COATCHECK_PERSIST_BY_DEFAULT", value);
    setEnvironment("COATCHECK_DEFAULT_STORAGE", "memory:rule-6");
    expect(kindOf(await task(object).returnState())).toBe(kind);
  });

  test("rule 6: anything else is an error that names the variable, before the function is called", async () => {
    setEnvironment("COATCHECK_PERSIST_BY_DEFAULT", "maybe");
    let called = false;
    const state = await task(async () => (called = true)).returnState();
    expect([state.type, called]).toEqual(["Crashed", false]);
    expect(state.message).toContain("COATCHECK_PERSIST_BY_DEFAULT");
  });

  test("rule 7: otherwise it is not", async () => {
    expect(kindOf(await task(object).returnState())).toBe("unpersisted");
  });

  test("the worked example, on S3 (our test server)", async () => {
    const account = { accessKeyId: "test-access-key", secretAccessKey: "test-secret-key" };
    const server = await S3TestServer.start({ buckets: ["dev"], accounts: [account], region: "eu-west-1" });
    afterwards(() => server.close());
    const bucket = s3({ bucket: "dev", endpoint: server.url, region: "eu-west-1", credentials: account });
    registerBlock("s3/dev", bucket);
    const extractUser = task(async (id: number) => ({ id, name: "Ada" }), { name: "extract_user" });
    const extractNumber = task(async () => ({ number: 42 }), { name: "extract_number", retries: 2 });
    const transform = task(
      async (user: { name: string }, { number }: { number: number }) => user.name.repeat(number % 5),
      {
        name: "transform",
        persistResult: false,
      },
    );
    const states: State[] = [];
    const report = flow(
      async () => {
        const user = extractUser.submit(1);
        const number = extractNumber.submit();
        const text = transform.submit(user, number);
        states.push(await user.wait(), await number.wait(), await text.wait());
        return { text: await text.result() };
      },
      { result_storage: "s3/dev" },
    );
    const state = await report.returnState();
    expect(states.map(kindOf)).toEqual(["unpersisted", "persisted", "unpersisted"]);
    expect([states[1]!.data!.toJSON(), state.data!.toJSON()]).toMatchObject([
      { storage: "s3/dev" },
      { storage: "s3/dev" },
    ]);
    expect(await keysOf(bucket)).toHaveLength(2);
    expect(await new ResultStore({ storage: bucket }).read(JSON.stringify(state.data))).toEqual({ text: "AdaAda" });
  });
});

describe("section 1: persistResult: false against a feature", () => {
  test("cacheKey: at definition, and again in withOptions", () => {
    const text = 'Task "extract" caches its result (cacheKey) but has persistResult: false. Remove one of the two.';
    const options = { name: "extract", cacheKey: inputs(), persistResult: false } as never;
    expect(() => task(object, options)).toThrow(text);
    const cached = task(object, { name: "extract", cacheKey: inputs() });
    expect(() => cached.withOptions({ persistResult: false })).toThrow(text);
    expect(() => task(object, { name: "extract", persistResult: false }).withOptions({ cache_key: inputs() })).toThrow(
      text,
    );
    // Each of the two ways out.
    cached.withOptions({ persistResult: false, cacheKey: null });
  });

  test("own retries: when a retry is attempted, not before", async () => {
    let calls = 0;
    const broken = new Error("first");
    const fails = task(
      async (fail: boolean) => {
        calls++;
        if (fail) throw broken;
        return "fine";
      },
      { name: "fails", retries: 3, persistResult: false },
    );
    expect(await fails(false)).toBe("fine");
    const state = await fails.returnState(true);
    expect([calls, state.type]).toEqual([2, "Failed"]);
    expect(state.message).toBe(
      'ConfigurationError: Task "fails" failed and has retries: 3, but also persistResult: false, and what is retried keeps its result. Remove persistResult: false, or give retries: 0.',
    );
    await expect(state.result()).rejects.toMatchObject({ cause: broken });
  });

  test("the parent flow's retries: when the flow is retried and the value is needed", async () => {
    const never = task(object, { name: "never", persistResult: false });
    let attempts = 0;
    const outer = flow(
      async (failures: number) => {
        await never();
        if (attempts++ < failures) throw new Error("again");
        return "fine";
      },
      { name: "outer", retries: 2, resultStorage: newStorage() },
    );
    expect(await outer(0)).toBe("fine");
    attempts = 0;
    const error = await outer(1).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as Error).message).toBe(
      'Task "never" has persistResult: false, but Flow "outer", in which it is called, has retries: 2 and is being retried: the value that it gave before is needed, and was not kept. Remove persistResult: false, or the retries of the flow.',
    );
  });

  test("cacheResultInMemory: false: never by itself; whoever reads the value later gets MissingResult", async () => {
    const dropped = task(object, { name: "dropped", persistResult: false, cacheResultInMemory: false });
    expect(await dropped()).toEqual({ value: 1 });
    const state = await dropped.returnState();
    expect(state.isCompleted()).toBe(true);
    await expect(state.result()).rejects.toThrow(MissingResult);
    await expect(state.result()).rejects.toThrow(
      /dropped-\w+ is not persisted, by rule 1 \(persistResult: false; task "dropped"\)/,
    );
  });
});

describe("section 2: what is kept where", () => {
  test.each([[true], [false], [null], [undefined]])(
    "%s is in the reference, and no storage is touched",
    async (value) => {
      const storage = newStorage();
      const literal = task(async () => value, { name: "literal", persistResult: true, resultStorage: storage });
      const state = await literal.returnState();
      expect([kindOf(state), await state.result(), await keysOf(storage)]).toEqual(["literal", value, []]);
      const asked = literal.withOptions({ resultStorageKey: "asked" });
      expect([kindOf(await asked.returnState()), await asked()]).toEqual(["persisted", value]);
      const cached = literal.withOptions({ cacheKey: inputs() });
      expect([await cached(), await cached(), (await cached.returnState()).name]).toEqual([value, value, "Cached"]);
    },
  );

  test("not persisted: the value in this process; after a round trip through JSON only what it was", async () => {
    const one = task(object, { name: "one" });
    const data = await flow(async () => (await one.returnState()).data!)();
    expect(await data.get()).toEqual({ value: 1 });
    const read = new ResultStore({ storage: newStorage() }).read(JSON.stringify(data));
    await expect(read).rejects.toThrow(MissingResult);
    await expect(read).rejects.toThrow("one-0 is not persisted, by rule 7 (nothing asks for it; default).");
    expect(data).toBeInstanceOf(UnpersistedResult);
  });

  test("persisted: written, then the reference; without memory the value is let go of and read again", async () => {
    const storage = newStorage();
    const value = { rows: [1, 2, 3] };
    const kept = task(async () => value, { name: "kept", persistResult: true, resultStorage: storage });
    const held = (await kept.returnState()).data as Result;
    expect(held.value).toBe(value);
    const dropped = (await kept.withOptions({ cacheResultInMemory: false }).returnState()).data as Result;
    expect(dropped.value).toBe(NoResult);
    expect(await dropped.get()).toEqual(value);
    expect(await keysOf(storage)).toHaveLength(2);
  });

  test("a stream is kept as it goes by, and opened anew for everybody who reads it", async () => {
    const text = (): ReadableStream<Uint8Array> => new Blob(["some ", "text"]).stream();
    const read = async (stream: unknown): Promise<string> => await new Response(stream as ReadableStream).text();
    const streams = task(async () => text(), { name: "streams", persistResult: true, resultStorage: newStorage() });
    const state = await streams.returnState();
    expect([await read(await streams()), await read(await state.result()), await read(await state.result())]).toEqual(
      Array.from({ length: 3 }, () => "some text"),
    );
  });

  test("results go to COATCHECK_LOCAL_STORAGE_PATH, default storage in COATCHECK_HOME, and nothing is made before", async () => {
    const home = temporaryFolder();
    setEnvironment("COATCHECK_HOME", join(home, "home"));
    expect(await task(object)()).toEqual({ value: 1 });
    await task(async () => null, { persistResult: true })();
    expect(readdirSync(home)).toEqual([]);
    const kept = task(object, { name: "kept", persistResult: true, resultStorageKey: "here" });
    await kept();
    expect(existsSync(join(home, "home", "storage", "here"))).toBe(true);
    setEnvironment("COATCHECK_LOCAL_STORAGE_PATH", join(home, "elsewhere"));
    await kept();
    expect(existsSync(join(home, "elsewhere", "here"))).toBe(true);
  });

  test("nothing is opened where nothing is persisted", async () => {
    setEnvironment("COATCHECK_DEFAULT_STORAGE", "memory/not-registered");
    const events = recordEvents();
    expect(await flow(async () => await task(object)())()).toEqual({ value: 1 });
    expect(events.map(({ type }) => type)).not.toContain("failed");
    await expect(task(object, { persistResult: true })()).rejects.toMatchObject({ code: "UnknownBlock" });
  });
});
