import type { Abortable } from "../storage/driver.ts";
import { ResultHandle } from "./handle.ts";
import type { ListResultsOptions, PruneOptions, PruneSummary } from "./listing.ts";
import type { Records } from "./records.ts";
import type { Result } from "./result.ts";
import type { ResultEntry, ResultInfo } from "./result-info.ts";
import {
  checkStoreOptions,
  type ManyOptions,
  type ReferenceOrKey,
  type ResultStoreOptions,
  type WriteManyOptions,
  type WriteOptions,
} from "./store-options.ts";
import type { TemplateVariables } from "./template.ts";

/**
 * Keeps values in one storage, and gives references for them. Whoever holds a reference gets exactly that value, or a
 * {@link ResultError} that says why not: `Missing`, `Expired`, `Replaced`, `Corrupt`, `NotAResult`, `UnknownFormat`,
 * `UnknownSerializer`, `UnknownStorage`, `TooLarge`. What the storage itself fails at is a {@link StorageError}.
 */
export class ResultStore<T = unknown> {
  readonly #options: ResultStoreOptions<T>;
  #opening: Promise<Records<T>> | undefined;

  /** Throws {@link ConfigurationError} on what is wrong with the options; loads nothing yet. */
  constructor(options: ResultStoreOptions<T>) {
    checkStoreOptions(options);
    this.#options = options;
  }

  /**
   * Loads what the store needs, so that a missing package or an unknown name comes out before any work is done. Sends no
   * request. Every other method does it first.
   */
  async open(): Promise<void> {
    await this.#open();
  }

  /**
   * Keeps `value`. `true`, `false`, `null`, `undefined` and what `inlineBelow` allows stay in the reference, unless a key
   * is given. Bytes and streams are kept raw. If it rejects, nothing was written and what was there is untouched.
   * Throws {@link SerializationError} with the path of what cannot be kept exactly, `InvalidValue` where the schema refuses.
   */
  async write<V extends T>(value: V, options: WriteOptions = {}): Promise<Result<V>> {
    return await (await this.#open()).write(value, options);
  }

  /** The value of a reference, or of whatever is at a key now: one request, verified. Expired and replaced are errors. */
  async read<V>(result: Result<V>, options?: Abortable): Promise<V>;
  async read<V = T>(referenceOrKey: ReferenceOrKey, options?: Abortable): Promise<V>;
  async read<V = T>(referenceOrKey: ReferenceOrKey, options: Abortable = {}): Promise<V> {
    return await (await this.#open()).read<V>(referenceOrKey, options);
  }

  /**
   * Writes each of `values` as {@link write} does, several at once, and gives what became of each, in their order, as
   * `Promise.allSettled` would: `{ status: "fulfilled", value: result }` or `{ status: "rejected", reason }`. One value
   * that cannot be kept does not end the others, and whatever was stored comes to the caller: so look at `status`.
   *
   * Nothing is written until the outcomes are iterated. Values are taken as fast as outcomes are. What ends it early does
   * so after the outcomes of what had begun: a failing source with its error, an abort with its reason. Who leaves the loop
   * closes the source, and waits for what is under way. Throws {@link ConfigurationError} before anything is written.
   */
  async *writeMany<V extends T>(
    values: Iterable<V> | AsyncIterable<V>,
    options: WriteManyOptions<V> = {},
  ): AsyncGenerator<PromiseSettledResult<Result<V>>, void, void> {
    yield* (await import("./many.ts")).writeMany(this, values, options);
  }

  /**
   * Reads each of `referencesOrKeys` as {@link read} does, several at once, and gives what became of each, in their order:
   * `{ status: "fulfilled", value }` or `{ status: "rejected", reason }`. It ends as {@link writeMany} does.
   */
  async *readMany<V = T>(
    referencesOrKeys: Iterable<ReferenceOrKey> | AsyncIterable<ReferenceOrKey>,
    options: ManyOptions = {},
  ): AsyncGenerator<PromiseSettledResult<V>, void, void> {
    yield* (await import("./many.ts")).readMany<V>(this, referencesOrKeys, options);
  }

  /** The result itself, its payload not read. Throws as {@link read} does where the record is not there to be read. */
  async resolve<V = T>(referenceOrKey: ReferenceOrKey, options: Abortable = {}): Promise<Result<V>> {
    return await (await this.#open()).resolve<V>(referenceOrKey, options);
  }

  /** Whether the result is there and not expired; everything else that is wrong throws. Reads the header at most. */
  async exists(referenceOrKey: ReferenceOrKey, options: Abortable = {}): Promise<boolean> {
    return await (await this.#open()).exists(referenceOrKey, options);
  }

  /** What the header says, from one ranged read of 4 KiB. A reference that holds its value has none: `NotAResult`. */
  async stat(referenceOrKey: ReferenceOrKey, options: Abortable = {}): Promise<ResultInfo> {
    return await (await this.#open()).stat(referenceOrKey, options);
  }

  /** Deletes what is at a key, or the write a reference pins and no other. What is not there is a success. */
  async delete(referenceOrKey: ReferenceOrKey, options: Abortable = {}): Promise<void> {
    await (await this.#open()).delete(referenceOrKey, options);
  }

  /** What the storage lists, in the order of the keys' bytes; with `headers`, what each header says, or why it cannot. */
  async *list(options: ListResultsOptions = {}): AsyncGenerator<ResultEntry, void, void> {
    yield* (await this.#open()).list(options);
  }

  /** Deletes results that have expired or are old, each only if it is still what was judged. What is no result stays. */
  async prune(options: PruneOptions): Promise<PruneSummary> {
    return await (await this.#open()).prune(options);
  }

  /** A place given by a template of keys: `store.at("{date:%A}/{task_name}.json", { task_name })`. */
  at<V extends T = T>(template: string, variables: TemplateVariables = {}): ResultHandle<V> {
    return new ResultHandle<V>(this as unknown as ResultStore<V>, template, variables);
  }

  async #open(): Promise<Records<T>> {
    // A failure is not kept: what was missing may be there by the next call.
    this.#opening ??= import("./records.ts")
      .then(({ Records: records }) => records.open(this.#options))
      .catch((error: unknown) => {
        this.#opening = undefined;
        throw error;
      });
    return await this.#opening;
  }
}
