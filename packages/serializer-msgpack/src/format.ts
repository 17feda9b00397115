/** What the bytes start with: 0xc1, which no MessagePack value starts with, then the version. */
export const MARK = 0xc1;
export const VERSION = 1;

/** The flags in the third byte. */
export const Flag = {
  /** An object is referred to, so that a reader has to number them. */
  References: 1,
  /** Every string of the stream is ASCII, so that a reader need not look. */
  Ascii: 2,
} as const;

/** What follows 0xc1 inside the stream. docs/msgpack-format.md says what each is made of. */
export const Tag = {
  Reference: 0x00,
  Deferred: 0x01,
  Utf16: 0x02,
  RegisteredSymbol: 0x03,
  WellKnownSymbol: 0x04,
  Record: 0x05,
  With: 0x06,
  State: 0x07,

  Object: 0x10,
  NullObject: 0x11,
  Array: 0x12,
  SparseArray: 0x13,
  Map: 0x14,
  Set: 0x15,
  Error: 0x16,
  DOMException: 0x17,

  Date: 0x20,
  RegExp: 0x21,
  Boxed: 0x22,
  URL: 0x23,
  URLSearchParams: 0x24,
  LinkedSearchParams: 0x25,
  Headers: 0x26,
  Temporal: 0x27,

  ArrayBuffer: 0x30,
  ResizableArrayBuffer: 0x31,
  Bytes: 0x32,
  View: 0x33,
} as const;

/** The bits that follow `Tag.With`. */
export const With = {
  Class: 1,
  Properties: 2,
  NotExtensible: 4,
  Sealed: 8,
  Frozen: 16,
} as const;

/** The bits of a property that is not an ordinary one. */
export const Attribute = { Writable: 1, Enumerable: 2, Configurable: 4, Ordinary: 7 } as const;

/** Objects are nested at most this deep in the stream; what is deeper stands after the root. */
export const MAX_DEPTH = 256;
/** Names that an object may have to be written as a record; with more it is a dictionary. */
export const MAX_RECORD_NAMES = 64;
/** Records of one stream: the first 64 take one byte each, the others at least three. */
export const MAX_RECORDS = 4096;

/** The views on a buffer by the number that stands for them. `Buffer` is last: it is a view that not every runtime has. */
export const VIEWS = [
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
  "Float16Array",
  "DataView",
  "Buffer",
] as const;

/** The errors of the language by the number that stands for them. */
export const ERRORS = [
  "Error",
  "EvalError",
  "RangeError",
  "ReferenceError",
  "SyntaxError",
  "TypeError",
  "URIError",
  "AggregateError",
] as const;

/** The classes of Temporal by the number that stands for them. */
export const TEMPORAL = [
  "Instant",
  "ZonedDateTime",
  "PlainDateTime",
  "PlainDate",
  "PlainTime",
  "PlainYearMonth",
  "PlainMonthDay",
  "Duration",
] as const;
