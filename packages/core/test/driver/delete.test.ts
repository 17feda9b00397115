import { expect, test } from "@jest/globals";
import { StorageError, type StorageErrorCode } from "@coatcheck/core";
import { deleteInBatches, type NotDeleted } from "@coatcheck/core/driver";

const policy = { attempts: 3, budget: 1000, firstDelay: 1, maxDelay: 1 };
const explain = (error: unknown): { error: StorageError; applied: boolean } => {
  if (!(error instanceof StorageError)) throw error;
  return { error, applied: false };
};
const refusal = (code: StorageErrorCode, retryable = false): StorageError =>
  new StorageError({ code, detail: "it was refused.", retryable });

/** Deletes `keys` by twos; gives the batches that were sent, and what was not deleted in the end. */
async function run(
  keys: readonly string[],
  send: (batch: readonly string[]) => readonly NotDeleted[],
  signal?: AbortSignal,
): Promise<{ sent: readonly string[]; failed: readonly string[] }> {
  const sent: string[] = [];
  const deleting = deleteInBatches(
    keys,
    2,
    async (batch) => {
      sent.push(batch.join());
      return send(batch);
    },
    { explain, policy, signal },
  );
  const errors = await deleting.then(
    () => [],
    (error: unknown) => {
      if (error instanceof AggregateError) return error.errors as StorageError[];
      throw error;
    },
  );
  return { sent, failed: errors.map(({ key, code }) => `${key} ${code}`) };
}

test("keys are sent in batches, in order; none is nothing to do", async () => {
  expect(await run(["a", "b", "c"], () => [])).toEqual({ sent: ["a,b", "c"], failed: [] });
  expect(await run([], () => [])).toEqual({ sent: [], failed: [] });
});

test("of a batch, only what may be deleted later is sent again; the rest is named, and other batches are tried", async () => {
  const answers: NotDeleted[][] = [
    [
      { key: "a", error: refusal("RateLimited", true) },
      { key: "b", error: refusal("PermissionDenied") },
    ],
    [],
    [{ key: "c", error: refusal("PermissionDenied") }],
  ];
  const outcome = await run(["a", "b", "c"], () => answers.shift()!);
  expect(outcome).toEqual({ sent: ["a,b", "a", "c"], failed: ["b PermissionDenied", "c PermissionDenied"] });
});

test("what never succeeds, and every key of a request that fails, is named", async () => {
  const busy = await run(["a", "b"], (batch) => batch.map((key) => ({ key, error: refusal("RateLimited", true) })));
  expect(busy).toEqual({ sent: ["a,b", "a,b", "a,b"], failed: ["a RateLimited", "b RateLimited"] });
  const denied = await run(["a", "b"], () => {
    throw refusal("PermissionDenied");
  });
  expect(denied).toEqual({ sent: ["a,b"], failed: ["a PermissionDenied", "b PermissionDenied"] });
});

test("an abort ends it with the caller's reason", async () => {
  const reason = new Error("the caller's own");
  const controller = new AbortController();
  const running = run(
    ["a", "b", "c"],
    () => {
      controller.abort(reason);
      throw refusal("RateLimited", true);
    },
    controller.signal,
  );
  await expect(running).rejects.toBe(reason);
});
