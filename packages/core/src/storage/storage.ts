import { StorageError } from "../errors.ts";
import { nodeBuiltin, randomId } from "../environment.ts";
import { type Body, checkChunks } from "./body.ts";
import type {
  Abortable,
  DeleteOptions,
  GetOptions,
  ListOptions,
  ListPage,
  ObjectInfo,
  PutOptions,
  SignOptions,
  StorageCapabilities,
  StorageDriver,
} from "./driver.ts";
import { checkKey, checkListPrefix, keyProblem } from "./keys.ts";
import { StoredObject } from "./object.ts";

/** Objects on a page of a listing where the caller does not say. */
const PAGE = 1000;

/** Options of {@link Storage}. */
export interface StorageOptions {
  /** Every key is kept under this key and a `/`; nothing outside it is seen. */
  readonly prefix?: string | undefined;
}

/**
 * A storage as users hold it: {@link StorageDriver} plus everything that is the same everywhere. It checks keys,
 * options and bodies before the driver is called, refuses what the driver lacks (`NotSupported`), adds the prefix, and
 * turns every failure into a {@link StorageError} that says where it happened. An aborted `signal` rejects with its reason,
 * a failing body stream with the stream's own error, both untouched.
 */
export class Storage {
  readonly type: string;
  /** Canonical, without secrets; the prefix is in it. Equal URLs mean the same place. */
  readonly url: string;
  readonly capabilities: StorageCapabilities;
  /** As {@link StorageDriver.pipelined}. */
  readonly pipelined: boolean | undefined;
  readonly #driver: StorageDriver;
  readonly #prefix: string;

  constructor(driver: StorageDriver, options: StorageOptions = {}) {
    const prefix = options.prefix ?? "";
    this.type = driver.type;
    this.capabilities = driver.capabilities;
    this.pipelined = driver.pipelined;
    this.#driver = driver;
    this.#prefix = prefix === "" ? "" : `${prefix}/`;
    this.url = prefix === "" ? driver.url : prefixedUrl(driver.url, prefix);
    if (prefix !== "") this.#checked("prefix", prefix, () => checkKey(prefix));
  }

  /** The object, its request sent; undefined where there is none. What is not read must be cancelled. */
  async get(key: string, options: GetOptions = {}): Promise<StoredObject | undefined> {
    const { range } = options;
    const full = this.#key("get", key);
    if (range !== undefined) {
      this.#require("ranges", "get", key, "a range");
      this.#checked("get", key, () => checkRange(range));
    }
    const object = await this.#run("get", key, options, () => this.#driver.get(full, options));
    if (object === undefined) return undefined;
    const { size } = object.info;
    const start = Math.min(range?.start ?? 0, size);
    const expected = Math.max(0, Math.min(range?.end ?? size, size) - start);
    const { signal } = options;
    return new StoredObject(object, this.#strip(object.info), expected, signal, (error) =>
      signal?.aborted === true ? signal.reason : this.#located("get", key, error),
    );
  }

  /**
   * Puts all of the body or nothing, and resolves once it is kept; see {@link StorageDriver} for `when`. Bytes must stay
   * as they are until then. A body that is a stream is read to its end, or cancelled where the put fails: each put takes a
   * new one, and one of which nothing is left is `Misconfigured`, not an empty object.
   */
  async put(key: string, body: Body, options: PutOptions = {}): Promise<ObjectInfo> {
    try {
      return await this.#put(key, body, options);
    } catch (error) {
      (await import("../sources.ts")).discard(body);
      throw error;
    }
  }

