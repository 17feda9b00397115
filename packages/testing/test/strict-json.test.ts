import { test } from "@jest/globals";
import { serializerConformance } from "@coatcheck/testing";
import { strictJson } from "./samples/strict-json.ts";

serializerConformance({ test, open: () => strictJson(), exact: ["plain objects and arrays", "the order of keys"] });
