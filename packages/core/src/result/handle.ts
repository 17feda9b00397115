import { ConfigurationError } from "../errors.ts";
import type { Abortable } from "../storage/driver.ts";
import type { Result } from "./result.ts";
import type { ReferenceOrKey, WriteOptions } from "./store-options.ts";
import { KeyTemplate, type TemplateVariables } from "./template.ts";

/** What a handle needs of the store that made it. */
interface StoreOfHandle<T> {
  read<V = T>(referenceOrKey: ReferenceOrKey, options?: Abortable): Promise<V>;
  write<V extends T>(value: V, options?: WriteOptions): Promise<Result<V>>;
  exists(referenceOrKey: ReferenceOrKey, options?: Abortable): Promise<boolean>;
}

/**
 * A place for results, given by a template: what Prefect 1 called a Result with a `location`. `date` is the time of each
 * call; writing gives a new result and leaves the handle as it is.
 */
export class ResultHandle<T = unknown> {
  /** The template. */
  readonly location: string;
  readonly #store: StoreOfHandle<T>;
  readonly #template: KeyTemplate;
  readonly #variables: TemplateVariables;

  /** Made by {@link ResultStore.at}. */
  constructor(store: StoreOfHandle<T>, location: string, variables: TemplateVariables) {
    this.location = location;
    this.#store = store;
    this.#variables = variables;
    this.#template = new KeyTemplate(location, ["date", ...Object.keys({ ...variables })]);
  }

  /** The key that the template gives now. */
  key(): string {
    return this.#template.render({ date: new Date(), ...this.#variables });
  }

  /** The value there; as {@link ResultStore.read}. */
  async read<V = T>(options?: Abortable): Promise<V> {
    return await this.#store.read<V>(this.key(), options);
  }

  /** Keeps a value there; as {@link ResultStore.write}. The result's `location` is the key. */
  async write<V extends T>(value: V, options: Omit<WriteOptions, "key"> = {}): Promise<Result<V>> {
    if ("key" in { ...options })
      throw new ConfigurationError("UnknownOption", "write has no key here: the template gives it.");
    return await this.#store.write(value, { ...options, key: this.key() });
  }

  /** Whether there is a result there; as {@link ResultStore.exists}. */
  async exists(options?: Abortable): Promise<boolean> {
    return await this.#store.exists(this.key(), options);
  }
}
