/**
 * What a storage can do. Frozen, and the only way a case of the conformance kit is skipped: an option that needs a
 * capability the driver lacks is refused with `NotSupported` before the driver is called.
 */
export interface StorageCapabilities {
  /** `put` with `when: "absent"`: of N racing writers exactly one wins. */
  readonly create: boolean;
  /** `put` with `when: { version }`: replaces only what was read. */
  readonly replace: boolean;
  /** `delete` with `when: { version }`. */
  readonly remove: boolean;
  /** `get` with `range`. */
  readonly ranges: boolean;
  /** `put` of a stream without `size`. */
  readonly unknownLength: boolean;
  /** `put` with `contentType`, and `contentType` in what `stat` and `get` say. */
  readonly contentType: boolean;
  /** `sign`: a URL that lets somebody without credentials read or write one object for a while. */
  readonly sign: boolean;
  /** What was put is there after this process has ended. */
  readonly persistent: boolean;
}

/** What is known of an object without reading it. */
export interface ObjectInfo {
  readonly key: string;
  /** Bytes of the whole object, for a ranged get too. */
  readonly size: number;
  /** Opaque. Equal versions of one key mean equal bytes, nothing more. */
  readonly version: string;
  readonly modifiedAt: Date;
  readonly contentType?: string | undefined;
}

/** Bytes from `start` up to, not including, `end`; without `end`, to the object's end. Both are clamped to the object. */
export interface ByteRange {
  readonly start: number;
  readonly end?: number | undefined;
}

/** When a put or delete may take place: always, only where there is nothing, or only over the version that was read. */
export type When = "any" | "absent" | { readonly version: string };

/** Ends an operation early. Its reason is what the call rejects with, untouched. */
export interface Abortable {
  readonly signal?: AbortSignal | undefined;
}

/** Options of `get`. */
export interface GetOptions extends Abortable {
  /** A `start` at or past the end gives zero bytes, not an error. */
  readonly range?: ByteRange | undefined;
}

/** Options of `put`. */
export interface PutOptions extends Abortable {
  /** Default `"any"`. */
  readonly when?: When | undefined;
  /** How many bytes the body has. A stream that is longer or shorter fails, and leaves nothing behind. */
  readonly size?: number | undefined;
  /** The media type kept with the object: printable ASCII. */
  readonly contentType?: string | undefined;
}

/** Options of `list`. */
export interface ListOptions extends Abortable {
  /** Only keys that begin with this text (any text, not only whole segments). */
  readonly prefix?: string | undefined;
  /** Where an earlier page ended: its `cursor`, with the same `prefix`. */
  readonly cursor?: string | undefined;
  /** At most this many objects, 1 to 1000; default 1000. A page may hold fewer and still have a `cursor`. */
  readonly limit?: number | undefined;
}

/** Part of a listing, in the order of the keys' UTF-8 bytes. Without `cursor` it is the last part. */
export interface ListPage {
  readonly objects: readonly ObjectInfo[];
  readonly cursor?: string | undefined;
}

/** Options of `delete`. */
export interface DeleteOptions extends Abortable {
  /** Delete only this version. A missing key or another version is `Conflict`. */
  readonly when?: { readonly version: string } | undefined;
}

/** Options of `sign`. */
export interface SignOptions extends Abortable {
  readonly operation: "get" | "put";
  /** Milliseconds from now. */
  readonly expiresIn: number;
}

/** What a driver is given to put: chunks of known length, which can be sent again, or a stream, which cannot. */
export type DriverBody = readonly Uint8Array[] | AsyncIterable<Uint8Array>;

/** Options of a driver's `put`. `size` is always there for chunks. */
export interface DriverPutOptions extends Abortable {
  readonly when: When;
  readonly size?: number | undefined;
  readonly contentType?: string | undefined;
  /** Random, of this put alone: kept as metadata where an answer can be lost, so that a retry can tell its own write. */
  readonly writeId: string;
}

interface OpenObject {
  readonly info: ObjectInfo;
  /** Ends the request, read or not. It is called after the last byte too, and then does nothing. */
  cancel(): Promise<void>;
}

/** An object that gives its bytes in memory of the driver's; `body` is walked at most once. */
export interface StreamedObject extends OpenObject {
  readonly body: AsyncIterable<Uint8Array>;
}

/** An object that puts its bytes into memory it is given, for drivers that can do that without a copy. */
export interface ReadableObject extends OpenObject {
  /** The bytes that come next: gives how many, at least one, and 0 behind the last. Called again when it has ended. */
  read(target: Uint8Array): Promise<number>;
}

/** An object whose request has been sent, in one of two ways. */
export type DriverObject = StreamedObject | ReadableObject;

/**
 * What the author of a storage writes; users hold it as a {@link Storage}, which has checked keys, options, conditions
 * and bodies before a driver sees them. Errors are {@link StorageError} with a code and a detail; anything else that is
 * thrown becomes `Unknown`. Every method honours `signal`.
 */
export interface StorageDriver {
  /** The first half of a slug: `"s3"`. */
  readonly type: string;
  /** Canonical and without secrets; equal URLs mean the same place. It goes into references, messages and logs. */
  readonly url: string;
  readonly capabilities: StorageCapabilities;
  /**
   * A put of a stream writes a large chunk when it comes, off this thread, before it asks for the next, and costs no more than
   * one of an array. Large results are given to it as a stream then, and hashed while they are written. Default false.
   */
  readonly pipelined?: boolean | undefined;
  /** Sends the request. Undefined where there is no such object; any other failure throws, `PermissionDenied` included. */
  get(key: string, options: GetOptions): Promise<DriverObject | undefined>;
  /**
   * All or nothing: until it resolves, no reader, listing or crash shows any of it, and if it rejects nothing is left
   * behind. A repeat replaces the object. `when: "absent"` over an object is `AlreadyExists`; `when: { version }` over
   * nothing or over another version is `Conflict`; neither touches what is there.
   */
  put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo>;
  /** What is known without reading. Undefined where there is no such object. */
  stat(key: string, options: Abortable): Promise<ObjectInfo | undefined>;
  /** The next page, in the order of the keys' UTF-8 bytes. No match is an empty page. */
  list(options: ListOptions & { readonly limit: number }): Promise<ListPage>;
  /** Deleting what is not there succeeds, unless `when` is given: then it is `Conflict`. */
  delete(key: string, options: DeleteOptions): Promise<void>;
  /** Deletes many in fewer requests. Rejects with an AggregateError of StorageErrors, each with its key, after trying all. */
  deleteMany?(keys: readonly string[], options: Abortable): Promise<void>;
  /** A URL for one object; only where `capabilities.sign`. */
  sign?(key: string, options: SignOptions): Promise<string>;
  /** Lets go of connections and timers. A second call does nothing. */
  close?(): Promise<void>;
}
