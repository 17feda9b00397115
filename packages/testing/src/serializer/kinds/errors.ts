import { globalNamed, type Values, withStack } from "./kind.ts";

/** Kinds of errors. */
export type ErrorKind =
  | "Errors with name, message and stack"
  | "a chain of causes"
  | "Errors of the built-in classes"
  | "own properties of Errors"
  | "AggregateErrors"
  | "DOMExceptions";

type DomExceptionClass = new (message: string, name: string) => Error;

/** Values of these kinds. */
export const errors: Readonly<Record<ErrorKind, Values>> = {
  "Errors with name, message and stack": [
    () => withStack(new Error("text")),
    () => [withStack(new Error("")), withStack(new Error())],
    () => ({
      a: withStack(
        Object.defineProperty(new Error("x"), "name", { value: "Mine", writable: true, configurable: true }),
      ),
    }),
  ],
  "a chain of causes": [
    () => withStack(new Error("a", { cause: withStack(new Error("b", { cause: withStack(new Error("c")) })) })),
    () => [withStack(new Error("a", { cause: undefined })), withStack(new Error("a", { cause: null }))],
    () => ({ a: withStack(new Error("a", { cause: { code: 1, list: [new Date(1)] } })) }),
  ],
  "Errors of the built-in classes": [
    () => withStack(new TypeError("x")),
    () => [withStack(new RangeError("x")), withStack(new SyntaxError("x")), withStack(new ReferenceError("x"))],
    () => ({ a: withStack(new EvalError("x")), b: withStack(new URIError("x", { cause: "y" })) }),
  ],
  "own properties of Errors": [
    () => withStack(Object.assign(new Error("x"), { code: "ENOENT", errno: -2, path: "/a" })),
    () => [withStack(Object.assign(new TypeError("x"), { details: { a: [1] }, "": 1 }))],
    () => ({ a: withStack(Object.assign(new Error("x"), { [Symbol.for("s")]: 1, at: new Date(1) })) }),
  ],
  AggregateErrors: [
    () => withStack(new AggregateError([withStack(new Error("a")), withStack(new TypeError("b"))], "x")),
    () => [withStack(new AggregateError([], ""))],
    () => ({ a: withStack(new AggregateError([1, null, { b: 1 }], "x", { cause: "y" })) }),
  ],
  DOMExceptions:
    globalNamed<DomExceptionClass>("DOMException") === undefined
      ? []
      : [
          () => withStack(new DOMException("x", "AbortError")),
          () => [withStack(new DOMException("", "")), withStack(new DOMException("x", "NoSuchName"))],
          () => ({ a: withStack(new DOMException("x", "DataCloneError")) }),
        ],
};
