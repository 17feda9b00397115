import { describe, expect, test } from "@jest/globals";
import { storageConformance } from "@coatcheck/testing";
import { gcsServer } from "./support.ts";

const at = gcsServer({ chunkMultiple: 256 * 1024 });

describe("gcs", () => {
  storageConformance({ test, open: () => at.open() });
});

describe("gcs under a prefix", () => {
  storageConformance({ test, open: () => at.open({ prefix: "some/prefix" }), largeBytes: 8 * 2 ** 20 + 1 });
});

test("gcs leaves no upload behind", () => {
  expect(at.server.orphans).toEqual([]);
});
