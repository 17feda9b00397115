import { describe, test } from "@jest/globals";
import { memory } from "@coatcheck/core";
import { storageConformance } from "@coatcheck/testing";

const lacks = ["sign", "persistent"] as const;

describe("memory", () => {
  storageConformance({ test, lacks, open: () => memory({ name: "conformance" }) });
});

describe("memory under a prefix", () => {
  storageConformance({ test, lacks, open: () => memory({ name: "conformance", prefix: "some/prefix" }) });
});

describe("memory, a place of its own each time", () => {
  storageConformance({ test, lacks, open: () => memory() });
});
