import { describe, test } from "node:test";
import { codecConformance, serializerConformance, storageConformance } from "@coatcheck/testing";
import { framed } from "./framed.ts";
import { map } from "./map-storage.ts";
import { strictJson } from "./strict-json.ts";

void describe("map", () => {
  storageConformance({ test, lacks: ["sign", "persistent"], open: () => map("conformance") });
});
void describe("strict-json", () => {
  serializerConformance({ test, open: () => strictJson() });
});
void describe("framed", () => {
  codecConformance({ test, open: () => framed() });
});
