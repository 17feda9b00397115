import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { Script } from "@coatcheck/test-support";

let script: Script;
beforeAll(async () => {
  script = await Script.build(join(__dirname, "packed.child.ts"), { byName: false });
});
afterAll(() => script.remove());

test.each([
  [
    "no array with an element that is missing, hidden, fixed, read-only or a getter is taken for packed",
    "odd elements",
  ],
  ["the arrays that people have are packed", "arrays that people have"],
  ["thousands of arrays are told one after another", "one after another"],
  ["no element is read, whatever Symbol.species is", "Symbol.species"],
  ["nothing is taken for packed once an array had a constructor of its own", "constructor of an array"],
  ["without node:v8 the elements are looked at one by one", "without node:v8"],
])("%s", async (_, check) => {
  expect(await script.run([check])).toBe("done\n");
});
