import {
  checkOptions,
  ConfigurationError,
  type Duration,
  memory,
  type OptionTable,
  parseDuration,
  ResultStore,
  type Serializer,
  type Storage,
} from "@coatcheck/core";
import { checkCacheStorage } from "./cache/entry.ts";
import { checkCacheKey, type CacheKey } from "./cache/policies.ts";
import type { KeyContext, RetryDelay } from "./options.ts";

/** The options of a flow or task under one spelling, checked one by one; what was not given is not there. */
export interface CheckedOptions {
  readonly name?: string;
  readonly parameterNames?: readonly string[];
  readonly retries?: number;
  readonly retryDelay?: RetryDelay;
  readonly retryJitter?: number;
  readonly retryIf?: (error: unknown) => boolean | Promise<boolean>;
  readonly timeout?: Duration;
  readonly persistResult?: boolean;
  readonly resultStorage?: string | Storage;
  readonly resultSerializer?: string | Serializer;
  readonly resultStorageKey?: string | ((context: KeyContext) => string);
  readonly cacheResultInMemory?: boolean;
  readonly cacheKey?: CacheKey;
  readonly cacheExpiration?: Duration;
  readonly refreshCache?: boolean;
}

const OF_BOTH: OptionTable = {
  name: { type: "string" },
  parameterNames: { type: "object" },
  retries: { type: "number" },
  retryDelay: { type: ["number", "string", "object", "function"] },
  retryJitter: { type: "number" },
  retryIf: { type: "function" },
  timeout: { type: ["number", "string"] },
  persistResult: { type: "boolean" },
  resultStorage: { type: ["string", "object"] },
  resultSerializer: { type: ["string", "object"] },
  resultStorageKey: { type: ["string", "function"] },
  cacheResultInMemory: { type: "boolean" },
};

const TABLES: Readonly<Record<"flow" | "task", OptionTable>> = {
  flow: OF_BOTH,
  task: {
    ...OF_BOTH,
    cacheKey: { type: ["object", "function"] },
    cacheExpiration: { type: ["number", "string"] },
    refreshCache: { type: "boolean" },
  },
};

/**
 * Options as they were given, under one spelling: `given` are those with a value, `reset` those that are null. Throws
 * {@link ConfigurationError}: `UnknownOption` with the nearest name, `InvalidOption`, also where both spellings are there.
 */
export function readOptions(
  kind: "flow" | "task",
  nameBefore: string,
  options: object,
): { readonly given: CheckedOptions; readonly reset: readonly string[] } {
  const { name: named } = (options ?? {}) as { readonly name?: unknown };
  const name = typeof named === "string" ? named : nameBefore;
  const label = `${kind === "task" ? "Task" : "Flow"}${name === "" ? "" : ` ${JSON.stringify(name)}`}`;
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw invalid(`${label}: options are an object, not ${Array.isArray(options) ? "an array" : String(options)}.`);
  }
  const table = TABLES[kind];
  const spellings = new Map<string, string>();
  // No prototype: `__proto__` is a wrong name like any other.
  const given = Object.create(null) as Record<string, unknown>;
  const reset: string[] = [];
  for (const [spelling, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const inCamelCase = spelling.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const option = Object.hasOwn(table, inCamelCase) ? inCamelCase : spelling;
    const other = spellings.get(option);
    if (other !== undefined) {
      throw invalid(`${label} is given both ${other} and ${spelling}, which are one option. Remove one of the two.`);
    }
    spellings.set(option, spelling);
    if (value === null) reset.push(option);
    else given[option] = value;
  }
  // What is reset must be an option too.
  checkOptions(label, table, { ...Object.fromEntries(reset.map((option) => [option, undefined])), ...given });
  checkValues(label, given);
  return { given, reset };
}

