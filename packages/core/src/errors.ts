import { quote } from "./text.ts";

const KIND = Symbol.for("coatcheck.error");

/**
 * What every error of Coatcheck is. `instanceof` works between copies of the package and between realms: it goes by a
 * brand under `Symbol.for("coatcheck.error")`, not by identity of the class.
 */
export abstract class CoatcheckError extends Error {
  /** What happened, for programs. Each subclass lists its codes. */
  abstract readonly code: string;

  /** Whether `value` carries the brand of this class; for CoatcheckError itself, whether it carries any. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    const brand = ownBrand(this.prototype);
    // A class of the user's that extends one of these has no brand.
    if (brand === undefined && this !== CoatcheckError) return Function.prototype[Symbol.hasInstance].call(this, value);
    for (let proto = value; typeof proto === "object" && proto !== null; proto = Object.getPrototypeOf(proto)) {
      const found = ownBrand(proto);
      if (found !== undefined && (brand === undefined || found === brand)) return true;
    }
    return false;
  }
}

function ownBrand(prototype: object): unknown {
  return Object.hasOwn(prototype, KIND) ? (prototype as { [KIND]?: unknown })[KIND] : undefined;
}

function brand(errorClass: { prototype: object }, name: string): void {
  Object.defineProperty(errorClass.prototype, KIND, { value: name });
  Object.defineProperty(errorClass.prototype, "name", { value: name, configurable: true, writable: true });
}

/** What went wrong with a storage: see {@link StorageError}. */
export type StorageErrorCode =
  | "AlreadyExists"
  | "Conflict"
  | "InvalidKey"
  | "TooLarge"
  | "PermissionDenied"
  | "Unauthenticated"
  | "NotSupported"
  | "RateLimited"
  | "Unavailable"
  | "Timeout"
  | "Corrupt"
  | "Misconfigured"
  | "MissingPackage"
  | "Unknown";

/** What a driver says of a failure, and what {@link Storage} adds: where it happened. */
export interface StorageErrorInit {
  readonly code: StorageErrorCode;
  /** What happened and what to do, as sentences; without the operation, the key and the storage, which are added. */
  readonly detail: string;
  /** The same call may succeed later. */
  readonly retryable?: boolean;
  /** It cannot be told whether the write took place. */
  readonly ambiguous?: boolean;
  readonly cause?: unknown;
  readonly operation?: string;
  readonly storage?: string;
  readonly key?: string;
}

/**
 * A storage could not do what was asked. A driver throws it with `code` and `detail`; {@link Storage} adds `operation`,
 * `storage` (its URL, never with a secret) and `key`.
 */
export class StorageError extends CoatcheckError {
  readonly code: StorageErrorCode;
  readonly detail: string;
  readonly retryable: boolean;
  readonly ambiguous: boolean;
  readonly operation: string | undefined;
  readonly storage: string | undefined;
  readonly key: string | undefined;

  constructor(init: StorageErrorInit) {
    const at = [
      init.operation,
      init.key === undefined ? undefined : quote(init.key, 200),
      init.storage === undefined ? undefined : `in ${init.storage}`,
    ].filter((part) => part !== undefined);
    super(`${at.length > 0 ? `${at.join(" ")}: ` : ""}${init.detail}`, init);
    this.code = init.code;
    this.detail = init.detail;
    this.retryable = init.retryable ?? false;
    this.ambiguous = init.ambiguous ?? false;
    this.operation = init.operation;
    this.storage = init.storage;
    this.key = init.key;
  }
}
brand(StorageError, "StorageError");

/** What went wrong with a result: see {@link ResultError}. */
export type ResultErrorCode =
  | "Missing"
  | "Expired"
  | "Replaced"
  | "Unpersisted"
  | "NotAResult"
  | "UnknownFormat"
  | "UnknownSerializer"
  | "UnknownStorage"
  | "Corrupt"
  | "TooLarge"
  | "InvalidValue";

/** Where a result was looked for, for {@link ResultError}. */
export interface ResultErrorContext {
  readonly key?: string | undefined;
  readonly storage?: string | undefined;
  readonly cause?: unknown;
}

/** A result could not be had, or could not be kept; `code` says why, `key` and `storage` where. */
export class ResultError extends CoatcheckError {
  readonly code: ResultErrorCode;
  readonly key: string | undefined;
  readonly storage: string | undefined;

  constructor(code: ResultErrorCode, detail: string, context: ResultErrorContext = {}) {
    const where = context.storage === undefined ? "" : ` in ${quote(context.storage, 200).slice(1, -1)}`;
    const what = context.key === undefined ? "" : `Result ${quote(context.key, 200)}${where}: `;
    super(`${what}${detail}`, context);
    this.code = code;
    this.key = context.key;
    this.storage = context.storage;
  }
}
brand(ResultError, "ResultError");

/** The value was never kept (`Unpersisted`), and this process does not hold it. */
export class MissingResult extends ResultError {
  constructor(detail: string, context: ResultErrorContext = {}) {
    super("Unpersisted", detail, context);
  }
}
brand(MissingResult, "MissingResult");

/** What a serializer says of a value or of bytes it cannot carry: see {@link SerializationError}. */
export interface SerializationErrorInit {
  readonly code: "NotSerializable" | "NotDeserializable";
  /** Where in the value, from its root: `$.users[3].callback`. */
  readonly path?: string;
  /** What is there and why it cannot be carried: `a function cannot be stored`. */
  readonly reason: string;
  /** What to do about it, as a sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** A value cannot be written exactly (`NotSerializable`), or bytes cannot be read (`NotDeserializable`). */
export class SerializationError extends CoatcheckError {
  readonly code: "NotSerializable" | "NotDeserializable";
  readonly path: string | undefined;
  readonly reason: string;

  constructor(init: SerializationErrorInit) {
    const at = init.path === undefined ? "" : `${quote(init.path, 300).slice(1, -1).replaceAll('\\"', '"')}: `;
    super(`${at}${init.reason}.${init.hint === undefined ? "" : ` ${init.hint}`}`, init);
    this.code = init.code;
    this.path = init.path;
    this.reason = init.reason;
  }
}
brand(SerializationError, "SerializationError");

/** What is wrong with the way something was set up: see {@link ConfigurationError}. */
export type ConfigurationErrorCode =
  | "InvalidOption"
  | "UnknownOption"
  | "UnknownType"
  | "UnknownBlock"
  | "InvalidSlug"
  | "InvalidTemplate"
  | "InvalidPlugin"
  | "AlreadyRegistered"
  | "MissingPackage"
  | "BrokenPackage"
  | "UnknownSetting"
  | "InvalidSetting"
  | "InvalidConfigFile"
  | "UnresolvedReference"
  | "NotWritable";

/** Something was set up wrong: an option, a slug, a template, a plugin. Thrown before any work is done. */
export class ConfigurationError extends CoatcheckError {
  readonly code: ConfigurationErrorCode;

  constructor(code: ConfigurationErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}
brand(ConfigurationError, "ConfigurationError");
