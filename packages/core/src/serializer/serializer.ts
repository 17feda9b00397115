/** A value that JSON carries. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
/** An object that JSON carries. */
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

/**
 * Turns values into bytes and back. Two functions and a name are enough.
 *
 * `serialize` gives bytes from which `deserialize` makes the same value again, or throws {@link SerializationError} with
 * the path to what it cannot carry; it never changes a value silently. `deserialize` is given bytes that may come from a
 * stranger: it runs no code, reaches nothing, and throws on what `serialize` did not write. It must not keep `bytes`.
 */
export interface Serializer<T = unknown> {
  /**
   * `"json"`: `^[a-z0-9]+(-[a-z0-9]+)*$`, and not `"bytes"`. It goes into the header of every result, and readers look it
   * up by this name.
   */
  readonly type: string;
  serialize(value: T): Uint8Array | Promise<Uint8Array>;
  deserialize(bytes: Uint8Array): T | Promise<T>;
  /** What a reader needs to read what this wrote, `type` included; default `{ type }`. It is stored in the clear. */
  describe?(): JsonObject;
}

/** What a {@link Codec} is told of the result it works on. */
export interface CodecContext {
  /** On reading: what `describe()` gave when it was written. On writing: what it gives now. */
  readonly description: JsonObject;
  /** The result's header without `size`, `digest`, `trailer` and `check`, a newline, and its key: for a codec that authenticates. */
  readonly associatedData: Uint8Array;
  /** Bytes that decoding may give before it must throw `TooLarge`. */
  readonly limits: { readonly maxBytes: number };
  readonly signal?: AbortSignal | undefined;
}

/**
 * Turns bytes into other bytes and back, in constant memory: `decode(encode(x))` is `x`, in chunks of any size. `decode`
 * throws on input that is cut, longer than it should be, or not what `encode` wrote, and on more than
 * `limits.maxBytes`.
 */
export interface Codec {
  /** `"compressed"`, `"encrypted"`. */
  readonly type: string;
  /** True where the payload must not be readable: nothing of the value is then kept outside it. */
  readonly confidential?: boolean;
  encode(source: AsyncIterable<Uint8Array>, context: CodecContext): AsyncIterable<Uint8Array>;
  decode(source: AsyncIterable<Uint8Array>, context: CodecContext): AsyncIterable<Uint8Array>;
  /** The whole at once, where that is faster; gives what `encode` could have given. */
  encodeBytes?(bytes: Uint8Array, context: CodecContext): Uint8Array | Promise<Uint8Array>;
  /** The whole at once, where that is faster; as strict as `decode`. */
  decodeBytes?(bytes: Uint8Array, context: CodecContext): Uint8Array | Promise<Uint8Array>;
  /** What a reader needs to decode what this wrote, `type` included. It is stored in the clear. */
  describe(): JsonObject;
}

/** A serializer behind codecs, as `compressed(json())` gives. Its `type` is the slug: `"compressed/json"`. */
export interface CodedSerializer<T = unknown> extends Serializer<T> {
  /** The serializer itself, without codecs. */
  readonly serializer: Serializer<T>;
  /** The codecs, the outermost first: the last one is the first to see the serializer's bytes. */
  readonly codecs: readonly Codec[];
}
