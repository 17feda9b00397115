import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, test } from "@jest/globals";
import { local } from "@coatcheck/storage-local";
import { storageConformance } from "@coatcheck/testing";

const lacks = ["contentType", "sign"] as const;
const root = mkdtempSync(join(tmpdir(), "coatcheck-conformance-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("local", () => {
  storageConformance({ test, lacks, open: () => local({ path: join(root, "bare") }) });
});

describe("local under a prefix", () => {
  storageConformance({ test, lacks, open: () => local({ path: join(root, "prefixed"), prefix: "some/prefix" }) });
});

describe("local without durability", () => {
  storageConformance({ test, lacks, open: () => local({ path: join(root, "fast"), durability: "none" }) });
});