function checkValues(label: string, options: CheckedOptions): void {
  const { name, parameterNames, retries, retryDelay, retryJitter, timeout, resultStorage, resultSerializer } = options;
  if (name === "") throw invalid(`${label}: name is empty. Give a name, or leave it out.`);
  if (parameterNames !== undefined) checkParameterNames(label, parameterNames);
  if (retries !== undefined && !(Number.isSafeInteger(retries) && retries >= 0)) {
    throw invalid(`${label}: retries is ${retries}; give a whole number, 0 or more.`);
  }
  if (retryJitter !== undefined && !(retryJitter >= 0 && Number.isFinite(retryJitter))) {
    throw invalid(
      `${label}: retryJitter is ${retryJitter}; give a number, 0 or more: 0.5 makes each wait up to half longer.`,
    );
  }
  if (retryDelay !== undefined) checkRetryDelay(label, retryDelay);
  if (timeout !== undefined) parseDuration(timeout, `${label}: timeout`);
  if (options.cacheExpiration !== undefined) parseDuration(options.cacheExpiration, `${label}: cacheExpiration`);
  if (options.cacheKey !== undefined) checkCacheKey(options.cacheKey, label);
  if (typeof resultStorage === "object" && typeof (resultStorage as Partial<Storage>).put !== "function") {
    throw invalid(
      `${label}: resultStorage is an object, but no Storage. Give what local(), s3(), memory() … give, a slug, or a URL.`,
    );
  }
  if (typeof resultSerializer === "object" && !isSerializer(resultSerializer)) {
    throw invalid(
      `${label}: resultSerializer is an object, but no Serializer: it needs type, serialize and deserialize.`,
    );
  }
  try {
    // A store checks slugs, URLs and names, and loads nothing yet.
    new ResultStore({ storage: resultStorage ?? memory(), serializer: resultSerializer });
  } catch (cause) {
    throw cause instanceof ConfigurationError
      ? new ConfigurationError(cause.code, `${label}: ${cause.message}`, { cause })
      : cause;
  }
}

function checkParameterNames(label: string, names: readonly unknown[]): void {
  const texts =
    Array.isArray(names) && names.every((name) => typeof name === "string" && /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name));
  if (texts && new Set(names).size === names.length) return;
  throw invalid(`${label}: parameterNames is a list of different names, as in ["user", "day"].`);
}

function checkRetryDelay(label: string, delay: RetryDelay): void {
  if (typeof delay === "function" || delay === 0) return;
  const list: readonly unknown[] = Array.isArray(delay) ? delay : [delay];
  if (list.length === 0)
    throw invalid(`${label}: retryDelay is an empty list. Give a wait for each retry, or leave it out.`);
  for (const each of list) if (each !== 0) parseDuration(each as Duration, `${label}: retryDelay`);
}

function isSerializer(value: object): boolean {
  const { type, serialize, deserialize } = value as Partial<Serializer>;
  return typeof type === "string" && typeof serialize === "function" && typeof deserialize === "function";
}

/** Throws a ConfigurationError where two options contradict each other. */
export function checkCombination(label: string, options: CheckedOptions): void {
  const { cacheKey, persistResult, resultStorage } = options;
  if (cacheKey !== undefined && persistResult === false) {
    throw invalid(`${label} caches its result (cacheKey) but has persistResult: false. Remove one of the two.`);
  }
  for (const option of ["cacheExpiration", "refreshCache"] as const) {
    if (cacheKey === undefined && options[option] !== undefined) {
      throw invalid(
        `${label} has ${option}, but no cacheKey, without which nothing is cached. Give a cacheKey, or remove ${option}.`,
      );
    }
  }
  for (const option of ["retryDelay", "retryJitter", "retryIf"] as const) {
    if (options.retries === undefined && options[option] !== undefined) {
      throw invalid(
        `${label} has ${option}, but no retries, without which nothing is tried again. Give retries, or remove ${option}.`,
      );
    }
  }
  if (cacheKey !== undefined && typeof resultStorage === "object") checkCacheStorage(resultStorage, label);
}

function invalid(message: string): ConfigurationError {
  return new ConfigurationError("InvalidOption", message);
}
