// What `npm run fuzz` has found in msgpack: each failed before it was fixed.
import { expect, test } from "@jest/globals";
import { msgpack } from "@coatcheck/serializer-msgpack";

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
