import { expect, test } from "@jest/globals";
import { StorageError } from "@coatcheck/core";
import { type Failure, LinkedAbort, type OpenBody, readBody, withTimeout } from "@coatcheck/core/driver";

const bytes = Uint8Array.from({ length: 100 }, (_, index) => index);
const policy = { attempts: 3, budget: 1000, firstDelay: 1, maxDelay: 1 };
const explain = (error: unknown): Failure => ({
  error:
    error instanceof StorageError ? error : new StorageError({ code: "Unavailable", detail: "cut.", retryable: true }),
  applied: false,
});

/** Gives `count` bytes from `offset` on, and then ends, throws or stalls. */
function opened(
  offset: number,
  count: number,
  then: "end" | "throw" | "stall",
  cancelled: () => void = () => {},
): OpenBody {
  async function* body(): AsyncGenerator<Uint8Array, void, void> {
    for (let at = offset; at < Math.min(bytes.length, offset + count); at += 7) {
      yield await Promise.resolve(bytes.subarray(at, Math.min(at + 7, offset + count)));
    }
    if (then === "throw") throw new Error("reset");
    if (then === "stall") await new Promise<never>(() => {});
  }
  return { stream: Object.assign(body(), { destroy: cancelled }), abort: new LinkedAbort(undefined) };
}

async function collect(body: AsyncIterable<Uint8Array>): Promise<number[]> {
  const all: number[] = [];
  for await (const chunk of body) all.push(...chunk);
  return all;
}

test("readBody asks for the rest where a body is cut, ends short or stalls, and counts attempts anew with each byte", async () => {
  for (const how of ["throw", "end", "stall"] as const) {
    const offsets: number[] = [];
    const reopen = (offset: number): Promise<OpenBody> => {
      offsets.push(offset);
      return Promise.resolve(opened(offset, 10, offset < 90 ? how : "end"));
    };
    const options = { length: 100, reopen, explain, policy, idleTimeout: 30 };
    expect(await collect(readBody(opened(0, 10, how), options).body)).toEqual([...bytes]);
    expect(offsets).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90]);
  }
});

test("readBody gives up where no byte comes any more, and where the version is gone; each body is cancelled", async () => {
  let cancelled = 0;
  const count = (): void => void cancelled++;
  const options = { length: 100, explain, policy, idleTimeout: 1000 };
  const stuck = readBody(opened(0, 10, "throw", count), {
    ...options,
    reopen: (offset) => Promise.resolve(opened(offset, 0, "throw", count)),
  });
  await expect(collect(stuck.body)).rejects.toMatchObject({ code: "Unavailable" });
  expect(cancelled).toBe(3);
  const gone = readBody(opened(0, 10, "throw"), { ...options, reopen: () => Promise.resolve(undefined) });
  await expect(collect(gone.body)).rejects.toThrow(/replaced or deleted while it was read/);
});

test("readBody passes on what is too much, and what fails after the last byte", async () => {
  const options = { explain, policy, idleTimeout: 1000, reopen: () => Promise.reject(new Error("not asked")) };
  expect(await collect(readBody(opened(0, 100, "end"), { ...options, length: 90 }).body)).toHaveLength(100);
  await expect(collect(readBody(opened(0, 100, "throw"), { ...options, length: 100 }).body)).rejects.toThrow("cut.");
});

test("readBody cancels at once, though the body stalls", async () => {
  let cancelled = 0;
  const reading = readBody(
    opened(0, 10, "stall", () => void cancelled++),
    { length: 100, explain, policy, idleTimeout: 60_000, reopen: () => Promise.reject(new Error("not asked")) },
  );
  const collecting = collect(reading.body);
  setTimeout(() => void reading.cancel(), 5);
  await expect(collecting).rejects.toBeDefined();
  expect(cancelled).toBeGreaterThan(0);
});

test("withTimeout: what came in time; Timeout and an abort where nothing comes; the reason of an abort from outside", async () => {
  const outer = new AbortController();
  const abort = new LinkedAbort(outer.signal);
  expect(await withTimeout(Promise.resolve("value"), 1000, abort, "nothing came")).toBe("value");
  expect(abort.signal.aborted).toBe(false);
  const never = new Promise<never>(() => {});
  const reason = new Error("the caller's own");
  const waiting = withTimeout(never, 60_000, abort, "nothing came");
  outer.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  const late = new LinkedAbort(undefined);
  await expect(withTimeout(never, 5, late, "nothing came")).rejects.toMatchObject({
    code: "Timeout",
    detail: "nothing came within 0.005 seconds. Look at the network and the service, and try again.",
    retryable: true,
  });
  expect(late.signal.aborted).toBe(true);
});

test("LinkedAbort follows the outer signal until it is released, and does not lead it", () => {
  const outer = new AbortController();
  const [led, released] = [new LinkedAbort(outer.signal), new LinkedAbort(outer.signal)];
  released.release();
  const own = new LinkedAbort(outer.signal);
  own.abort("own");
  expect(outer.signal.aborted).toBe(false);
  outer.abort("outer");
  expect([led.signal.reason, released.signal.aborted, own.signal.reason]).toEqual(["outer", false, "own"]);
  expect(new LinkedAbort(outer.signal).signal.reason).toBe("outer");
});
