import { expect, test } from "@jest/globals";
import { memory, StorageError } from "@coatcheck/core";

test("memory keeps what was put and refuses a second create", async () => {
  const storage = memory({ prefix: "p" });
  await storage.put("a", new Uint8Array([1, 2, 3]));
  const object = await storage.get("a", { range: { start: 1 } });
  expect([...(await object!.bytes())]).toEqual([2, 3]);
  await expect(storage.put("a", [], { when: "absent" })).rejects.toThrow(StorageError);
  await expect(storage.put("a/..", [])).rejects.toThrow("cannot be . or ..");
});
