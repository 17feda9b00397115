import { MissingResult, ResultError } from "../errors.ts";
import type { Abortable } from "../storage/driver.ts";
import { printable } from "../text.ts";
import { checkExpiry } from "./expiry.ts";
import type { InlineReference, RecordReference, Reference, UnpersistedReference } from "./reference.ts";

/**
 * Stands where there is no value: "has not run", "is not held here". It is told apart from a result that is `null` or
 * `undefined` everywhere.
 */
export const NoResult: unique symbol = Symbol.for("coatcheck.NoResult") as never;

/** A result: a value that can be had, and the reference that stands for it. `JSON.stringify(result)` gives the reference. */
export interface Result<T = unknown> {
  readonly kind: "literal" | "unpersisted" | "persisted";
  /** The value where this process holds it, else {@link NoResult}. Never reads anything. */
  readonly value: T | typeof NoResult;
  /** The key of its record, where there is one. */
  readonly location: string | undefined;
  /** The version of its record as the storage tells it, where it is known. */
  readonly version: string | undefined;
  readonly expiresAt: Date | undefined;
  /** The value, and the same object each time. `Expired` once its time has passed, held or not. */
  get(options?: Abortable): Promise<T>;
  /** The payload without its codecs: the bytes of a value that is bytes, else what the serializer wrote. Opened anew each time. */
  stream(options?: Abortable): Promise<ReadableStream<Uint8Array>>;
  /** The reference. */
  toJSON(): Reference;
  /** The reference as JSON text, so that `${result}` can be read again. */
  toString(): string;
}

/** A value that is kept in its reference: `true`, `false`, `null`, `undefined`, and small JSON values under `inlineBelow`. */
export class LiteralResult<T = unknown> implements Result<T> {
  readonly kind = "literal";
  readonly value: T;
  readonly location = undefined;
  readonly version = undefined;
  readonly expiresAt: Date | undefined;

  constructor(value: T, expiresAt?: string) {
    this.value = value;
    this.expiresAt = expiresAt === undefined ? undefined : new Date(expiresAt);
  }

  async get(_options?: Abortable): Promise<T> {
    checkExpiry(this.expiresAt?.toISOString());
    return this.value;
  }

  /** The value as JSON text; `undefined` has no bytes: `InvalidValue`. */
  async stream(_options?: Abortable): Promise<ReadableStream<Uint8Array>> {
    const value = await this.get();
    if (value === undefined)
      throw new ResultError("InvalidValue", "The value is undefined: it has no bytes to stream.");
    return new Blob([JSON.stringify(value)]).stream();
  }

  toJSON(): InlineReference {
    const expiry = this.expiresAt === undefined ? {} : { expiresAt: this.expiresAt.toISOString() };
    const value = this.value as never;
    return value === undefined ? { coatcheck: 1, undefined: true, ...expiry } : { coatcheck: 1, value, ...expiry };
  }

  toString(): string {
    return JSON.stringify(this);
  }
}

/** A value that lives in this process only. Its reference brings no value: `get` then throws {@link MissingResult}. */
export class UnpersistedResult<T = unknown> implements Result<T> {
  readonly kind = "unpersisted";
  readonly value: T | typeof NoResult;
  readonly location = undefined;
  readonly version = undefined;
  readonly expiresAt = undefined;
  /** Which run it was, and which rule turned persistence off. */
  readonly description: string;

  constructor(value: T | typeof NoResult, description: string) {
    this.value = value;
    this.description = description;
  }

  async get(_options?: Abortable): Promise<T> {
    if (this.value === NoResult) throw this.#missing();
    return this.value as T;
  }

  async stream(_options?: Abortable): Promise<ReadableStream<Uint8Array>> {
    throw this.#missing();
  }

  toJSON(): UnpersistedReference {
    return { coatcheck: 1, unpersisted: this.description };
  }

  toString(): string {
    return JSON.stringify(this);
  }

  // The description may come from a reference, and so from anybody.
  #missing(): MissingResult {
    return new MissingResult(`The value was not kept: ${printable(this.description.slice(0, 800))}`);
  }
}

/** How a {@link PersistedResult} reaches its record. */
export interface RecordAccess<T> {
  load(signal: AbortSignal | undefined): Promise<T>;
  stream(signal: AbortSignal | undefined): Promise<ReadableStream<Uint8Array>>;
  /** The value is a stream: it is opened anew for each `get` and never held. */
  readonly streaming: boolean;
}

/** A value in storage, pinned to one write of it. */
export class PersistedResult<T = unknown> implements Result<T> {
  readonly kind = "persisted";
  readonly reference: RecordReference;
  readonly version: string | undefined;
  readonly #access: RecordAccess<T>;
  #value: T | typeof NoResult;
  #loading: Promise<T> | undefined;

  /** Made by {@link ResultStore}. */
  constructor(
    reference: RecordReference,
    version: string | undefined,
    access: RecordAccess<T>,
    value?: { readonly held: T },
  ) {
    this.reference = reference;
    this.version = version;
    this.#access = access;
    this.#value = value === undefined || access.streaming ? NoResult : value.held;
  }

  get value(): T | typeof NoResult {
    return this.#value;
  }

  get location(): string {
    return this.reference.key;
  }

  get expiresAt(): Date | undefined {
    return this.reference.expiresAt === undefined ? undefined : new Date(this.reference.expiresAt);
  }

  /**
   * The value: from this object where it is held, else read and verified. Calls at the same time share one read, unless
   * they bring a signal. Throws {@link ResultError}: `Missing`, `Expired`, `Replaced`, `Corrupt`, …
   */
  async get(options: Abortable = {}): Promise<T> {
    checkExpiry(this.reference.expiresAt, this.reference);
    options.signal?.throwIfAborted();
    if (this.#access.streaming) return await this.#access.load(options.signal);
    if (this.#value !== NoResult) return this.#value as T;
    const loading =
      options.signal === undefined
        ? (this.#loading ??= this.#access.load(undefined).finally(() => (this.#loading = undefined)))
        : this.#access.load(options.signal);
    const value = await loading;
    // Two loads may have raced: the first value that came stays, so that every caller has the same object.
    if (this.#value === NoResult) this.#value = value;
    return this.#value as T;
  }

  async stream(options: Abortable = {}): Promise<ReadableStream<Uint8Array>> {
    checkExpiry(this.reference.expiresAt, this.reference);
    return await this.#access.stream(options.signal);
  }

  /** The same write as a result of its own, which holds no value: what is done to the value of one does not reach the other. */
  clone(): PersistedResult<T> {
    return new PersistedResult<T>(this.reference, this.version, this.#access);
  }

  /** Lets go of the value that is held here; the next `get` reads it again. */
  release(): void {
    this.#value = NoResult;
  }

  toJSON(): RecordReference {
    return this.reference;
  }

  toString(): string {
    return JSON.stringify(this);
  }
}
