import { inspect } from "node:util";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { connectionFailure, plainCause, redactor, shortText } from "@coatcheck/core/driver";

const cause = new Error("cause");
const failureOf = (init: object): unknown => {
  const failure = connectionFailure(Object.assign(new Error("text"), init), "https://here", cause);
  if (failure === undefined) return undefined;
  const { code, retryable, detail } = failure.error;
  expect(failure.error.cause).toBe(cause);
  expect(detail).toContain("https://here");
  return [code, retryable, failure.applied];
};

test("a connection that was not made sent nothing; one that broke may have; one that is not trusted is not tried again", () => {
  for (const code of ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]) {
    expect(failureOf({ code })).toEqual(["Unavailable", true, false]);
  }
  for (const broken of [
    { code: "ECONNRESET" },
    { code: "EPIPE" },
    { code: "ETIMEDOUT" },
    { code: "ERR_STREAM_PREMATURE_CLOSE" },
    { name: "TimeoutError" },
    { message: "aborted" },
    { message: "socket hang up" },
    // As an SDK that keeps the text only has it.
    { message: "request failed: read ECONNRESET" },
  ]) {
    expect(failureOf(broken)).toEqual(["Unavailable", true, true]);
  }
  for (const code of ["CERT_HAS_EXPIRED", "DEPTH_ZERO_SELF_SIGNED_CERT", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"]) {
    expect(failureOf({ code })).toEqual(["Misconfigured", false, false]);
  }
  for (const other of [{}, { code: 5 }, { code: "AccessDenied" }, { message: "Error in what was parsed" }]) {
    expect(failureOf(other)).toBe(undefined);
  }
  expect(connectionFailure(undefined, "here", cause)).toBe(undefined);
});

test("what is redacted holds no secret, wherever in a text it stands", () => {
  const secret = fc.string({ minLength: 4 });
  fc.assert(
    fc.property(secret, fc.string(), fc.string(), (hidden, before, after) => {
      expect(redactor(["", hidden])(`${before}${hidden}${after}`).includes(hidden)).toBe("…".includes(hidden));
    }),
  );
  const key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq";
  expect(redactor([])(`signed with ${key}==, again`)).toBe("signed with …, again");
  expect(redactor([])("GET /bucket/key: 403 Forbidden")).toBe("GET /bucket/key: 403 Forbidden");
});

test("a plain cause has the name, the text, the code and the stack of an error, and nothing else of it", () => {
  const request = { headers: { authorization: "hunter2" } };
  const error = Object.assign(new TypeError("it broke by hunter2"), { code: "ECONNRESET", request });
  const plain = plainCause(error, redactor(["hunter2"]));
  expect([plain.name, plain.message, (plain as { code?: string }).code]).toEqual([
    "TypeError",
    "it broke by …",
    "ECONNRESET",
  ]);
  expect(plain.stack).toContain("failures.test.ts");
  expect(inspect(plain, { depth: 9, showHidden: true })).not.toContain("hunter2");
  expect(plainCause("text", (text) => text).message).toBe("text");
  expect(plainCause(undefined, (text) => text).message).toBe("undefined");
  expect(plainCause({ message: "x".repeat(9000) }, (text) => text).message).toHaveLength(500);
});

test("text from outside is printable and short", () => {
  expect(shortText("a\u001b[2J\nü")).toBe("a?[2J??");
  expect(shortText("x".repeat(500))).toHaveLength(120);
});
