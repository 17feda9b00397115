import { expect, test } from "@jest/globals";
import { runExamples } from "./examples.ts";

test.each([
  "README.md",
  "docs/api.md",
  "packages/core/README.md",
  "packages/storage-local/README.md",
  "packages/serializer-encrypted/README.md",
])("the examples of %s run and show what it says", async (page) => {
  expect(await runExamples(page)).toContain("all examples ran");
});
