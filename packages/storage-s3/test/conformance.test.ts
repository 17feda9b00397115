import { describe, expect, test } from "@jest/globals";
import { storageConformance } from "@coatcheck/testing";
import { s3Server } from "./support.ts";

const at = s3Server({ minPartSize: 5 * 2 ** 20 });

describe("s3", () => {
  storageConformance({ test, open: () => at.open() });
});

describe("s3 under a prefix", () => {
  // The least that is sent in parts where it is in memory.
  storageConformance({ test, open: () => at.open({ prefix: "some/prefix" }), largeBytes: 16 * 2 ** 20 + 1 });
});

test("s3 leaves no part of an upload behind", () => {
  expect(at.server.orphans).toEqual([]);
});
