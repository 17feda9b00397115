// What `npm run fuzz` has found in msgpack: each failed before it was fixed.
import { expect, test } from "@jest/globals";
import { msgpack } from "@coatcheck/serializer-msgpack";
import { firstDifference } from "@coatcheck/testing";

class Dictionary extends Map {}
class Point {}

const WITH_CLASS = [0xc1, 0x06, 1, 0];
const name = (text: string): number[] => [0xa0 | text.length, ...Buffer.from(text)];

test.each<[string, number[]]>([
  ["a Map that is none", [...name("Dictionary"), 1, 0x10, 0]],
  ["a Map that is a Set", [...name("Dictionary"), 1, 0x15, 0]],
  ["an object that is a Map", [...name("Point"), 1, 0x14, 0]],
  ["an object that is an array", [...name("Point"), 1, 0x12, 0]],
  ["an object without a prototype", [...name("Point"), 1, 0x11, 0]],
])("an instance whose inside is not that of its class is refused: %s", (_, rest) => {
  const serializer = msgpack({ classes: [Dictionary, Point] });
  const read = (): unknown => serializer.deserialize(Uint8Array.from([0xc1, 1, 0, ...WITH_CLASS, ...rest]));
  expect(read).toThrow(/of the class "(Dictionary|Point)"/);
});

test("a closed view is not stored as sealed, which later versions of V8 refuse to make", () => {
  const views = [
    Object.preventExtensions(new Uint8Array(2)),
    Object.seal(Object.assign(new DataView(new ArrayBuffer(2)), { a: 1 })),
  ];
  const bytes = msgpack().serialize(views) as Uint8Array;
  // What stands behind the tag of what has more to it: 8 is sealed, 4 is closed.
  const bits = [...bytes].flatMap((byte, at) => (byte === 0xc1 && bytes[at + 1] === 0x06 ? [bytes[at + 2]! & 12] : []));
  expect(bits).toEqual([4, 4]);
  expect(firstDifference(msgpack().deserialize(bytes), views)).toBeUndefined();
});
