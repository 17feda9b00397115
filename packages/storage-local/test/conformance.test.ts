import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { local } from "@coatcheck/storage-local";
import { storageConformance } from "@coatcheck/testing";
import { filesBelow } from "./support.ts";

const root = mkdtempSync(join(tmpdir(), "coatcheck-conformance-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe.each([
  ["local", {}],
  ["local under a prefix", { prefix: "some/prefix" }],
  ["local without durability", { durability: "none" }],
] as const)("%s", (name, options) => {
  const path = join(root, name);
  storageConformance({ test, lacks: ["contentType", "sign"], open: () => local({ path, ...options }) });

  test("after all that, failures and aborts included, there is no file of any kind", () => {
    expect(filesBelow(path)).toEqual([]);
  });
});
