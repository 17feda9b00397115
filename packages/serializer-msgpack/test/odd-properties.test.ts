import { msgpack } from "@coatcheck/serializer-msgpack";
import { oddPropertyTests } from "@coatcheck/test-support/serializer";

const growing = (maxByteLength: number): ArrayBuffer =>
  new (ArrayBuffer as new (length: number, options: object) => ArrayBuffer)(8, { maxByteLength });

oddPropertyTests(msgpack, [
  ["a buffer that may grow beyond what is read", () => growing(2 ** 31), /may grow beyond 1 GB/],
]);
