import { expect, jest, test } from "@jest/globals";
import { StorageError } from "@coatcheck/core";
import { type Failure, lazy, loadSdk, parseRetryAfter, retry, type RetryPolicy } from "@coatcheck/core/driver";

const policy: RetryPolicy = { attempts: 5, budget: 10_000, firstDelay: 1, maxDelay: 4 };
const explained = (retryable: boolean, retryAfter?: number): Failure => ({
  error: new StorageError({ code: "Unavailable", detail: "away.", retryable }),
  retryAfter,
  applied: true,
});

test("retry calls until it succeeds, as often as the policy says, and tells of every failure", async () => {
  for (const [failures, expected] of [
    [0, 1],
    [4, 5],
  ] as const) {
    let calls = 0;
    let told = 0;
    const call = (): Promise<string> =>
      ++calls <= failures ? Promise.reject(new Error("no")) : Promise.resolve("yes");
    expect(await retry(call, { policy, explain: () => explained(true), onFailure: () => told++ })).toBe("yes");
    expect([calls, told]).toEqual([expected, failures]);
  }
});

test("retry gives up after the attempts, at once on what is not retryable or not repeatable, with what explain made", async () => {
  for (const [options, expected] of [
    [{ explain: () => explained(true) }, 5],
    [{ explain: () => explained(false) }, 1],
    [{ explain: () => explained(true), repeatable: false }, 1],
    // The wait that the service asks for goes past the budget.
    [{ explain: () => explained(true, 60_000) }, 1],
  ] as const) {
    let calls = 0;
    const failing = retry(
      () => {
        calls++;
        return Promise.reject(new Error("no"));
      },
      { policy, ...options },
    );
    await expect(failing).rejects.toMatchObject({ code: "Unavailable", detail: "away." });
    expect(calls).toBe(expected);
  }
});

test("retry ends with the reason of an abort, before a call, in one and in a wait", async () => {
  const reason = new Error("the caller's own");
  let calls = 0;
  const call = (): Promise<never> => {
    calls++;
    return Promise.reject(new Error("no"));
  };
  const slow = {
    policy: { ...policy, firstDelay: 1e6, maxDelay: 1e6, budget: 1e9 },
    explain: () => explained(true, 1e6),
  };
  await expect(retry(call, { ...slow, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  expect(calls).toBe(0);
  const waiting = new AbortController();
  const wait = retry(call, { ...slow, signal: waiting.signal });
  setTimeout(() => waiting.abort(reason), 5);
  await expect(wait).rejects.toBe(reason);
  expect(calls).toBe(1);
  const during = new AbortController();
  const aborting = (): Promise<never> => {
    during.abort(reason);
    return Promise.reject(new Error("what an SDK makes of it"));
  };
  await expect(retry(aborting, { ...slow, signal: during.signal })).rejects.toBe(reason);
});

test("parseRetryAfter reads seconds and dates", () => {
  expect(parseRetryAfter("3")).toBe(3000);
  expect(parseRetryAfter(" 0 ")).toBe(0);
  expect(parseRetryAfter(undefined)).toBe(undefined);
  expect(parseRetryAfter("soon")).toBe(undefined);
  expect(parseRetryAfter(new Date(0).toUTCString())).toBe(0);
  const now = jest.spyOn(Date, "now").mockReturnValue(Date.UTC(2026, 0, 1));
  expect(parseRetryAfter("Thu, 01 Jan 2026 00:01:00 GMT")).toBe(60_000);
  now.mockRestore();
});

test("lazy loads once for all who ask, and again after a failure", async () => {
  let loads = 0;
  const load = lazy(async () => {
    if (++loads === 1) throw new Error("no");
    return await Promise.resolve({});
  });
  expect(loads).toBe(0);
  await expect(load()).rejects.toThrow("no");
  const [a, b] = await Promise.all([load(), load()]);
  expect(a).toBe(b);
  expect(loads).toBe(2);
});

test("loadSdk says how to get what is missing, and does not say so of what is broken", async () => {
  const missing = (name: string): Error =>
    Object.assign(new Error(`Cannot find package '${name}' imported from /x.js`), { code: "ERR_MODULE_NOT_FOUND" });
  const load = (error: Error): Promise<never> => loadSdk("s3", "@aws-sdk/client-s3", () => Promise.reject(error));
  await expect(load(missing("@aws-sdk/client-s3"))).rejects.toMatchObject({
    code: "MissingPackage",
    detail:
      'storage type "s3" needs the package @aws-sdk/client-s3, which is not installed. Run: npm install @aws-sdk/client-s3',
  });
  await expect(load(missing("tslib"))).rejects.toMatchObject({ code: "Misconfigured" });
  await expect(load(new SyntaxError("Unexpected token"))).rejects.toMatchObject({ code: "Misconfigured" });
});
