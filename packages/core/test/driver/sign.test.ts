import { expect, test } from "@jest/globals";
import { checkSigning } from "@coatcheck/core/driver";

const WEEK = 604_800_000;

test("checkSigning lets a get or put through that lives between a second and a week", () => {
  for (const operation of ["get", "put"] as const) {
    for (const expiresIn of [1000, 60_000.5, WEEK]) {
      expect(() => checkSigning({ operation, expiresIn })).not.toThrow();
    }
  }
});

test.each([
  [{ operation: "delete", expiresIn: 1000 }, 'operation is delete; give "get" or "put".'],
  [{ expiresIn: 1000 }, "operation is undefined"],
  [{ operation: "get", expiresIn: "60000" }, "expiresIn is 60000; give 1,000 (a second)"],
  [{ operation: "get" }, "expiresIn is undefined"],
  [{ operation: "get", expiresIn: 999 }, "expiresIn is 999"],
  [{ operation: "put", expiresIn: WEEK + 1 }, "(a week) milliseconds."],
  [{ operation: "put", expiresIn: NaN }, "expiresIn is NaN"],
])("checkSigning refuses %j", (options, detail) => {
  let error: unknown;
  try {
    checkSigning(options as never);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toMatchObject({ code: "Misconfigured", detail: expect.stringContaining(detail) });
});
