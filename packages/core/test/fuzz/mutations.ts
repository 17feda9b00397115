import fc from "fast-check";
import type { Target } from "./target.ts";

/** The longest input: what is worse takes no more than that. */
const MAX_BYTES = 1_000_000;

type How = "bit" | "byte" | "insert" | "remove" | "double" | "cut" | "extend" | "splice" | "piece" | "over" | "number";

/** What changes little is there more than once: what is refused at its first byte goes nowhere. */
const HOWS: readonly How[] = [
  ...Array.from({ length: 4 }, (): How => "bit"),
  ...Array.from({ length: 4 }, (): How => "byte"),
  "insert",
  "remove",
  "double",
  "cut",
  "extend",
  "splice",
  "piece",
  "over",
  "number",
];

interface Change {
  readonly how: How;
  readonly at: number;
  readonly value: number;
  readonly length: number;
}

/** Numbers at which lengths, counts and references go wrong, as big-endian bytes. */
const NUMBERS = [0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

function change(bytes: Uint8Array, { how, at, value, length }: Change, { documents, pieces }: Target): Uint8Array {
  const place = at % (bytes.byteLength + 1);
  const before = bytes.subarray(0, place);
  const after = bytes.subarray(place);
  const piece = pieces.length === 0 ? Uint8Array.of(value) : pieces[value % pieces.length]!;
  switch (how) {
    case "bit":
    case "byte": {
      const result = bytes.slice();
      if (place < result.byteLength) result[place] = how === "bit" ? result[place]! ^ (1 << (value % 8)) : value;
      return result;
    }
    case "insert":
      return Buffer.concat([before, Uint8Array.of(value), after]);
    case "remove":
      return Buffer.concat([before, after.subarray(length)]);
    case "double":
      return Buffer.concat([before, after.subarray(0, length), after]);
    case "cut":
      return before.slice();
    case "extend":
      return Buffer.concat([bytes, new Uint8Array(length).fill(value)]);
    case "splice": {
      const other = documents[value % documents.length]!;
      const from = at % (other.byteLength + 1);
      return Buffer.concat([before, other.subarray(from, from + 1 + length * 4), after.subarray(length)]);
    }
    case "piece":
      return Buffer.concat([before, piece, after]);
    case "over":
      return Buffer.concat([before, piece, after.subarray(piece.byteLength)]);
    default: {
      const number = Buffer.alloc(4);
      number.writeUInt32BE(NUMBERS[value % NUMBERS.length]!);
      return Buffer.concat([before, number.subarray(length % 4), after.subarray(4 - (length % 4))]);
    }
  }
}

/** Inputs for a target: documents and attacks that were changed a little, heaps of its pieces, and noise. */
export function inputs(target: Target): fc.Arbitrary<Uint8Array> {
  // Without bias: else most changes are made to the first bytes.
  const one = fc.noBias(
    fc.record<Change>({ how: fc.constantFrom(...HOWS), at: fc.nat(), value: fc.nat(0xffff), length: fc.nat(40) }),
  );
  const changes = fc.oneof(
    { weight: 2, arbitrary: one.map((change) => [change]) },
    { weight: 1, arbitrary: fc.array(one, { minLength: 2, maxLength: 5, size: "max" }) },
  );
  const damaged = (originals: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> =>
    fc.tuple(fc.nat(originals.length - 1), changes).map(([index, list]) => {
      const result = list.reduce((bytes, each) => change(bytes, each, target), originals[index]!);
      return Uint8Array.from(result.subarray(0, MAX_BYTES));
    });
  const heads = fc.constantFrom(new Uint8Array(), ...target.documents.map((each) => each.subarray(0, 3)));
  const heap = fc
    .tuple(
      heads,
      fc.array(
        fc.oneof(
          fc.constantFrom(...target.pieces),
          fc.nat(255).map((byte) => Uint8Array.of(byte)),
        ),
        { maxLength: 60 },
      ),
    )
    .map(([head, list]) => Uint8Array.from(Buffer.concat([head, ...list])));
  return fc.oneof(
    { weight: 72, arbitrary: damaged(target.documents) },
    { weight: 10, arbitrary: damaged(small(target.attacks)) },
    { weight: 15, arbitrary: heap },
    { weight: 3, arbitrary: fc.uint8Array({ maxLength: 300 }) },
  );
}

/** Attacks that take long even where they do no harm are read as they are, and not a thousand times more. */
function small(attacks: readonly Uint8Array[]): readonly Uint8Array[] {
  const found = attacks.filter(({ byteLength }) => byteLength <= 4000);
  return found.length > 0 ? found : attacks;
}
