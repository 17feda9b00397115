import { describe, test } from "@jest/globals";
import { storageConformance } from "@coatcheck/testing";
import { map } from "./samples/map-storage.ts";

describe("map", () => {
  storageConformance({ test, lacks: ["sign", "persistent"], open: () => map("conformance") });
});

describe("map under a prefix", () => {
  storageConformance({ test, lacks: ["sign", "persistent"], open: () => map("conformance", { prefix: "a/b" }) });
});
