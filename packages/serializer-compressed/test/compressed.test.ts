import { expect, test } from "@jest/globals";
import { compressed } from "@coatcheck/serializer-compressed";
import { json } from "@coatcheck/serializer-json";

test("values come back", async () => {
  const serializer = compressed(json());
  const value = { rows: Array.from({ length: 1000 }, (_, id) => ({ id, at: new Date(id) })) };
  const bytes = await serializer.serialize(value);
  expect(bytes.byteLength).toBeLessThan(10_000);
  expect(await serializer.deserialize(bytes)).toEqual(value);
  expect(serializer.type).toBe("compressed/json");
});

test("what is cut, damaged or goes on is refused", async () => {
  const serializer = compressed(json());
  const bytes = Buffer.from(await serializer.serialize("x".repeat(1000)));
  for (const bad of [
    bytes.subarray(0, -1),
    Buffer.concat([bytes, Buffer.alloc(9)]),
    Buffer.concat([bytes, bytes]),
    Buffer.alloc(0),
  ]) {
    await expect(serializer.deserialize(bad)).rejects.toMatchObject({ code: "Corrupt" });
  }
});

test("streams too", async () => {
  const [codec] = compressed(json()).codecs;
  const context = { description: codec!.describe(), associatedData: new Uint8Array(), limits: { maxBytes: Infinity } };
  async function* source() {
    for (let i = 0; i < 100; i++) yield new Uint8Array(10_000).fill(i);
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of codec!.decode(codec!.encode(source(), context), context)) chunks.push(chunk);
  expect(Buffer.concat(chunks).byteLength).toBe(1_000_000);
});
