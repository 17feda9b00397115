import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { StorageError } from "@coatcheck/core";
import { answeredRange, type Failure, settledDelete } from "@coatcheck/core/driver";

test("an answer counts only where it is of the range that was asked for", () => {
  expect(answeredRange(undefined, 7, undefined)).toEqual({ size: 7, start: 0, end: 7 });
  expect(answeredRange(undefined, undefined, undefined)).toBe(undefined);
  const whole = fc.nat(1000);
  fc.assert(
    fc.property(whole, whole, fc.option(whole, { nil: undefined }), (size, start, length) => {
      const end = length === undefined ? undefined : start + length;
      const last = Math.min(end ?? size, size);
      const answered = answeredRange({ start, end }, last - start, `bytes ${start}-${last - 1}/${size}`);
      if (start < last) expect(answered).toEqual({ size, start, end: last });
      expect(answeredRange({ start, end }, last - start, `bytes ${start + 1}-${last}/${size}`)).toBe(undefined);
      expect(answeredRange({ start, end }, last - start, undefined)).toBe(undefined);
    }),
  );
  for (const other of ["bytes */5", "bytes 0-4", "items 0-4/5", "bytes 0-4/*"]) {
    expect(answeredRange({ start: 0, end: 5 }, 5, other)).toBe(undefined);
  }
});

const policy = { attempts: 3, budget: 1000, firstDelay: 1, maxDelay: 1 };
const broke = new StorageError({ code: "Unavailable", detail: "broke.", retryable: true });
const conflict = new StorageError({ code: "Conflict", detail: "another version." });
const explain = (error: unknown): Failure => ({ error: error as StorageError, applied: error === broke });

/** What a delete rejects with whose attempts fail with these, one after the other; undefined ends well. */
async function deleted(...outcomes: (StorageError | undefined)[]): Promise<StorageError | undefined> {
  const left = [...outcomes];
  const remove = (): Promise<void> => {
    const outcome = left.shift();
    return outcome === undefined ? Promise.resolve() : Promise.reject(outcome);
  };
  return await settledDelete(remove, { explain, policy }).then(
    () => undefined,
    (error: StorageError) => error,
  );
}

test("a delete of a version is what its attempts say, until one that may have taken effect", async () => {
  expect(await deleted(undefined)).toBe(undefined);
  expect(await deleted(broke, undefined)).toBe(undefined);
  expect(await deleted(conflict)).toBe(conflict);
  const later = await deleted(broke, conflict);
  expect([later?.code, later?.ambiguous, later?.cause]).toEqual(["Unknown", true, conflict]);
  const never = await deleted(broke, broke, broke);
  expect([never?.code, never?.ambiguous, never?.retryable]).toEqual(["Unavailable", true, true]);
});
