import { expect, test } from "@jest/globals";
import {
  CoatcheckError,
  ConfigurationError,
  MissingResult,
  ResultError,
  SerializationError,
  StorageError,
} from "@coatcheck/core";

const errors = [
  new StorageError({ code: "Unknown", detail: "it failed." }),
  new ResultError("Corrupt", "it is cut."),
  new SerializationError({ code: "NotSerializable", reason: "a function cannot be stored" }),
  new ConfigurationError("InvalidOption", "no such option."),
  new MissingResult("it was not kept."),
];

test("every error is a CoatcheckError, and of its own class only", () => {
  for (const error of errors) expect(error).toBeInstanceOf(CoatcheckError);
  for (const value of [new Error("x"), null, undefined, "x", {}]) expect(value instanceof CoatcheckError).toBe(false);
  expect(errors[0]).not.toBeInstanceOf(ResultError);
  expect(errors[4]).toBeInstanceOf(ResultError);
  expect(errors[1]).not.toBeInstanceOf(MissingResult);
});

test("a class that extends one of them has its own instances only", () => {
  class Own extends StorageError {}
  const own = new Own({ code: "Unknown", detail: "it failed." });
  expect(own).toBeInstanceOf(Own);
  expect(own).toBeInstanceOf(StorageError);
  expect(own).toBeInstanceOf(CoatcheckError);
  expect(errors[0]).not.toBeInstanceOf(Own);
});

test("errors of another copy of the package are recognised by their brand", () => {
  const copy = Object.assign(new Error("it is cut."), {
    code: "Corrupt",
    [Symbol.for("coatcheck.error")]: "ResultError",
  });
  expect(copy).toBeInstanceOf(ResultError);
  expect(copy).toBeInstanceOf(CoatcheckError);
  expect(copy).not.toBeInstanceOf(StorageError);
});
