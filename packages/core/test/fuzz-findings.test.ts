// What `npm run fuzz` has found in core: each failed before it was fixed.
import { crc32 } from "node:zlib";
import { expect, test } from "@jest/globals";
import { memory, MissingResult, ResultStore } from "@coatcheck/core";
import { plainJson, rejection } from "./helpers.ts";

const storage = memory();
const store = new ResultStore({ storage, serializer: plainJson });
const ways: readonly ((which: string) => Promise<unknown>)[] = [
  (which) => store.read(which),
  (which) => store.resolve(which),
  (which) => store.exists(which),
  (which) => store.stat(which),
];
const sum = (text: string): string => crc32(text).toString(16).padStart(8, "0");

test.each(['"serializer":{"type":"a\u0001b"}', '"serializer":{type:1}', '"serializer":', ""])(
  "a header that is no JSON, though its check is right, is Corrupt: %j",
  async (members) => {
    const covered = `{"coatcheck":1,${members}`;
    await storage.put("k", new TextEncoder().encode(`${covered},"check":"crc32:${sum(covered)}"}\n`));
    for (const way of ways) expect(await rejection(way("k"), "Corrupt")).toMatchObject({ key: "k" });
  },
);

test("a value in a reference that is nested too deep to be copied is an error of ours", async () => {
  const levels = 200_000;
  const reference = `{"coatcheck":1,"value":${"[".repeat(levels)}${"]".repeat(levels)}}`;
  for (const way of ways) await rejection(way(reference), "NotAResult");
});

test("why a value was not kept is cut short and made safe in the error, for a reference may come from anybody", async () => {
  const reference = JSON.stringify({ coatcheck: 1, unpersisted: `\u001b[2J${"x".repeat(100_000)}` });
  const error = await rejection(store.read(reference), "Unpersisted");
  expect(error).toBeInstanceOf(MissingResult);
  expect(error.message.length).toBeLessThan(1000);
  expect(error.message).toContain("\\u001b[2Jxxx");
});
