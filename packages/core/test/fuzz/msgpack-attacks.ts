import { bytes, times } from "./target.ts";

const name = (text: string): Uint8Array => bytes(0xa0 | text.length, text);
/** Names that lead somewhere. */
export const NAMES: readonly string[] = [
  "__proto__",
  "constructor",
  "prototype",
  "polluted",
  "then",
  "toJSON",
  "x",
  "y",
  "length",
  "Point",
  "Money",
];
const HEADS = [0, 1, 2, 3].map((flags) => bytes(0xc1, 1, flags));
const BIG = bytes(0xff, 0xff, 0xff, 0xff);
const everyHead = (body: Uint8Array): readonly Uint8Array[] => [...HEADS.map((head) => bytes(head, body)), body];

/** Everything that one byte can begin in the stream, references and tags of ours above all. */
export const MSGPACK_PIECES: readonly Uint8Array[] = [
  ...Array.from({ length: 0x34 }, (_, tag) => bytes(0xc1, tag)),
  ...[0, 1, 2, 3, 7, 0x7f].map((number) => bytes(0xc1, 0x00, number)),
  ...[0xc0, 0xc2, 0xc3, 0xcb, 0xca, 0xcc, 0xcd, 0xce, 0xcf, 0xd0, 0xd1, 0xd2, 0xd3].map((head) => bytes(head)),
  ...[0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xdb].map((head) => bytes(head)),
  ...[0xdc, 0xdd, 0xde, 0xdf].flatMap((head) => [bytes(head, BIG), bytes(head, 0, 0, 0, 2)]),
  ...[0x80, 0x81, 0x90, 0x91, 0x92, 0x40, 0x41].map((head) => bytes(head)),
  ...NAMES.map(name),
  ...NAMES.slice(0, 3).map((each) => bytes(0xd4, 0x72, 0x40, 0x91, name(each))),
  bytes(0xd4, 0x72, 0x40, 0x92, name("a"), name("__proto__")),
  bytes(0xd4, 0x72, 0x41, 0xdd, BIG),
  bytes(0xd4, 0xff, 0),
  bytes(0xd6, 0xff, BIG),
  bytes(0xc1, 0x06, 1, 0, name("Point"), 2, 0x10),
  bytes(0xc1, 0x06, 1, 0, name("Point"), 1, 0x10),
  bytes(0xc1, 0x06, 0x1f, 0, name("Point"), 2, 0x10),
  bytes(0xc1, 0x07, 0, name("Money"), 1),
  bytes(0xc1, 0x31, 0xcb, 0x43, 0x30, 0, 0, 0, 0, 0, 0),
];

/** Streams made to do harm, with every flag of the head and as plain MessagePack. */
export const MSGPACK_ATTACKS: readonly Uint8Array[] = [
  // Lengths of what is not there.
  ...[[0xdb], [0xdd], [0xdf], [0xc9], [0xc6], [0xc1, 0x30, 0xc6], [0xc1, 0x12, 0xce], [0xc1, 0x13, 0xce]].flatMap(
    (head) => everyHead(bytes(...head, BIG, new Uint8Array(2000))),
  ),
  ...[0x10, 0x11, 0x14, 0x15, 0x16, 0x26, 0x32, 0x33].flatMap((tag) =>
    everyHead(bytes(0xc1, tag, 0xce, BIG, new Uint8Array(2000))),
  ),
  // Each claims what is left of the input, and holds the next.
  ...everyHead(bytes(times(250, bytes(0xdd, 0, 0x0f, 0, 0)), new Uint8Array(600_000))),
  ...everyHead(bytes(times(250, bytes(0xc1, 0x14, 0xce, 0, 0x07, 0, 0)), new Uint8Array(600_000))),
  // Nesting without end, in everything that nests.
  ...[
    [0x91],
    [0x81, 0xa1, 0x61],
    [0xc1, 0x12, 1],
    [0xc1, 0x14, 1],
    [0xc1, 0x15, 1],
    [0xc1, 0x22],
    [0xc1, 0x01],
    [0xc1, 0x00],
    [0xc1, 0x33, 1],
    [0xd4, 0x72, 0x40, 0x91, 0xa1, 0x61],
  ].flatMap((level) => everyHead(times(60_000, bytes(...level)))),
  ...everyHead(times(20_000, bytes(0xc1, 0x07, 0, name("Money"), 1))),
  // A billion laughs: each object refers ten times to the next.
  ...everyHead(bytes(times(64, bytes(0x9a)), times(600, bytes(0xc1, 0, 1)))),
  // msgpackr's own references, which its default reader expands in an error text.
  ...everyHead(bytes(times(40, bytes(0xd6, 0x69, 0, 0, 0, 1, 0x92)), times(40, bytes(0xd6, 0x70, 0, 0, 0, 1)))),
  // Arrays that are long and hold nothing.
  ...everyHead(bytes(0xdc, 0x27, 0x10, times(10_000, bytes(0xc1, 0x13, 0xce, 0x01, 0xff, 0xff, 0xff, 0)))),
  // Buffers that may grow.
  ...everyHead(bytes(0xdc, 0x03, 0xe8, times(1000, bytes(0xc1, 0x31, 0xce, 0x3f, 0xff, 0xff, 0xff, 0xc4, 0)))),
  // A BigInt of a million digits.
  ...everyHead(bytes(0xc9, 0x00, 0x0f, 0x00, 0x00, 0x42, new Uint8Array(983_040).fill(0xaa))),
  // Names that lead to prototypes.
  ...NAMES.flatMap((each) => everyHead(bytes(0x81, name(each), 0x81, name("prototype"), 0x81, name("polluted"), 0xc3))),
  ...NAMES.flatMap((each) => everyHead(bytes(0xc1, 0x10, 1, name(each), 0x81, name("polluted"), 0xc3))),
  ...["Error", "Function", "Object", "__proto__", "constructor"].flatMap((each) => [
    ...everyHead(bytes(0xc1, 0x06, 1, 0, name(each), 1, 0x10, 0)),
    ...everyHead(bytes(0xc1, 0x07, 0, name(each), 1, name("return 1"))),
  ]),
  // Records by the hundred, each used just long enough to be compiled.
  ...everyHead(
    bytes(
      0xdc,
      0x07,
      0xc0,
      ...Array.from({ length: 64 }, (_, id) =>
        bytes(
          0xd4,
          0x72,
          0x40 | id,
          0x91,
          0xa2,
          97 + (id % 26),
          97 + (id >> 4),
          0xc0,
          times(30, bytes(0x40 | id, 0xc0)),
        ),
      ),
    ),
  ),
];
