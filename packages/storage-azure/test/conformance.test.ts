import { describe, expect, test } from "@jest/globals";
import { storageConformance } from "@coatcheck/testing";
import { azureServer } from "./support.ts";

const at = azureServer();

describe("azure", () => {
  storageConformance({ test, open: () => at.open() });
});

describe("azure under a prefix", () => {
  storageConformance({ test, open: () => at.open({ prefix: "some/prefix" }), largeBytes: 8 * 2 ** 20 + 1 });
});
