import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import { type PersistedResult, ResultStore, type Serializer, SerializationError, StorageError } from "@coatcheck/core";
import { json } from "@coatcheck/serializer-json";
import { msgpack } from "@coatcheck/serializer-msgpack";
import { currentRun, flow, inputs, type State, task } from "@coatcheck/flows";
import { keysOf, newStorage, recordEvents } from "./helpers.ts";
import { failingStorage } from "./failing-storage.ts";

class HttpError extends Error {
  readonly status: number;
  constructor(message: string, status: number, options?: ErrorOptions) {
    super(message, options);
    this.name = "HttpError";
    this.status = status;
  }
}

/** What another process makes of the error of a run: it has the reference only. */
async function readElsewhere(
  state: State,
  storage: ReturnType<typeof newStorage>,
  serializer: Serializer,
): Promise<unknown> {
  const { result } = JSON.parse(JSON.stringify(state)) as { result: object };
  return await new ResultStore({ storage, serializer }).read(JSON.stringify(result));
}

describe("the error of a run that failed is a result", () => {
  test.each([
    ["msgpack", () => msgpack()],
    ["json", () => json()],
  ])("name, message, stack, cause and own properties, with %s", async (_, serializer) => {
    const storage = newStorage();
    const thrown = Object.assign(new RangeError("too far", { cause: new TypeError("inner") }), { limit: 3 });
    const fails = task(
      async () => {
        throw thrown;
      },
      { persistResult: true, resultStorage: storage, resultSerializer: serializer() },
    );
    const state = await fails.returnState();
    const read = (await readElsewhere(state, storage, serializer())) as typeof thrown;
    expect(read).toBeInstanceOf(RangeError);
    expect(read).toMatchObject({ name: "RangeError", message: "too far", stack: thrown.stack, limit: 3 });
    expect(read.cause).toBeInstanceOf(TypeError);
    // In this process it is the very object.
    expect(await state.result({ raiseOnFailure: false })).toBe(thrown);
  });

  test("its class, where it is registered", async () => {
    const storage = newStorage();
    const serializer = (): Serializer => msgpack({ classes: [HttpError] });
    const fails = task(
      async () => {
        throw new HttpError("not found", 404);
      },
      { persistResult: true, resultStorage: storage, resultSerializer: serializer() },
    );
    const read = await readElsewhere(await fails.returnState(), storage, serializer());
    expect(read).toBeInstanceOf(HttpError);
    expect(read).toMatchObject({ status: 404, message: "not found" });
  });

  test.each([
    ["msgpack", () => msgpack()],
    ["json", () => json()],
  ])("what %s cannot carry is named, and the rest is kept", async (_, serializer) => {
    const storage = newStorage();
    const cause = Object.assign(new HttpError("upstream", 502), { retry: () => {} });
    const thrown = Object.assign(new HttpError("not found", 404, { cause }), {
      request: { url: "/x" },
      callback: () => {},
    });
    const fails = task(
      async () => {
        throw thrown;
      },
      { persistResult: true, resultStorage: storage, resultSerializer: serializer() },
    );
    const read = (await readElsewhere(await fails.returnState(), storage, serializer())) as HttpError & {
      notKept: string[];
    };
    expect(read).toBeInstanceOf(Error);
    expect(read).toMatchObject({ name: "HttpError", message: "not found", status: 404, request: { url: "/x" } });
    expect(read.stack).toBe(thrown.stack);
    expect(read.notKept).toEqual([
      expect.stringMatching(/^class HttpError/),
      expect.stringMatching(/^callback: \[Function/),
    ]);
    expect(read.cause).toMatchObject({
      name: "HttpError",
      message: "upstream",
      status: 502,
      notKept: [expect.anything(), expect.stringMatching(/^retry:/)],
    });
  });

  test("aggregates, causes in circles, and what is thrown and is no Error", async () => {
    const storage = newStorage();
    const options = { persistResult: true, resultStorage: storage, resultSerializer: "msgpack" } as const;
    const circular = new HttpError("round", 1);
    Object.assign(circular, { cause: circular });
    const thrown = [new AggregateError([new HttpError("a", 1), new Error("b")], "both"), circular, "a text", () => {}];
    const read: unknown[] = [];
    for (const each of thrown) {
      const fails = task(async () => {
        throw each;
      }, options);
      read.push(await readElsewhere(await fails.returnState(), storage, msgpack()));
    }
    expect(read[0]).toMatchObject({ message: "both", errors: [{ name: "HttpError", status: 1 }, { message: "b" }] });
    expect(read[0]).toBeInstanceOf(AggregateError);
    expect(read[1]).toMatchObject({ message: "round", notKept: [expect.anything(), expect.stringMatching(/^cause:/)] });
    expect(read[2]).toBe("a text");
    expect(read[3]).toMatchObject({ message: expect.stringContaining("What was thrown is no Error") });
  });

  test("a serializer that carries no errors is given a plain object", async () => {
    const storage = newStorage();
    const plain: Serializer = {
      type: "plain",
      serialize: (value) => {
        if (Object.prototype.toString.call(value) === "[object Error]") {
          throw new SerializationError({ code: "NotSerializable", reason: "an error cannot be stored" });
        }
        return new TextEncoder().encode(JSON.stringify(value));
      },
      deserialize: (bytes) => JSON.parse(new TextDecoder().decode(bytes)),
    };
    const fails = task(
      async () => {
        throw new HttpError("not found", 404);
      },
      { persistResult: true, resultStorage: storage, resultSerializer: plain },
    );
    const read = await readElsewhere(await fails.returnState(), storage, plain);
    expect(read).toMatchObject({ name: "HttpError", message: "not found", status: 404 });
  });

  test("its key is a unique id whatever the template; the cache never gives it", async () => {
    const storage = newStorage();
    let calls = 0;
    const flaky = task(
      async (x: number) => {
        if (calls++ < 2) throw new Error(`failure ${calls}`);
        return { x };
      },
      { name: "flaky", cacheKey: inputs(), resultStorage: storage, resultStorageKey: "the/value" },
    );
    const states = [await flaky.returnState(1), await flaky.returnState(1)];
    const keys = states.map(({ data }) => (data as PersistedResult).location);
    expect(new Set(keys).size).toBe(2);
    for (const key of keys) expect(key).toMatch(/^[0-9a-f]{32}$/);
    expect(await keysOf(storage)).not.toContain("the/value");
    expect([(await flaky.returnState(1)).name, (await flaky.returnState(1)).name]).toEqual(["Completed", "Cached"]);
  });
});

describe("what cannot be kept", () => {
  test("a value in the middle of a flow: Failed with the path, and other tasks go on", async () => {
    const storage = newStorage();
    const bad = task(async () => ({ users: [{ callback: () => {} }] }), { name: "bad", persistResult: true });
    const good = task(async (x: number) => ({ x }), { name: "good", persistResult: true });
    const states: State[] = [];
    const outer = flow(
      async () => {
        const [one, two] = [bad.submit(), good.submit(1)];
        states.push(await one.wait(), await two.wait(), await good.returnState(2));
        return { done: true };
      },
      { name: "outer", resultStorage: storage },
    );
    expect((await outer.returnState()).type).toBe("Completed");
    expect(states.map(({ type }) => type)).toEqual(["Failed", "Completed", "Completed"]);
    await expect(states[0]!.result()).rejects.toMatchObject({
      name: "SerializationError",
      path: "$.users[0].callback",
    });
  });

  test("a storage whose error may pass is tried again; the value is kept", async () => {
    const { storage, puts } = failingStorage(["Unavailable", "RateLimited"]);
    const one = task(async () => ({ x: 1 }), { persistResult: true, resultStorage: storage });
    const state = await one.returnState();
    expect([state.type, puts(), await state.result()]).toEqual(["Completed", 3, { x: 1 }]);
  });

  test("the same of a value that is cached, and of one with a key of its own: the function is called once", async () => {
    for (const resultStorageKey of [undefined, "latest"]) {
      // The first put is the lease.
      const { storage, puts } = failingStorage([undefined, "Unavailable", "RateLimited", undefined, "Unavailable"]);
      let calls = 0;
      const one = task(async () => ({ calls: ++calls }), {
        cacheKey: inputs(),
        resultStorage: storage,
        resultStorageKey,
      });
      const state = await one.returnState();
      expect([state.type, await state.result()]).toEqual(["Completed", { calls: 1 }]);
      expect(puts()).toBe(resultStorageKey === undefined ? 4 : 7);
      expect((await one.returnState()).name).toBe("Cached");
    }
  });

  test("a stream that is cached is sent once: what is left of it would be another value", async () => {
    const { storage, puts } = failingStorage([undefined, "Unavailable"]);
    const one = task(async () => new Blob(["a"]).stream(), { cacheKey: inputs(), resultStorage: storage });
    expect([(await one.returnState()).type, puts()]).toEqual(["Crashed", 2]);
  });

  test("a cached value that cannot be kept fails all runs that waited for it, in the same way", async () => {
    const one = task(async () => await sleep(5, { callback: () => 1 }), {
      cacheKey: inputs(),
      resultStorage: newStorage(),
    });
    const states = await Promise.all([one.returnState(), one.returnState(), one.returnState()]);
    expect(states.map(({ type }) => type)).toEqual(["Failed", "Failed", "Failed"]);
    for (const state of states) await expect(state.result()).rejects.toMatchObject({ path: "$.callback" });
  });

  test("and one whose computation is out of time, too", async () => {
    const one = task(async () => await sleep(60_000, 1, { signal: currentRun()!.signal }), {
      cacheKey: inputs(),
      timeout: 10,
      resultStorage: newStorage(),
    });
    const states = await Promise.all([one.returnState(), one.returnState()]);
    expect(states.map(({ type }) => type)).toEqual(["TimedOut", "TimedOut"]);
  });

  test("a storage whose error does not pass is not: the run is Crashed, with that error, and the function is not called again", async () => {
    const { storage, puts } = failingStorage(["PermissionDenied"]);
    let calls = 0;
    const one = task(async () => ({ calls: ++calls }), { retries: 3, resultStorage: storage });
    const state = await one.returnState();
    expect([state.type, puts(), calls]).toEqual(["Crashed", 1, 1]);
    const error = await state.result({ raiseOnFailure: false });
    expect(error).toBeInstanceOf(StorageError);
    expect(error).toMatchObject({ code: "PermissionDenied" });
  });

  test("where the error itself cannot be kept, it is thrown all the same, and the log says so", async () => {
    const { storage } = failingStorage(["PermissionDenied"]);
    const events = recordEvents();
    const thrown = new Error("the function's own");
    const fails = task(
      async () => {
        throw thrown;
      },
      { name: "fails", persistResult: true, resultStorage: storage },
    );
    await expect(fails()).rejects.toBe(thrown);
    expect(events.find(({ type }) => type === "warning")!.message).toMatch(
      /^The error of run "fails-\w+" could not be kept: StorageError: put/,
    );
  });
});
