import { inspect } from "node:util";
import { openSerializer, type Result, type ResultStore, SerializationError, type Serializer } from "@coatcheck/core";
import { keep } from "./keep.ts";
import { isError } from "./reason.ts";

const BUILT_IN = [
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
  AggregateError,
  Error,
] as const;
const STANDARD = new Set(["name", "message", "stack", "cause", "errors", "notKept"]);

/**
 * Keeps what a run has thrown, under an id of its own. Where it has something that the serializer cannot carry (a class
 * that is not registered with it, a function as a property), an error of the nearest class of the language is kept instead,
 * with the same name, message, stack, causes and properties; its property `notKept` lists what is missing. A serializer
 * that carries no errors at all is given a plain object of the same.
 */
export async function keepError(
  store: ResultStore,
  named: string | Serializer,
  error: unknown,
): Promise<Result<unknown>> {
  const options = { key: undefined, inMemory: true, signal: undefined };
  try {
    return await keep(store, error, options);
  } catch (failure) {
    if (!(failure instanceof SerializationError)) throw failure;
  }
  const portable = await new Portable(await openSerializer(named)).error(error);
  try {
    return await keep(store, portable, options);
  } catch (failure) {
    if (!(failure instanceof SerializationError)) throw failure;
  }
  return await keep(store, asObject(portable), options);
}

/** Makes errors that a serializer can carry out of those that it cannot. */
class Portable {
  readonly #serializer: Serializer;
  readonly #seen = new Set<unknown>();

  constructor(serializer: Serializer) {
    this.#serializer = serializer;
  }

  async error(thrown: unknown): Promise<Error> {
    if (!isError(thrown)) {
      return Object.assign(new Error(`What was thrown is no Error: ${describe(thrown)}`), {
        notKept: [describe(thrown)],
      });
    }
    this.#seen.add(thrown);
    const notKept: string[] = [];
    const copy = this.#copyOf(thrown, notKept);
    if (Object.hasOwn(thrown, "cause")) define(copy, "cause", await this.#part("cause", thrown.cause, notKept));
    if (thrown instanceof AggregateError) {
      const errors: unknown[] = [];
      for (const [index, each] of thrown.errors.entries())
        errors.push(await this.#part(`errors[${index}]`, each, notKept));
      define(copy, "errors", errors);
    }
    for (const name of Object.keys(thrown).filter((each) => !STANDARD.has(each))) {
      const value: unknown = (thrown as unknown as Record<string, unknown>)[name];
      if (await this.#carries(value)) Object.assign(copy, { [name]: value });
      else notKept.push(`${name}: ${describe(value)}`);
    }
    if (notKept.length > 0) Object.assign(copy, { notKept });
    return copy;
  }

  #copyOf(thrown: Error, notKept: string[]): Error {
    const builtIn = BUILT_IN.find((each) => thrown instanceof each)!;
    const plain =
      builtIn === AggregateError
        ? new AggregateError([], thrown.message)
        : new (builtIn as ErrorConstructor)(thrown.message);
    const className = (Object.getPrototypeOf(thrown) as { constructor?: { name?: string } }).constructor?.name;
    if (className !== builtIn.name)
      notKept.push(`class ${className ?? "without a name"}, which is not registered with the serializer`);
    const name = thrown.name === builtIn.name ? (className ?? thrown.name) : thrown.name;
    if (name !== builtIn.name) define(plain, "name", name);
    define(plain, "stack", thrown.stack);
    return plain;
  }

  async #part(name: string, value: unknown, notKept: string[]): Promise<unknown> {
    if (await this.#carries(value)) return value;
    if (isError(value) && !this.#seen.has(value)) return await this.error(value);
    notKept.push(`${name}: ${describe(value)}`);
    return undefined;
  }

  async #carries(value: unknown): Promise<boolean> {
    try {
      await this.#serializer.serialize(value);
      return true;
    } catch {
      return false;
    }
  }
}

function define(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: false });
}

function describe(value: unknown): string {
  const text = inspect(value, { depth: 1, breakLength: Infinity });
  return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}

function asObject(error: Error): object {
  const { name, message, stack, cause } = error;
  return {
    ...Object.fromEntries(Object.entries(error)),
    name,
    message,
    stack,
    ...(isError(cause) ? { cause: asObject(cause) } : {}),
  };
}