  async #put(key: string, body: Body, options: PutOptions): Promise<ObjectInfo> {
    const { when = "any", contentType, signal } = options;
    const full = this.#key("put", key);
    const chunks = this.#checked("put", key, () => {
      checkWhen(when);
      if (contentType !== undefined) checkContentType(contentType);
      return checkChunks(body, options.size);
    });
    const checked = chunks ?? (await import("./stream-body.ts")).checkStream(body, options.size, signal);
    if (when === "absent") this.#require("create", "put", key, 'when: "absent"');
    if (typeof when === "object") this.#require("replace", "put", key, "when: { version }");
    if (contentType !== undefined) this.#require("contentType", "put", key, "contentType");
    if (checked.size === undefined) this.#require("unknownLength", "put", key, "a stream without size");
    const { size } = checked;
    const info = await this.#run("put", key, options, async () => {
      try {
        return await this.#driver.put(full, checked.body, { when, size, contentType, signal, writeId: randomId() });
      } catch (error) {
        const failure = checked.failure();
        throw failure === undefined ? error : new BodyFailure(failure.error);
      }
    });
    return this.#strip(info);
  }

  /** What is known of the object without reading it; undefined where there is none. */
  async stat(key: string, options: Abortable = {}): Promise<ObjectInfo | undefined> {
    const full = this.#key("stat", key);
    const info = await this.#run("stat", key, options, () => this.#driver.stat(full, options));
    return info && this.#strip(info);
  }

  /**
   * A page of the objects whose keys begin with `prefix`, in the order of the keys' UTF-8 bytes; walk on with `cursor`
   * until there is none. Objects that others put under names that are not keys are left out.
   */
  async list(options: ListOptions = {}): Promise<ListPage> {
    const { prefix = "", limit = PAGE, cursor, signal } = options;
    this.#checked("list", undefined, () => {
      checkListPrefix(prefix);
      if (!Number.isInteger(limit) || limit < 1 || limit > PAGE) {
        throw new StorageError({ code: "Misconfigured", detail: `limit is ${limit}; give 1 to ${PAGE}.` });
      }
    });
    const page = await this.#run("list", undefined, options, () =>
      this.#driver.list({ prefix: this.#prefix + prefix, limit, cursor, signal }),
    );
    const objects = page.objects.map((info) => this.#strip(info)).filter(({ key }) => keyProblem(key) === undefined);
    return page.cursor === undefined ? { objects } : { objects, cursor: page.cursor };
  }

  /** Deletes the object. One that is not there is a success, unless `when` names a version: then it is `Conflict`. */
  async delete(key: string, options: DeleteOptions = {}): Promise<void> {
    const full = this.#key("delete", key);
    if (options.when !== undefined) {
      this.#checked("delete", key, () => checkWhen(options.when));
      this.#require("remove", "delete", key, "when: { version }");
    }
    await this.#run("delete", key, options, () => this.#driver.delete(full, options));
  }

  /** Deletes all of `keys`. Where some fail it rejects, after trying all, with an AggregateError of their StorageErrors. */
  async deleteMany(keys: readonly string[], options: Abortable = {}): Promise<void> {
    const full = keys.map((key) => this.#key("delete", key));
    const together = this.#driver.deleteMany?.bind(this.#driver);
    const { deleteMany } = await import("./delete-many.ts");
    const deletes = {
      together: together && (() => this.#run("delete", undefined, options, () => together(full, options))),
      one: (key: string) => this.delete(key, options),
      located: (error: unknown) => this.#located("delete", this.#stripKey(error), error),
    };
    await deleteMany(keys, deletes, options);
  }

  /** A URL with which somebody without credentials can get or put one object until it expires. */
  async sign(key: string, options: SignOptions): Promise<string> {
    const full = this.#key("sign", key);
    this.#require("sign", "sign", key, "sign");
    return await this.#run("sign", key, options, () => this.#driver.sign!(full, options));
  }

  /** Lets go of connections and timers. A second call does nothing. */
  async close(): Promise<void> {
    await this.#run("close", undefined, {}, async () => this.#driver.close?.());
  }

  /** The same as {@link close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #key(operation: string, key: string): string {
    return this.#checked(operation, key, () => {
      checkKey(key);
      if (this.#prefix !== "") checkKey(this.#prefix + key);
      return this.#prefix + key;
    });
  }

  #strip(info: ObjectInfo): ObjectInfo {
    // A date can be changed in place: each caller gets one of its own.
    return { ...info, key: info.key.slice(this.#prefix.length), modifiedAt: new Date(info.modifiedAt) };
  }

  #stripKey(error: unknown): string | undefined {
    return error instanceof StorageError ? error.key?.slice(this.#prefix.length) : undefined;
  }

  #require(capability: keyof StorageCapabilities, operation: string, key: string, what: string): void {
    if (this.capabilities[capability]) return;
    const detail = `${this.type} does not support ${what}; nothing was done. Leave it out, or use another storage.`;
    throw this.#located(operation, key, new StorageError({ code: "NotSupported", detail }));
  }

  #checked<T>(operation: string, key: string | undefined, check: () => T): T {
    try {
      return check();
    } catch (error) {
      throw this.#located(operation, typeof key === "string" ? key : undefined, error);
    }
  }

  async #run<T>(operation: string, key: string | undefined, { signal }: Abortable, call: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    // Many calls at once may listen to one; Node 20 takes more than ten for a leak, and says so on the console.
    if (signal !== undefined) nodeBuiltin("events")?.setMaxListeners?.(0, signal);
    try {
      return await call();
    } catch (error) {
      if (signal?.aborted === true) throw signal.reason;
      throw this.#located(operation, key, error);
    }
  }

  #located(operation: string, key: string | undefined, error: unknown): unknown {
    const source = error instanceof BodyFailure ? error.error : error;
    const known = source instanceof StorageError ? source : undefined;
    // The caller's own errors, and those of another storage whose stream is the body, are not ours to rewrite.
    if (known === undefined ? error instanceof BodyFailure : known.storage !== undefined) return source;
    if (error instanceof AggregateError) return error;
    const located = new StorageError({
      code: known?.code ?? "Unknown",
      detail: known?.detail ?? `it failed in a way the driver does not know: ${String(source)}`,
      retryable: known?.retryable ?? false,
      ambiguous: known?.ambiguous ?? false,
      ...(known === undefined ? { cause: source } : "cause" in known ? { cause: known.cause } : {}),
      operation,
      storage: this.url,
      ...(key === undefined ? {} : { key }),
    });
    if (source instanceof Error && source.stack?.includes("\n    at ") === true) {
      located.stack = `${located.name}: ${located.message}${source.stack.slice(source.stack.indexOf("\n    at "))}`;
    }
    return located;
  }
}

const BRAND = Symbol.for("coatcheck.storage");
Object.defineProperty(Storage.prototype, BRAND, { value: true });

/** Whether `value` is a {@link Storage}, of whichever copy of this package. */
export function isStorage(value: unknown): value is Storage {
  return (value as { [BRAND]?: boolean } | null)?.[BRAND] === true;
}

/** The caller's own stream failed; the error is the caller's, not the storage's. */
class BodyFailure {
  readonly error: unknown;
  constructor(error: unknown) {
    this.error = error;
  }
}

function checkRange({ start, end }: { start: number; end?: number | undefined }): void {
  const whole = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
  if (whole(start) && (end === undefined || (whole(end) && end >= start))) return;
  const detail = `the range ${start} to ${end ?? "the end"} cannot be; give whole numbers, 0 or more, end not below start.`;
  throw new StorageError({ code: "Misconfigured", detail });
}

// It stands in headers.
function checkContentType(contentType: string): void {
  if (/^[!-~]([ -~]*[!-~])?$/.test(contentType)) return;
  throw new StorageError({ code: "Misconfigured", detail: 'contentType is ASCII, as in "text/plain".' });
}

function checkWhen(when: unknown): void {
  if (when === "any" || when === "absent") return;
  if (typeof when === "object" && when !== null && typeof (when as { version?: unknown }).version === "string") return;
  throw new StorageError({ code: "Misconfigured", detail: 'when is "any", "absent" or { version }.' });
}

// Where a URL has room for a path (s3://bucket) the prefix is the path; where the path is the place itself (file:///data,
// memory:name) it is a parameter. Both are what opening by URL accepts.
function prefixedUrl(url: string, prefix: string): string {
  const [, head, query = ""] = /^([^?]*)(\?.*)?$/.exec(url)!;
  const encoded = prefix.split("/").map(encodeURIComponent).join("/");
  if (/^[a-z0-9-]+:\/\/[^/]+$/.test(head!)) return `${head}/${encoded}${query}`;
  return `${url}${query === "" ? "?" : "&"}prefix=${encodeURIComponent(prefix)}`;
}
